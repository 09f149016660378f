"""On which page a problem was seen, and when: one page, of which there may be a copy and a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sequentum_scrapy.crawl.project import run_folder
from sequentum_scrapy.store import EventRow, FileRow, Miss


@dataclass(frozen=True, slots=True)
class Sighting:
    """The first time that a problem was seen, as far as that is known.

    ``page`` is the path of a copy of the page at ``url``, ``picture`` that of a picture of the page.
    """

    first: datetime | None = None
    url: str = ""
    page: str | None = None
    picture: str | None = None


def sighting(
    address: str,
    run_id: int,
    *,
    events: Iterable[EventRow],
    miss: Miss | None,
    files: Sequence[FileRow],
) -> Sighting:
    """Return where a problem of a command was seen: in its events, else where it first found nothing."""
    ordered = sorted(events, key=lambda event: event.first)
    times = [event.first for event in ordered[:1]] + ([miss.time] if miss else [])
    urls = [event.url for event in ordered if event.url] or ([miss.url] if miss else [])
    page = _page(address, urls, [file for file in files if file.kind == "page"])
    pictures = [file for file in files if file.kind == "screenshot"]
    url = page.url if page is not None else next(iter(urls), "")
    picture = _nearest(address, [file for file in pictures if file.url == url])
    picture = picture or _nearest(address, pictures)
    return Sighting(min(times, default=None), url, _path(run_id, page), _path(run_id, picture))


def _page(address: str, urls: Sequence[str], pages: Sequence[FileRow]) -> FileRow | None:
    """Return the copy of the first page there is one of, else one that the command itself has left."""
    copies = {file.url: file for file in reversed(pages)}
    known = next((copies[url] for url in urls if url in copies), None)
    if known is not None:
        return known
    own = next((file for file in pages if file.address == address), None)
    return own if own is not None or urls else _nearest(address, pages)


def _nearest(address: str, files: Iterable[FileRow]) -> FileRow | None:
    """Return the first file that a command, or that of a field, has left."""
    around = [
        file for file in files if file.address and f"{address}.".startswith(f"{file.address}.")
    ]
    # The nearest has the longest address.
    return max(around, key=lambda file: len(file.address), default=None)


def _path(run_id: int, file: FileRow | None) -> str | None:
    return None if file is None else str(run_folder(run_id) / file.path)

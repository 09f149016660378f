"""Copies of the pages on which something went wrong, among the files of the Run."""

from __future__ import annotations

import re
from mimetypes import guess_extension
from typing import TYPE_CHECKING

from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.definition.settings import Log
from sequentum_scrapy.store import NewFile

from .project import run_folder

if TYPE_CHECKING:
    from .job import Job

EACH = 2
"""So many pages are kept for each address."""
_ENDINGS = {"html": ".html", "json": ".json", "jsonl": ".jsonl", "xml": ".xml", "csv": ".csv"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_OTHER = re.compile(r"[^A-Za-z0-9]+")


class SavedPages:
    """Keeps a page as it was received, without its secrets, where the settings say so.

    What went wrong once mostly goes wrong on many pages: the first of each command tell enough.
    """

    def __init__(self, job: Job, settings: Log) -> None:
        self._job = job
        self._settings = settings
        self._kept: dict[str, int] = {}
        self._seen: set[str] = set()
        self._number = 0

    def failed_on(self, page: Page, address: str) -> None:
        """Take note of a page on which something went wrong."""
        if self._settings.pages == "on_error" and self._kept.get(address, 0) < EACH:
            self._keep(page, address)

    def came(self, page: Page, address: str) -> None:
        """Take note of a page that came."""
        if self._settings.pages == "all":
            self._keep(page, address)

    def _keep(self, page: Page, address: str) -> None:
        job = self._job
        writer, run_id = job.writer, job.run.id
        if writer is None or run_id is None or page.url in self._seen or not page.url:
            return
        if self._number >= self._settings.max_pages:
            return
        self._number += 1
        self._seen.add(page.url)
        self._kept[address] = self._kept.get(address, 0) + 1
        body = self._masked(page.body)[: self._settings.max_size]
        path = f"pages/{self._number}-{_name(address)}{_ending(page)}"
        file = run_folder(run_id) / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        except OSError as error:
            reason = (error.strerror or "").lower()
            job.report("warning", "settings.log", page.url, "the page could not be saved", reason)
            self._number = self._settings.max_pages
            return
        url = page.url if job.secrecy is None else job.secrecy.mask(page.url)
        writer.file(NewFile(path, "page", len(body), url, address))

    def _masked(self, body: bytes) -> bytes:
        secrecy = self._job.secrecy
        if secrecy is None:
            return body
        if body.startswith(_UTF_16):
            text = body.decode("utf-16", "replace")
            return secrecy.mask(text).encode("utf-16")
        # A secret with other letters than ASCII may be in either encoding.
        for encoding in ("utf-8", "latin-1"):
            text = body.decode(encoding, "surrogateescape")
            body = secrecy.mask(text).encode(encoding, "surrogateescape")
        return body


def _name(address: str) -> str:
    return _OTHER.sub("-", address).strip("-")[-60:]


def _ending(page: Page) -> str:
    return _ENDINGS.get(page.kind) or guess_extension(page.content_type.partition(";")[0]) or ".txt"

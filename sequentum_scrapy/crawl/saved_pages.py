"""Copies of the pages on which something went wrong, among the files of the Run."""

from __future__ import annotations

import re
from hashlib import blake2b
from mimetypes import guess_extension
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler.downloads import described
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.definition.settings import Log
from sequentum_scrapy.store import FileKind, NewFile

from .outcome import Shot
from .project import run_folder

if TYPE_CHECKING:
    from .job import Job

EACH = 2
"""So many pages are kept for each address of a command."""
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
        self._seen: set[bytes] = set()
        self._number = 0
        self._taken = 0
        self._shots: dict[str, int] = {}

    def failed_on(self, page: Page, address: str) -> None:
        """Take note of a page on which something went wrong."""
        if self._settings.pages == "on_error" and self._kept.get(address, 0) < EACH:
            self._keep(page, address)

    def came(self, page: Page, address: str) -> None:
        """Take note of a page that came."""
        if self._settings.pages == "all":
            self._keep(page, address)

    def wants_shot(self, address: str) -> bool:
        """Tell whether a picture of a live page is wanted where one of its commands failed."""
        return (
            self._settings.pages != "never"
            and self._shots.get(address, 0) < EACH
            and sum(self._shots.values()) < self._settings.max_pages
        )

    def shot(self, picture: bytes, url: str, address: str) -> None:
        """Keep a picture of a live page, as PNG, on which a command failed."""
        if self.wants_shot(address):
            self._shots[address] = self._shots.get(address, 0) + 1
            path = f"screenshots/failed-{sum(self._shots.values())}-{_name(address)}.png"
            self._write(path, "screenshot", picture, url, address)

    def kept(self, shot: Shot) -> dict[str, Any] | str:
        """Keep a picture that a record is to tell of, and return what there is to tell."""
        self._taken += 1
        name = f"{self._taken}-{_name(shot.address)}.png"
        path = f"screenshots/{name}"
        if not self._write(path, "screenshot", shot.picture, shot.url, shot.address):
            return "not saved"
        return described(shot.url, shot.picture, name=name, kind="image/png", path=path)

    def _keep(self, page: Page, address: str) -> None:
        if not page.url or self._number >= self._settings.max_pages:
            return
        digest = _digest(page)
        if digest in self._seen:
            return
        body = self._masked(page.body)[: self._settings.max_size]
        path = f"pages/{self._number + 1}-{_name(address)}{_ending(page)}"
        if self._write(path, "page", body, page.url, address):
            self._number += 1
            self._seen.add(digest)
            self._kept[address] = self._kept.get(address, 0) + 1

    def _write(self, path: str, kind: FileKind, body: bytes, url: str, address: str) -> bool:
        """Write a file of the Run; tell whether there is one that it could be of."""
        job = self._job
        writer, run_id = job.writer, job.run.id
        if writer is None or run_id is None:
            return False
        file = run_folder(run_id) / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        except OSError as error:
            reason = (error.strerror or "").lower()
            job.report("warning", "settings.log", url, "the page could not be saved", reason)
            self._number = self._settings.max_pages
            return False
        shown = url if job.secrecy is None else job.secrecy.mask(url)
        writer.file(NewFile(path, kind, len(body), shown, address))
        return True

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


def _digest(page: Page) -> bytes:
    # A page that commands act on changes, and mostly keeps its URL.
    return blake2b(page.url.encode("utf-8", "replace") + b"\n" + page.body, digest_size=16).digest()


def _name(address: str) -> str:
    return _OTHER.sub("-", address).strip("-")[-60:]


def _ending(page: Page) -> str:
    return _ENDINGS.get(page.kind) or guess_extension(page.content_type.partition(";")[0]) or ".txt"

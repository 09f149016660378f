"""Files, fetched through the crawl and saved by Scrapy's file stores: a folder, S3, GCS, FTP."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response
from scrapy.pipelines.files import FilesPipeline
from scrapy.utils.defer import ensure_awaitable

from sequentum_scrapy.compiler.downloads import described
from sequentum_scrapy.store import NewFile

from .downloads import inspected, path_of
from .failures import what_failed
from .outcome import File, Save
from .project import run_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .spider import AgentSpider


DOWNLOADS = "downloads"
"""Where they go in the folder of a Run, unless the project has a store of files."""


class Downloads:
    """Fetches files, each once in a run, and saves them with Scrapy's files pipeline."""

    def __init__(self, spider: AgentSpider) -> None:
        self._spider = spider
        self._pipeline = _pipeline(spider)
        self._running: dict[Any, asyncio.Future[dict[str, Any] | str]] = {}
        self._paths: dict[str, str] = {}
        # A store of the project keeps the files of all Runs: none takes the place of an earlier one's.
        job = spider.job
        name = job.program.agent.name
        own = spider.crawler.settings["FILES_STORE"]
        self._folder = f"{name}/run-{job.run.id}/" if own else ""

    async def get(self, files: list[File], meta: Mapping[str, Any]) -> list[dict[str, Any] | str]:
        """Return what there is to tell of each file, or why it could not be had; ``meta`` goes with the requests."""
        return list(await asyncio.gather(*(self._once(file, meta) for file in files)))

    async def save(self, save: Save) -> dict[str, Any] | str:
        """Save a file that a live page gave."""
        name = save.name.replace('"', "")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        url = save.file.visit.url
        response = Response(url, headers=headers, body=save.body)
        self._spider.job.counters.bytes += len(save.body)
        # The address of what a script has made is none that Scrapy would take.
        request = Request(
            f"https://file.invalid/{blake2b(save.body, digest_size=16).hexdigest()}/{quote(name)}"
        )
        return await self._save(request, response, save.file)

    async def _once(self, file: File, meta: Mapping[str, Any]) -> dict[str, Any] | str:
        try:
            request = self._spider.requests(file.visit).replace(cb_kwargs={}, errback=None)
        except ValueError as error:
            return f"not a web address: {error}"
        request.meta.update(meta)
        fingerprint = self._spider.crawler.request_fingerprinter.fingerprint(request)
        # What one command may not have, another may.
        key = (fingerprint, file.step.types, file.step.max_bytes)
        running = self._running.get(key)
        if running is None:
            running = asyncio.ensure_future(self._fetch(request, file))
            self._running[key] = running
        answer = await asyncio.shield(running)
        return answer if isinstance(answer, str) else dict(answer)

    async def _fetch(self, request: Request, file: File) -> dict[str, Any] | str:
        step = file.step
        if step.max_bytes is not None:
            request.meta["download_maxsize"] = step.max_bytes
        try:
            response = await self._spider.download(request)
        except Exception as error:  # noqa: BLE001 - whatever a download handler raises
            self._spider.job.count(request)
            return what_failed(error)[0]
        self._spider.job.count(response.request)
        self._spider.job.counters.bytes += len(response.body)
        return await self._save(request, response, file)

    async def _save(self, request: Request, response: Response, file: File) -> dict[str, Any] | str:
        step = file.step
        told = inspected(response, file)
        if isinstance(told, str):
            return told
        name, kind = told
        default = self._pipeline.file_path(request, response)
        path = self._free(path_of(file, name, kind, default), request.url)
        if isinstance(path, tuple):
            return path[0]
        path = self._folder + path
        info = self._pipeline.SpiderInfo(self._spider)
        headers = {"Content-Type": kind}
        try:
            await ensure_awaitable(
                self._pipeline.store.persist_file(
                    path, BytesIO(response.body), info, headers=headers
                )
            )
        except Exception as error:  # noqa: BLE001 - each store has errors of its own
            return f"not saved: {type(error).__name__}: {error}"
        self._pipeline.inc_stats("cached" if "cached" in response.flags else "downloaded")
        self._enter(path, len(response.body), file.visit.url, step.address)
        return described(file.visit.url, response.body, name=name, kind=kind, path=path)

    def _enter(self, path: str, size: int, url: str, address: str) -> None:
        """Enter a file among those of the Run, where it lies in the Run's own folder."""
        writer = self._spider.job.writer
        if not self._folder and writer is not None:
            writer.file(NewFile(f"{DOWNLOADS}/{path}", "download", size, url, address))

    def _free(self, path: str | tuple[str], url: str) -> str | tuple[str]:
        """Return a path that no other file has taken."""
        if isinstance(path, tuple):
            return path
        stem, dot, ending = path.rpartition(".")
        if not dot or "/" in ending:
            stem, ending = path, ""
        made, number = path, 1
        while self._paths.setdefault(made.casefold(), url) != url:
            number += 1
            made = f"{stem}-{number}{dot and '.'}{ending}" if ending else f"{path}-{number}"
        return made


def _pipeline(spider: AgentSpider) -> FilesPipeline:
    """Return Scrapy's pipeline for the project's FILES_STORE, else for a folder of the Run."""
    settings = spider.crawler.settings
    store = settings["FILES_STORE"] or str(run_folder(spider.job.run.id) / DOWNLOADS)
    FilesPipeline._update_stores(settings)  # noqa: SLF001 - what its from_crawler does
    make: Callable[..., FilesPipeline] = FilesPipeline
    return make(store, crawler=spider.crawler)

"""Playwright's traces: what a browser did, to be looked at step by step."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sequentum_scrapy.crawl.opening import TRACE
from sequentum_scrapy.crawl.project import run_folder
from sequentum_scrapy.store import NewFile

from .errors import ERRORS

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext
    from scrapy.crawler import Crawler

    from sequentum_scrapy.crawl.job import Job


class Trace:
    """Traces each context of a crawl, where that is asked for, into a file of the Run."""

    def __init__(self, crawler: Crawler, job: Job) -> None:
        self._wanted = crawler.settings.getbool(TRACE)
        self._job = job
        self._number = 0

    async def begin(self, context: BrowserContext) -> None:
        if self._wanted:
            await context.tracing.start(screenshots=True, snapshots=True)

    async def end(self, context: BrowserContext) -> None:
        """Save the trace of a context that is about to be closed."""
        if not self._wanted:
            return
        self._number += 1
        job, path = self._job, f"traces/{self._number}.zip"
        folder = run_folder(job.run.id)
        with suppress(*ERRORS):
            await context.tracing.stop(path=folder / path)
            if job.writer is not None:
                job.writer.file(NewFile(path, "trace", (folder / path).stat().st_size))

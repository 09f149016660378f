"""Scrapy's scheduler, with a journal: what it holds is in the store too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.core.scheduler import Scheduler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from .job import Job
    from .journal import Journal

_PAUSE_SECONDS = 0.05


class DurableScheduler(Scheduler):
    """Tells the journal of the Run of each request, and gives none out while the store does not keep up.

    It filters duplicates itself, so that it knows the requests of earlier processes by their fingerprints; the
    project's own DUPEFILTER_CLASS is asked too.
    """

    crawler: Crawler
    journal: Journal | None = None

    def resume(self, journal: Journal, fingerprints: Iterable[bytes]) -> None:
        """Keep a journal from now on; what has such a fingerprint was scheduled before."""
        self.journal = journal
        self._job: Job = self.spider.job  # type: ignore[attr-defined]
        self._seen = set(fingerprints)
        self._fingerprint = self.crawler.request_fingerprinter.fingerprint

    def restore(self, request: Request) -> None:
        """Queue a request of an earlier process."""
        self._queue(request)

    def enqueue_request(self, request: Request) -> bool:
        if self.journal is None:
            return super().enqueue_request(request)
        fingerprint = None
        if not request.dont_filter:
            fingerprint = self._fingerprint(request)
            if fingerprint in self._seen:
                self.df.log(request, self.spider)
                return False
            self._seen.add(fingerprint)
        self.journal.scheduled(request, fingerprint)
        self._queue(request)
        return True

    def next_request(self) -> Request | None:
        if self.journal is not None:
            writer = self._job.writer
            if writer is not None and writer.full:
                self._look_again()
                return None
        return super().next_request()

    def _queue(self, request: Request) -> None:
        self._mqpush(request)
        assert self.stats is not None
        self.stats.inc_value("scheduler/enqueued/memory")
        self.stats.inc_value("scheduler/enqueued")

    def _look_again(self) -> None:
        # The engine asks again by itself, but only every five seconds.
        slot: Any = getattr(self.crawler.engine, "_slot", None)
        asyncio.get_running_loop().call_later(_PAUSE_SECONDS, slot.nextcall.schedule)

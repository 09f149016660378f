"""Keeps the pages that records wait for within the limits of the crawl."""

from __future__ import annotations

from asyncio import Semaphore
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from scrapy.settings import BaseSettings


class Turns:
    """As many lookups at a time as the crawl may have requests, in all and for each host.

    Scrapy's scheduler holds requests back, and a lookup passes it by. Its downloader then counts
    only those that have begun, so all that come at once would begin at once.
    """

    def __init__(self, settings: BaseSettings) -> None:
        # 0 is Scrapy's word for no limit.
        total = settings.getint("CONCURRENT_REQUESTS") or 1_000_000
        each = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") or 1_000_000
        self._total: defaultdict[int, Semaphore] = defaultdict(lambda: Semaphore(total))
        self._hosts: defaultdict[tuple[str, int], Semaphore] = defaultdict(lambda: Semaphore(each))

    @asynccontextmanager
    async def wait(self, host: str, depth: int) -> AsyncIterator[None]:
        """Wait for a turn; who has one may wait for those of a greater depth, but for no other."""
        async with self._hosts[host, depth], self._total[depth]:
            yield

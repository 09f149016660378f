"""Room for requests: a source that never ends must not fill the memory of a crawl."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

AHEAD = 1000
"""So many requests may wait in the scheduler before a source is held back."""
_SECONDS = 0.02


class Room:
    """Holds a source of requests back while enough of them wait, and ends it with the crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def wait(self) -> bool:
        """Wait until there is room; tell whether the crawl goes on."""
        while True:
            # Scrapy shows neither how many requests wait nor that a crawl is about to end.
            slot: Any = getattr(self._crawler.engine, "_slot", None)
            if slot is None or slot.closing or not self._crawler.engine.running:
                return False
            try:
                waiting = len(slot.scheduler)
            except TypeError:
                return True
            if waiting < AHEAD:
                return True
            await asyncio.sleep(_SECONDS)

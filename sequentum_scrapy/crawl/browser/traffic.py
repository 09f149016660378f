"""The requests that a live page makes: which are under way, and the bodies of those that are read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sequentum_scrapy.compiler.page import Page

from .errors import ERRORS
from .patterns import matches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from playwright.async_api import Page as BrowserPage
    from playwright.async_api import Request, Response

_DATA = frozenset({"xhr", "fetch", "script", "document"})
"""The kinds of requests that a page's content waits for; a stream of events never ends."""
QUIET_SECONDS = 0.5
"""A page without requests for so long is idle."""
MAX_BODY = 32 * 1024 * 1024
"""Bytes."""


class Traffic:
    """Follows the requests of one page; ``patterns`` are those whose bodies are kept."""

    def __init__(self, page: BrowserPage, patterns: Sequence[str]) -> None:
        self._page = page
        self._patterns = patterns
        self._under_way: set[Request] = set()
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._number = 0
        self._navigation: Request | None = None
        self._bodies: dict[str, Page] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        page.on("request", self._began)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)
        page.on("framenavigated", self._navigated)
        if patterns:
            page.on("response", self._answered)

    @property
    def number(self) -> int:
        """How many requests the page has made so far."""
        return self._number

    @property
    def navigates(self) -> bool:
        """Whether the page is on its way to another address."""
        return self._navigation is not None

    @property
    def busy(self) -> bool:
        """Whether requests are under way that content may wait for."""
        return any(request.resource_type in _DATA for request in self._under_way)

    @property
    def idle(self) -> bool:
        """Whether nothing has been under way for half a second."""
        return not self._under_way and self._loop.time() - self._last >= QUIET_SECONDS

    def body(self, pattern: str) -> Page | None:
        """Return the last body that came of a request with such an address."""
        return self._bodies.get(pattern)

    def news(self, seconds: float) -> Awaitable[None]:
        """Wait until something happens from now on, at most so long."""
        # Before anything is awaited: what happens until then would be missed.
        self._news.clear()
        return self._wait(seconds)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except asyncio.TimeoutError:
            return

    def close(self) -> None:
        """Stop reading bodies."""
        for task in self._reading:
            task.cancel()

    def _began(self, request: Request) -> None:
        self._number += 1
        self._under_way.add(request)
        if request.resource_type == "document" and _of_main_frame(request):
            self._navigation = request

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)
        self._last = self._loop.time()
        if request is self._navigation and request.failure is not None:
            # A download, or an address that gives no page: the old one stays.
            self._navigation = None
        self._news.set()

    def _navigated(self, frame: object) -> None:
        # A change of the address alone, as of a single-page application, ends no request.
        if frame is self._page.main_frame and self._navigation is not None:
            self._navigation = None
            # What the page before had under way tells nothing of this one.
            self._under_way = {
                request for request in self._under_way if request.is_navigation_request()
            }
            self._news.set()

    def _answered(self, response: Response) -> None:
        for pattern in self._patterns:
            if matches(pattern, response.url):
                task = asyncio.ensure_future(self._keep(pattern, response))
                self._reading.add(task)
                task.add_done_callback(self._reading.discard)

    async def _keep(self, pattern: str, response: Response) -> None:
        try:
            body = await response.body()
            kind = await response.header_value("content-type") or ""
        except ERRORS:
            # A redirect has no body, and one of a page that is left cannot be had any more.
            return
        if len(body) <= MAX_BODY:
            page = Page(response.url, body, status=response.status, content_type=kind)
            self._bodies[pattern] = page
            self._news.set()


def _of_main_frame(request: Request) -> bool:
    try:
        return request.is_navigation_request() and request.frame.parent_frame is None
    except ERRORS:
        # The first request of a page that is only now opened belongs to no frame yet.
        return True

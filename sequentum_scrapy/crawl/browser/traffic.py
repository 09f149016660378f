"""The requests that a live page makes: which are under way, and the bodies of those that are read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sequentum_scrapy.compiler.page import Page

from .arriving import Arriving
from .errors import ERRORS
from .patterns import matches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from playwright.async_api import BrowserContext, Request, Response
    from playwright.async_api import Page as BrowserPage
    from typing_extensions import Self

_DATA = frozenset({"xhr", "fetch", "script", "document"})
"""The kinds of requests that a page's content waits for; a stream of events never ends."""
QUIET_SECONDS = 0.5
"""A page without requests for so long is idle."""
MAX_BODY = 32 * 1024 * 1024
"""Bytes."""


class Traffic:
    """Follows the requests of one page; ``patterns`` are those whose bodies are kept.

    ``arriving`` is its way from one document to another.
    """

    def __init__(self, page: BrowserPage, patterns: Sequence[str]) -> None:
        self._page = page
        self._patterns = patterns
        self._under_way: set[Request] = set()
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._number = 0
        self._bodies: dict[str, Page] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self.arriving = Arriving(page, self._news.set)
        page.on("request", self._began)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)
        page.on("framenavigated", self._navigated)
        page.on("response", self._answered)

    @property
    def number(self) -> int:
        """How many requests the page has made so far."""
        return self._number

    @property
    def navigates(self) -> bool:
        """Whether the page is on its way to another address."""
        return self.arriving.under_way

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
        self.arriving.close()
        for task in self._reading:
            task.cancel()

    def _began(self, request: Request) -> None:
        self._number += 1
        self._under_way.add(request)
        if request.resource_type == "document" and _of_main_frame(request):
            self.arriving.began(request)

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)
        self._last = self._loop.time()
        self.arriving.ended(request)
        self._news.set()

    def _navigated(self, frame: object) -> None:
        if frame is self._page.main_frame and self.arriving.navigated():
            # What the page before had under way tells nothing of this one.
            self._under_way = {
                request for request in self._under_way if request.is_navigation_request()
            }
            self._news.set()

    def _answered(self, response: Response) -> None:
        self.arriving.answered(response)
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


class Overheard:
    """The documents that the pages of a context ask for: the first of a page that opens comes before the page."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._requests: list[Request] = []
        self._answers: list[Response] = []

    def __enter__(self) -> Self:
        self._context.on("request", self._asked)
        self._context.on("response", self._answered)
        return self

    def __exit__(self, *exc: object) -> None:
        self._context.remove_listener("request", self._asked)
        self._context.remove_listener("response", self._answered)

    def _asked(self, request: Request) -> None:
        self._requests.append(request)

    def _answered(self, response: Response) -> None:
        self._answers.append(response)

    def tell(self, page: BrowserPage, arriving: Arriving) -> None:
        """Tell the way of a page that has opened since of what was heard."""
        for request in self._requests:
            if _is_document(request, page):
                arriving.began(request)
                for answer in self._answers:
                    arriving.answered(answer)
                arriving.ended(request)
        arriving.navigated()


def _is_document(request: Request, page: BrowserPage) -> bool:
    try:
        return request.is_navigation_request() and request.frame is page.main_frame
    except ERRORS:
        # It is of a page that opens only now, and not of this one.
        return False


def _of_main_frame(request: Request) -> bool:
    try:
        return request.is_navigation_request() and request.frame.parent_frame is None
    except ERRORS:
        # The first request of a page that is only now opened belongs to no frame yet.
        return True

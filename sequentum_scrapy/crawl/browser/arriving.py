"""Where a page is on its way to, and what came of it: the document in its main frame, or none.

A page that waits for the answer to a navigation answers nothing that it is asked itself. So a navigation has a time,
and is stopped when that is over: the page then stays the one that it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .errors import ERRORS

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response

ABORTED = ("net::ERR_ABORTED", "NS_BINDING_ABORTED")
"""What a navigation fails with in whose place a file comes, or nothing, or another: the page stays."""
_STOP_SECONDS = 5.0


class Arriving:
    """Follows the navigations of the main frame of a page; ``tell`` is called where one ends by its time.

    ``patience`` is how many seconds one may take, None for as long as somebody else sees to that. ``number`` counts
    the documents that came, ``response`` is that of the newest. ``failed`` is the request in whose place the browser
    shows a page of its own, ``aborted`` the answer that left the page as it was, ``overdue`` the time of a navigation
    that was stopped.
    """

    def __init__(self, page: Page, tell: Callable[[], None]) -> None:
        self.patience: float | None = None
        self.number = 0
        self.response: Response | None = None
        self.failed: Request | None = None
        self.aborted: Response | None = None
        self.overdue: float | None = None
        self._page = page
        self._tell = tell
        self._request: Request | None = None
        self._answer: Response | None = None
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> bool:
        """Whether the page is on its way to another document."""
        return self._request is not None

    @contextmanager
    def within(self, seconds: float | None) -> Iterator[None]:
        """Let a navigation take so long that is under way, or begins meanwhile; None: as long as any."""
        before = self.patience
        if seconds is not None:
            self.patience = seconds
            self._time()
        try:
            yield
        finally:
            self.patience = before

    def follow(self, patience: float) -> None:
        """The page that was asked for is there: from now on others are to come within so many seconds."""
        self.patience = patience
        self.failed = None
        self._time()

    def began(self, request: Request) -> None:
        """Take note of a request for a document."""
        if self._request is None or request.redirected_from is None:
            self._since = asyncio.get_running_loop().time()
        self._request, self._answer, self.aborted = request, None, None
        self._time()

    def answered(self, response: Response) -> None:
        """Take note of an answer."""
        if response.request is self._request:
            self._answer = response

    def ended(self, request: Request) -> None:
        """Take note of a request that failed, or has its whole answer."""
        failure = request.failure
        if request is not self._request or failure is None:
            return
        if any(words in failure for words in ABORTED):
            # A download, or an address that gives no page: the old one stays.
            self.aborted = self._answer
        else:
            self.failed = request
            self.number += 1
        self._end()

    def navigated(self) -> bool:
        """Take note of another address of the page; tell whether a document came with it."""
        request = self._request
        if request is None or not (self._answer or _bare(self._page.url) == _bare(request.url)):
            # The address alone has changed, as that of a single-page application does.
            return False
        self.response, self.failed = self._answer, None
        self.number += 1
        self._end()
        return True

    def give_up(self) -> None:
        """Stop a navigation that was to bring something else than a page: who waited for that tells of it."""
        if self._request is not None:
            self._give_up()
        self.overdue = None

    def close(self) -> None:
        """Follow no more."""
        self._end()
        if self._stopping is not None:
            self._stopping.cancel()

    def _end(self) -> None:
        self._request = self._answer = None
        self._time()

    def _time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._request is not None and self.patience is not None:
            at = self._since + self.patience
            self._timer = asyncio.get_running_loop().call_at(at, self._give_up)

    def _give_up(self) -> None:
        self.overdue = self.patience
        self._end()
        self._stopping = asyncio.ensure_future(_stop(self._page))
        self._tell()


async def _stop(page: Page) -> None:
    """Stop what a page loads."""
    with suppress(*ERRORS, asyncio.TimeoutError):
        browser = page.context.browser
        if browser is not None and browser.browser_type.name != "chromium":
            await asyncio.wait_for(page.evaluate("window.stop()"), _STOP_SECONDS)
            return
        session = await asyncio.wait_for(page.context.new_cdp_session(page), _STOP_SECONDS)
        await asyncio.wait_for(session.send("Page.stopLoading"), _STOP_SECONDS)
        await asyncio.wait_for(session.detach(), _STOP_SECONDS)


def _bare(url: str) -> str:
    return url.partition("#")[0]

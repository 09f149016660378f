"""A tab of the browser, followed while commands act on its page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from sequentum_scrapy.crawl.failures import PageGoneError

from .errors import ERRORS
from .traffic import Traffic
from .troubles import answered

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Frame
    from playwright.async_api import Page as BrowserPage

    from sequentum_scrapy.compiler.page import Page
    from sequentum_scrapy.crawl.secrecy import Secrecy

    from .interception import Blocking

T = TypeVar("T")
LOST = "the page crashed, or was closed"
LOAD_SECONDS = 5.0
"""How long a page whose content is there may go on loading: some never stop."""


async def _alone() -> None:
    """Share nothing."""


class Tab:
    """One page of the browser, with its requests, its dialogs and the tabs that it opens.

    ``status`` is the HTTP status of the page that it was opened for, ``responses`` are bodies of requests that
    commands have asked for, ``share`` brings its cookies to the rest of the crawl, ``answer`` is what is done
    with the next dialog: accept, and a text.
    """

    def __init__(
        self,
        page: BrowserPage,
        blocking: Blocking,
        *,
        timeout: float,
        secrecy: Secrecy | None = None,
        patterns: Sequence[str] = (),
    ) -> None:
        self.page = page
        self.blocking = blocking
        self.timeout = timeout
        self.traffic = Traffic(page, patterns)
        self.status = 200
        self.responses: dict[str, Page] = {}
        self.share: Callable[[], Awaitable[None]] = _alone
        self.answer: tuple[bool, str | None] = (False, None)
        self._secrecy = secrecy
        self._patterns = patterns
        self._tabs: list[Tab] = []
        self._opened = False
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        page.on("dialog", self._asked)
        page.on("crash", self._lost)
        page.on("close", self._lost)

    @property
    def masks(self) -> bool:
        """Whether there are secrets that a page could show."""
        return self._secrecy is not None

    def mask(self, text: str) -> str:
        """Return a text of the page without secrets."""
        return text if self._secrecy is None else self._secrecy.mask(text)

    def reveal(self, text: str) -> str:
        """Return a text as it is typed, with secrets."""
        return text if self._secrecy is None else self._secrecy.revealed(text)

    async def alive(self, awaitable: Awaitable[T], seconds: float | None = None) -> T:
        """Wait for something of the page. Raises PageGoneError as soon as the page is gone.

        ``seconds``: one that says nothing for so long is as good as gone.
        """
        task: asyncio.Future[T] = asyncio.ensure_future(awaitable)
        both: set[asyncio.Future[Any]] = {task, self._gone}
        try:
            await answered(both, seconds)
            if task.done():
                return task.result()
            raise PageGoneError(LOST if self._gone.done() else "the page does not answer")
        finally:
            task.cancel()

    async def loaded(self, frame: Frame) -> None:
        """Wait until a page is loaded, or as far as it gets."""
        with suppress(*ERRORS):
            await self.alive(
                frame.wait_for_load_state("domcontentloaded", timeout=self.timeout * 1000)
            )
            await self.alive(frame.wait_for_load_state("load", timeout=LOAD_SECONDS * 1000))

    def beside(self, page: BrowserPage) -> Tab:
        """Return a tab that this one has opened."""
        made = Tab(
            page,
            self.blocking,
            timeout=self.timeout,
            secrecy=self._secrecy,
            patterns=self._patterns,
        )
        made.answer, made.share, made._opened = self.answer, self.share, True
        self._tabs.append(made)
        return made

    @property
    def closed_itself(self) -> bool:
        return self._opened and self.page.is_closed()

    async def dismiss(self) -> None:
        """Close the page of a tab that another one has opened, unless it has closed itself."""
        if self._opened and not self.page.is_closed():
            self.close()
            await self.page.close()

    def close(self) -> None:
        """Follow it no more; the page itself is closed by who opened it."""
        self.traffic.close()
        for tab in self._tabs:
            tab.close()
        if not self._gone.done():
            self._gone.set_result(None)

    def _lost(self, _page: BrowserPage) -> None:
        if not self._gone.done():
            self._gone.set_result(None)

    async def _asked(self, dialog: Dialog) -> None:
        accept, text = self.answer
        with suppress(*ERRORS):
            # Who leaves a page means it.
            if accept or dialog.type == "beforeunload":
                await dialog.accept("" if text is None else self.reveal(text))
            else:
                await dialog.dismiss()

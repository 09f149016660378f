"""A tab of the browser, followed while commands act on its page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.crawl.failures import NoPageError, PageGoneError

from .errors import ERRORS
from .landing import FILE_SECONDS, LOAD_SECONDS, Landing, landing_of
from .traffic import Traffic
from .troubles import answered, what_kept

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Download, Frame
    from playwright.async_api import Page as BrowserPage

    from sequentum_scrapy.compiler.page import Page
    from sequentum_scrapy.crawl.secrecy import Secrecy

    from .interception import Blocking

T = TypeVar("T")
LATE = "the page did not come"
LOST = "the page crashed, or was closed"


async def _alone() -> None:
    """Share nothing."""


class Tab:
    """One page of the browser, with its requests, its dialogs and the tabs that it opens.

    ``status`` is the HTTP status of the document that came last, ``document`` what came where it is no HTML,
    ``trouble`` why there is no page that commands could go on with, which ``any_status`` says of no status.
    ``responses`` are bodies of requests that commands have asked for, ``share`` brings its cookies to the rest of
    the crawl, ``answer`` is what is done with the next dialog: accept, and a text.
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
        self.document: Page | None = None
        self.trouble: NoPageError | None = None
        self.any_status = False
        self.is_blocked: Callable[[Page], bool] = lambda _page: False
        self._told = False
        self._known = -1
        self.responses: dict[str, Page] = {}
        self.share: Callable[[], Awaitable[None]] = _alone
        self.answer: tuple[bool, str | None] = (False, None)
        self._secrecy = secrecy
        self._patterns = patterns
        self._tabs: list[Tab] = []
        self._opened = False
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._files: asyncio.Queue[Download] = asyncio.Queue()
        page.on("download", self._files.put_nowait)
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
            while not await answered(both, seconds) and self.traffic.navigates:
                # It answers when that has come to its end, which it does.
                pass
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

    def landed(self, landing: Landing) -> None:
        """The page that was asked for is there; what comes after it is followed from now on."""
        arriving = self.traffic.arriving
        arriving.follow(self.timeout)
        self.status = landing.status
        if not landing.is_html:
            self.document, self._known = landing.document(), arriving.number

    @property
    def moved(self) -> bool:
        """Whether another document has come, or did not come, since that was last looked at."""
        arriving = self.traffic.arriving
        return self._known != arriving.number or arriving.overdue is not None

    @property
    def is_lost(self) -> bool:
        """Whether it was told already that there is no page."""
        return self.trouble is not None and self._told

    async def newest(self) -> bool:
        """Take note of the document that came last; tell whether it is another one than before."""
        arriving = self.traffic.arriving
        number, failed, response = arriving.number, arriving.failed, arriving.response
        if number == self._known:
            return False
        landing = None
        if failed is None and response is not None:
            landing = await self.alive(landing_of(response), self.timeout)
        self._known, self._told, self.trouble, self.document = number, False, None, None
        if failed is not None:
            self.trouble = NoPageError(*what_kept(failed.failure or ""), url=failed.url)
        elif landing is not None:
            self.status = landing.status
            self.document = None if landing.is_html else self.masked(landing.document())
            if not (200 <= landing.status < 300 or self.any_status):
                self.trouble = NoPageError(f"HTTP {landing.status}")
        return True

    def check(self) -> None:
        """Tell once where a page did not come. Raises ValueFailure; NoPageError where there is none now."""
        arriving = self.traffic.arriving
        if arriving.overdue is not None:
            seconds, arriving.overdue = arriving.overdue, None
            raise ValueFailure(f"{LATE} after {seconds:g} s")
        if self.trouble is not None and not self._told:
            self._told = True
            raise self.trouble

    async def file(self) -> Download | None:
        """Return the file that began to come last, or begins to in a moment."""
        file = None
        with suppress(asyncio.TimeoutError):
            file = await self.alive(asyncio.wait_for(self._files.get(), FILE_SECONDS))
            while not self._files.empty():
                file = self._files.get_nowait()
        return file

    def masked(self, document: Page) -> Page:
        """Return a document of the page without secrets."""
        document.url = self.mask(document.url)
        if self.masks and document.kind != "binary":
            document.body = self.mask(document.text).encode()
        return document

    def beside(self, page: BrowserPage) -> Tab:
        """Return a tab that this one has opened."""
        made = Tab(
            page,
            self.blocking,
            timeout=self.timeout,
            secrecy=self._secrecy,
            patterns=self._patterns,
        )
        made.traffic.arriving.patience = self.timeout
        made.answer, made.share, made._opened = self.answer, self.share, True
        made.any_status, made.is_blocked = self.any_status, self.is_blocked
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

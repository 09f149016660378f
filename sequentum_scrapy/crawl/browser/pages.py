"""The pages of a browser: opened, used again where nothing was done to them, and closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from .contexts import CLOSING_SECONDS
from .errors import ERRORS
from .troubles import soon

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy.statscollectors import StatsCollector

    from .contexts import Session

_LEAVING_SECONDS = 2.0
_BLANK = "about:blank"
_FORGET = "() => { sessionStorage.clear(); window.name = ''; }"


class Pages:
    """Gives out the pages of sessions, and keeps so many that wait for their next use.

    ``prepare`` is done to each page once, when it is new.
    """

    def __init__(
        self, prepare: Callable[[Page], Awaitable[None]], keep: int, stats: StatsCollector
    ) -> None:
        self._prepare = prepare
        self._keep = keep
        self._stats = stats
        self._idle: dict[Page, Session] = {}
        self._popups: dict[Page, list[Page]] = {}
        self._in_use: set[Page] = set()

    @property
    def in_use(self) -> int:
        """How many pages are given out, or could not be closed."""
        return len(self._in_use)

    async def take(self, session: Session) -> Page:
        """Return a page of a session, which is to be given back."""
        for page in reversed(self._idle):
            if self._idle[page] is session:
                del self._idle[page]
                self._in_use.add(page)
                return page
        page = await soon(session.context.new_page())
        popups: list[Page] = []
        self._popups[page] = popups
        self._opened(page, popups)
        try:
            await soon(self._prepare(page))
        except BaseException:
            await self._close(session, page)
            raise
        return page

    async def give_back(self, session: Session, page: Page, *, clean: bool) -> None:
        """Take a page back. ``clean``: it came as it should, and nothing acted on it.

        Such a one is used again, as a new one costs a browser more than most pages do.
        """
        clean = clean and not session.retired and not self._popups.get(page)
        # The session may be retired while its page is left.
        if clean and await _left(page) and not session.retired:
            self._in_use.discard(page)
            self._idle[page] = session
            await self._limit()
        else:
            await self._close(session, page)

    def forget(self) -> None:
        """The browser is gone, and all pages with it."""
        for known in (self._in_use, self._idle, self._popups):
            known.clear()

    async def _limit(self) -> None:
        if len(self._idle) > self._keep:
            page = next(iter(self._idle))
            session = self._idle.pop(page)
            self._in_use.add(page)
            await self._close(session, page)

    async def _close(self, session: Session, page: Page) -> None:
        for one in (*self._popups.get(page, ()), page):
            try:
                await asyncio.wait_for(one.close(), CLOSING_SECONDS)
            except Exception:  # noqa: BLE001 - a driver that died raises errors of any kind
                # It goes with its context.
                session.worn = True

    def _opened(self, page: Page, popups: list[Page]) -> None:
        """Take note of a page, and of those that it opens: they are closed with it."""

        def opened(popup: Page) -> None:
            popups.append(popup)
            self._opened(popup, popups)

        def closed(_page: Page) -> None:
            self._in_use.discard(page)
            self._idle.pop(page, None)
            self._popups.pop(page, None)
            self._stats.inc_value("playwright/page_count/closed")

        def crashed(_page: Page) -> None:
            session = self._idle.pop(page, None)
            if session is not None:
                # It is closed with its context.
                session.worn = True

        self._in_use.add(page)
        self._stats.inc_value("playwright/page_count")
        self._stats.max_value("playwright/page_count/max_concurrent", len(self._in_use))
        page.on("popup", opened)
        page.once("crash", crashed)
        page.once("close", closed)


async def _left(page: Page) -> bool:
    """Let nothing of a page go on, or be there for the next one in its place; tell whether that was to be done."""
    with suppress(*ERRORS, asyncio.TimeoutError):
        await asyncio.wait_for(page.evaluate(_FORGET), _LEAVING_SECONDS)
        await asyncio.wait_for(page.goto(_BLANK), _LEAVING_SECONDS)
        return True
    return False

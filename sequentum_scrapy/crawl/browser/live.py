"""A live page: pictures of it, and what commands do on it.

Elements are named by marks: numbers that an element keeps in all pictures of its page. Methods raise ValueFailure
where something cannot be done, and PageGoneError where the page is not there any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.crawl.failures import BlockedError

from .errors import TIMEOUTS
from .landing import saved, whole
from .patterns import matches
from .pictures import ATTRIBUTE, as_page
from .scripted import Doing, MovedError, Scripted
from .traffic import QUIET_SECONDS, Overheard
from .troubles import as_failures, in_vain, soon

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Frame

    from sequentum_scrapy.compiler.multipart import FilePart

    from .tab import Tab

_HALF = "the file was not all there"
_CLICKED = "click action done"
"""What is in the log of a click whose time was over when only the page that it leads to had not come."""
_SETTLE_SECONDS = 3.0
"""How long requests that an action began are waited for: those of statistics may never end."""
Place = Literal["on", "blank", "end"]
"""Where scrolling on has come to: further on, where nothing is to be seen yet, or the end."""


class Live(Scripted):
    """One document of a tab: the page itself, or that of a frame in it.

    ``page`` is the last picture of it.
    """

    def __init__(self, tab: Tab, frame: Frame) -> None:
        super().__init__(tab, frame)
        self._is_whole = frame is tab.page.main_frame
        self._changes = -1
        self._paginations = 0
        self.page = Page("")

    @property
    def timeout(self) -> float:
        """Seconds that a command may take by default."""
        return self.tab.timeout

    @property
    def playwright_page(self) -> Any:
        """The page as Playwright knows it, for functions of the project."""
        return self.tab.page

    @property
    def closed_itself(self) -> bool:
        """Whether this was in a tab that a click has opened, and that is closed."""
        return self.tab.closed_itself

    async def look(self) -> Page:
        """Take a picture of the page as it is now."""
        with as_failures():
            self.page = await self._look()
        self.page.live = self
        self.stale = False
        return self.page

    async def _look(self) -> Page:
        tab = self.tab
        is_new = self._is_whole and await tab.newest()
        if self._is_whole and tab.trouble is not None and tab.trouble.url:
            page = Page(tab.mask(tab.trouble.url), content_type="text/html")
        elif self._is_whole and tab.document is not None:
            made = tab.document
            page = Page(made.url, made.body, content_type=made.content_type)
        else:
            picture = await self._call("picture", ATTRIBUTE, self._paginations)
            self._changes = picture["changes"]
            page = as_page(tab.mask(picture["url"]), tab.mask(picture["html"]))
        page.status = tab.status
        page.responses = tab.responses
        if is_new and tab.is_blocked(page):
            raise BlockedError(page)
        return page

    async def changed(self, seconds: float) -> None:
        """Wait until the page changes, at most so long; the picture is stale where it did."""
        with as_failures():
            if self.tab.traffic.navigates:
                self.stale = True
                await self._arrive()
                return
            try:
                if await self._call("changed", self._changes, seconds * 1000) or self.tab.moved:
                    # Another document counts its changes anew.
                    self.stale = True
            except MovedError:
                self.stale = True

    async def pause(self, seconds: float) -> None:
        """Wait so long."""
        self.stale = True
        with as_failures():
            await self.tab.alive(asyncio.sleep(seconds))

    async def idle(self, seconds: float) -> bool:
        """Wait until the page makes no request for a while, at most so long; tell whether it came to that."""
        self.stale = True
        loop, traffic = asyncio.get_running_loop(), self.tab.traffic
        end = loop.time() + seconds
        with as_failures():
            while not traffic.idle and (left := end - loop.time()) > 0:
                await self.tab.alive(traffic.news(min(left, QUIET_SECONDS / 2)))
        return traffic.idle

    def is_at(self, pattern: str) -> bool:
        """Tell whether the address of the page is one of a pattern."""
        return matches(self.tab.reveal(pattern), self._frame.url)

    async def leave(self) -> None:
        """Close the tab, where it is one that a click has opened."""
        with as_failures():
            await soon(self.tab.dismiss())

    async def settle(self, requests: int, timeout: float | None = None) -> None:
        """Let what an action began come to its end: a navigation, or requests beyond the first so many.

        ``timeout``: how many seconds the navigation may take, where the command says that.
        """
        self.stale = True
        traffic = self.tab.traffic
        with as_failures(), traffic.arriving.within(timeout):
            with suppress(MovedError):
                await self._call("breathe")
            if traffic.navigates:
                await self._arrive()
            elif traffic.number > requests:
                loop = asyncio.get_running_loop()
                end = loop.time() + _SETTLE_SECONDS
                while traffic.busy and (left := end - loop.time()) > 0:
                    await self.tab.alive(traffic.news(left))
                with suppress(MovedError):
                    await self._call("breathe")

    async def click(
        self, mark: int, *, at: tuple[int, int] | None = None, timeout: float, within: bool = False
    ) -> None:
        """Click an element. ``within``: what comes of it is waited for elsewhere."""
        place: Any = None if at is None else {"x": at[0], "y": at[1]}
        requests = self.tab.traffic.number

        async def click(one: ElementHandle, milliseconds: float) -> None:
            try:
                # Told not to wait for what comes of it, it would not say either that something else was hit.
                await one.click(position=place, timeout=milliseconds)
            except TIMEOUTS as error:
                if _CLICKED not in error.message:
                    raise

        await self._on(mark, timeout, click)
        if not within:
            await self.settle(requests, timeout)

    async def hover(self, mark: int, timeout: float) -> None:
        """Move the mouse over an element."""
        await self._act(mark, timeout, lambda one, ms: one.hover(timeout=ms))

    async def press(self, mark: int | None, keys: Sequence[str]) -> None:
        """Press keys, in an element that is given the focus first where there is one."""
        requests = self.tab.traffic.number
        if mark is not None:
            await self._on(mark, 0.0, lambda one, _: one.focus())
        with as_failures():
            for key in keys:
                await self._soon(self.tab.page.keyboard.press(key))
        await self.settle(requests)

    async def fill(self, mark: int, text: str, *, typed: bool, timeout: float) -> None:
        """Write a text into a field: at once, or key by key."""
        requests = self.tab.traffic.number
        text = self.tab.reveal(text)
        at_once = "" if typed else text
        await self._on(mark, timeout, lambda one, ms: one.fill(at_once, timeout=ms))
        if typed:
            patience = max(timeout, len(text))
            await self._on(mark, patience, lambda one, ms: one.type(text, delay=10, timeout=ms))
        await self.settle(requests)

    async def select(self, mark: int, values: Sequence[str], timeout: float) -> None:
        """Choose options of a drop-down list by value."""
        chosen = list(values)
        await self._act(mark, timeout, lambda one, ms: one.select_option(chosen, timeout=ms))

    async def check(self, mark: int, *, value: bool, timeout: float) -> None:
        """Set a check box or radio button."""
        await self._act(mark, timeout, lambda one, ms: one.set_checked(value, timeout=ms))

    async def upload(self, mark: int, file: FilePart, timeout: float) -> None:
        """Put a file into a file field."""
        given: Any = {"name": file.name, "mimeType": file.content_type, "buffer": file.data}
        await self._act(mark, timeout, lambda one, ms: one.set_input_files(given, timeout=ms))

    async def scroll(self, box: int | None, *, by: int | None, end: str | None) -> None:
        """Scroll the page, or a box, by pixels or to an end."""
        requests = self.tab.traffic.number
        with as_failures():
            await self._call("scroll", box, by, end)
        await self.settle(requests)

    async def show(self, mark: int, timeout: float) -> None:
        """Scroll an element into sight."""
        await self._act(mark, timeout, lambda one, ms: one.scroll_into_view_if_needed(timeout=ms))

    async def evaluate(self, function: str, arguments: Any, mark: int | None) -> Any:
        """Call a function in JavaScript with arguments and an element, and return its value as JSON has it."""
        requests = self.tab.traffic.number
        with as_failures():
            element = None if mark is None else await self._element(mark)
        with as_failures("JavaScript failed"):
            running = self._frame.evaluate(
                f"async ([args, element]) => await ({function})(args, element)",
                [arguments, element],
            )
            try:
                value = await asyncio.wait_for(self.tab.alive(running), self.timeout)
            except asyncio.TimeoutError:
                raise ValueFailure(f"not done after {self.timeout:g} s") from None
        await self.settle(requests)
        return value

    async def frame(self, mark: int) -> Live:
        """Return the document inside of a frame."""
        inner = await self._on(mark, 0.0, lambda one, _: one.content_frame())
        if inner is None:
            raise ValueFailure("matched, but it is no frame")
        with as_failures():
            await self.tab.loaded(inner)
        return Live(self.tab, inner)

    async def opened(self, mark: int, *, at: tuple[int, int] | None, timeout: float) -> Live:
        """Click an element, and return the page that opens in a tab of its own."""
        page, blocking = self.tab.page, self.tab.blocking
        with as_failures():
            async with blocking.of_popups(page.context):
                with Overheard(page.context) as heard:
                    with in_vain("no new tab opened", timeout):
                        async with page.expect_popup(timeout=timeout * 1000) as coming:
                            await self.click(mark, at=at, timeout=timeout, within=True)
                        popup = await self.tab.alive(coming.value)
                    inner = self.tab.beside(popup)
                    heard.tell(popup, inner.traffic.arriving)
                live = Live(inner, popup.main_frame)
                with inner.traffic.arriving.within(timeout):
                    await self._soon(blocking.begin(popup))
                    await live._arrive()
        self.stale = True
        return live

    async def came_instead(self) -> Page | None:
        """Return the file that came in the place of the page that an action led to; None where there is none."""
        answer = self.tab.traffic.arriving.aborted
        if answer is None:
            return None
        with as_failures():
            file = await self.tab.file()
            if file is None:
                return None
            kind = answer.headers.get("content-type", "")
            with in_vain(_HALF, self.timeout):
                landing = await self.tab.alive(saved(file, kind, self.timeout))
            return self.tab.masked(landing.document())

    async def downloaded(self, mark: int, *, timeout: float) -> tuple[str, str, bytes]:
        """Click an element, and return the file that comes: its address, its name, what is in it."""
        self.stale = True
        with as_failures():
            with in_vain("no file came", timeout):
                try:
                    async with self.tab.page.expect_download(timeout=timeout * 1000) as coming:
                        await self.click(mark, timeout=timeout, within=True)
                    download = await self.tab.alive(coming.value)
                except TIMEOUTS:
                    self.tab.traffic.arriving.give_up()
                    raise
            with in_vain(_HALF, timeout):
                body = await self.tab.alive(whole(download, timeout))
        return self.tab.mask(download.url), download.suggested_filename, body

    async def screenshot(self, mark: int | None = None, *, full: bool = False) -> bytes:
        """Return a picture as PNG: of the page, as far as it is in sight or whole, or of an element."""
        if mark is not None:
            return await self._on(
                mark,
                self.timeout,
                lambda one, ms: one.screenshot(animations="disabled", timeout=ms),
            )
        made = self.tab.page.screenshot(
            full_page=full, animations="disabled", timeout=self.timeout * 1000
        )
        with as_failures():
            return await self._soon(made, self.timeout)

    async def answered(self, pattern: str, seconds: float) -> bool:
        """Wait for a request with such an address; tell whether its body came."""
        tab, loop = self.tab, asyncio.get_running_loop()
        end = loop.time() + seconds
        with as_failures():
            while (body := tab.traffic.body(pattern)) is None and (left := end - loop.time()) > 0:
                await tab.alive(tab.traffic.news(left))
        if body is None:
            return False
        masked = tab.mask(body.text) if tab.masks and body.kind != "binary" else None
        tab.responses[pattern] = (
            body if masked is None else body.derived(masked.encode(), body.content_type)
        )
        return True

    async def enabled(self, mark: int) -> bool:
        """Tell whether an element is in sight, and can be used."""
        with as_failures():
            return bool(await self._call("enabled", mark))

    def begin_rows(self) -> None:
        """A pagination begins: rows that its lists were handed over are left out of the pictures."""
        self._paginations += 1

    def end_rows(self) -> None:
        """The innermost pagination ends: what its lists were handed over is in the pictures again."""
        self._paginations -= 1
        self.stale = True

    async def fresh(
        self, number: int, marks: Sequence[int], *, replaces: bool, peek: bool
    ) -> list[bool]:
        """Tell which rows the list of a number was not handed over before; without ``peek`` it is now.

        ``replaces``: the rows of a page may stand in the place of others that look the same.
        """
        with as_failures():
            return list(
                await self._call("fresh", self._paginations, number, list(marks), replaces, peek)
            )

    async def end_round(self) -> None:
        """Leave the rows so far out of the pictures from now on."""
        self.stale = True
        with as_failures():
            await self._call("endRound", self._paginations)

    async def scroll_on(self, box: int | None, *, waited: bool) -> Place:
        """Scroll as far as no row is passed over, and tell where that is.

        "blank": no move, as rows of what is in sight may still come. ``waited``: they were waited for.
        """
        requests = self.tab.traffic.number
        with as_failures():
            place: Place = await self._call("scrollOn", self._paginations, box, waited)
        await self.settle(requests)
        return place

    async def _arrive(self) -> None:
        """Wait for the page that a navigation leads to, which has its time."""
        while self.tab.traffic.navigates:
            await self.tab.alive(self.tab.traffic.news(self.timeout))
        await self.tab.loaded(self._frame)

    async def _act(self, mark: int, seconds: float, do: Doing[Any]) -> None:
        """Do something to an element, and let what it began come to its end."""
        requests = self.tab.traffic.number
        await self._on(mark, seconds, do)
        await self.settle(requests)

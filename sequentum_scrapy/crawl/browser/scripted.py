"""A document with our script in it: what the script is asked, and the elements that it knows by their marks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.crawl.failures import ReplacedError

from .errors import ERRORS
from .pictures import CALL, SCRIPT, TOKEN, TRIES
from .troubles import ANSWER_SECONDS, as_failures, has_moved

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Frame

    from .tab import Tab

_FIND = "([token, mark]) => window[Symbol.for(token)]?.find(mark) ?? null"
_OF_THE_MOMENT = ("changed", "breathe")
"""What has no meaning any more on the page that comes after."""
T = TypeVar("T")
Doing = Callable[["ElementHandle", float], Awaitable[T]]
"""What is done to an element in so many milliseconds."""


class MovedError(Exception):
    """The page went to another address."""


class Scripted:
    """The document of a frame, which is the page itself or one inside of it.

    ``stale`` tells that it may not look any more as it did in the last picture of it.
    """

    def __init__(self, tab: Tab, frame: Frame) -> None:
        self.tab = tab
        self.stale = True
        self._frame = frame

    async def _soon(self, awaitable: Awaitable[T], seconds: float = 0.0) -> T:
        """Wait for what takes a page no time, or at most so many seconds; one that says nothing then is gone."""
        return await self.tab.alive(awaitable, seconds + ANSWER_SECONDS)

    async def _call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the script in the page, which is put in where it is not there yet."""
        for _ in range(TRIES):
            try:
                answer = await self._soon(
                    self._frame.evaluate(CALL, [TOKEN, name, list(arguments)])
                )
                if answer is not None:
                    return answer[0]
                await self._soon(self._frame.evaluate(SCRIPT, TOKEN))
            except ERRORS as error:
                if not has_moved(error):
                    raise
                await self.tab.loaded(self._frame)
                if name in _OF_THE_MOMENT:
                    raise MovedError from None
        raise ValueFailure("the page does not come to rest")

    async def _on(self, mark: int, seconds: float, do: Doing[T]) -> T:
        """Return what comes of something that is done to an element, and is to give up after so many seconds."""
        with as_failures():
            try:
                return await self._soon(do(await self._element(mark), seconds * 1000), seconds)
            except ERRORS as error:
                if has_moved(error):
                    # It went with its document, before anything was done to it.
                    raise ReplacedError from None
                raise

    async def _element(self, mark: int) -> ElementHandle:
        handle = await self._soon(self._frame.evaluate_handle(_FIND, [TOKEN, mark]))
        element = handle.as_element()
        if element is None:
            self.stale = True
            raise ReplacedError
        return element

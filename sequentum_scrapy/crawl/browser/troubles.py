"""What goes wrong in a browser, in the words of the rest of the crawl."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.crawl.failures import (
    BrowserDiedError,
    NoTunnelError,
    PageGoneError,
    Refusal,
    ReplacedError,
    what_failed,
)

from .errors import ERRORS, TIMEOUTS

if TYPE_CHECKING:
    from playwright.async_api import Error

T = TypeVar("T")
_NET = re.compile(r"(?:net::|NS_)ERR(?:OR)?_([A-Z_0-9]+)")
_GONE = (
    "Target page, context or browser has been closed", "Target closed", "Target crashed", "Page crashed",
    "Browser has been closed", "browser has disconnected", "Connection closed", "Page closed",
)  # fmt: skip
_MOVED = (
    "Execution context was destroyed", "Cannot find context", "Frame was detached", "navigating and changing",
    "Unable to adopt element", "frame got detached",
)  # fmt: skip
_DETACHED = "not attached to the DOM"
DIED = "the browser died"
ANSWER_SECONDS = 30.0
"""What takes a browser no time, and takes so long, does not come any more: it is stuck, or a script of the page is."""


def _looping(_detail: str) -> Exception:
    return Refusal("too many redirects")


_CODES: dict[str, Callable[[str], Exception]] = {
    "NAME_NOT_RESOLVED": CannotResolveHostError,
    "UNKNOWN_HOST": CannotResolveHostError,
    "CONNECTION_REFUSED": DownloadConnectionRefusedError,
    "PROXY_CONNECTION_FAILED": DownloadConnectionRefusedError,
    "TUNNEL_CONNECTION_FAILED": NoTunnelError,
    "TIMED_OUT": DownloadTimeoutError,
    "CONNECTION_TIMED_OUT": DownloadTimeoutError,
    "NET_TIMEOUT": DownloadTimeoutError,
    "TOO_MANY_REDIRECTS": _looping,
    "REDIRECT_LOOP": _looping,
}
"""What Chromium and Firefox call what goes wrong on the way, and what Scrapy makes of it."""


def is_gone(error: BaseException) -> bool:
    """Tell whether the page, or its browser, is not there any more."""
    return (
        isinstance(error, PageGoneError)
        or (isinstance(error, ERRORS) and any(words in error.message for words in _GONE))
        or (isinstance(error, Exception) and "Connection closed" in str(error))
    )


_GRACE_SECONDS = 1.0


async def soon(awaitable: Awaitable[T], seconds: float | None = None) -> T:
    """Wait for what takes a browser no time, or so long. Raises BrowserDiedError where it does not answer."""
    task = asyncio.ensure_future(awaitable)
    try:
        if not await answered({task}, ANSWER_SECONDS if seconds is None else seconds):
            raise BrowserDiedError("the browser does not answer")
        return task.result()
    finally:
        task.cancel()


async def answered(tasks: set[asyncio.Future[Any]], seconds: float | None) -> bool:
    """Wait for the first of some tasks, at most so long; tell whether one is done."""
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if not done:
        # Where this process itself stood still, the answer is there, but was not read yet.
        done, _ = await asyncio.wait(
            tasks, timeout=_GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
    return bool(done)


def has_moved(error: BaseException) -> bool:
    """Tell whether the page went to another address while it was looked at."""
    return isinstance(error, ERRORS) and any(words in error.message for words in _MOVED)


def short(error: BaseException) -> str:
    """Return what an error of Playwright says, without its call log."""
    text = str(error).partition("\nCall log:")[0].strip()
    first = text.splitlines()[0] if text else type(error).__name__
    return re.sub(r"^[A-Z]\w+\.\w+: ", "", first)[:300]


@contextmanager
def as_failures(of: str = "") -> Iterator[None]:
    """Turn errors of Playwright into failures of a command, or, where the page is gone, into PageGoneError.

    ``of``: what they are told to be.
    """
    try:
        yield
    except TIMEOUTS as error:
        raise ValueFailure(_patience(error)) from None
    except ERRORS as error:
        if is_gone(error):
            raise PageGoneError(DIED) from None
        if _DETACHED in error.message:
            raise ReplacedError from None
        raise ValueFailure(f"{of}: {short(error)}" if of else short(error)) from None


@contextmanager
def in_vain(what: str, seconds: float) -> Iterator[None]:
    """Say what was waited for, where a time runs out."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (*TIMEOUTS, asyncio.TimeoutError)):
            raise
        raise ValueFailure(f"{what} after {seconds:g} s") from None


def _patience(error: Error) -> str:
    """Say why a time ran out, by the last line of the log that tells."""
    log = error.message.partition("Call log:")[2]
    lines = [line.strip(" -\n") for line in log.splitlines() if line.strip(" -\n")]
    telling = [
        line
        for line in lines
        if any(
            word in line
            for word in ("not visible", "not enabled", "intercepts", "not stable", "outside of the")
        )
    ]
    return f"timeout: {telling[-1][:200]}" if telling else "timeout"


def download_error(error: Exception) -> Exception:
    """Return the error of Scrapy that stands for what kept a page from coming."""
    if is_gone(error):
        return BrowserDiedError(str(error) if isinstance(error, PageGoneError) else DIED)
    if isinstance(error, (*TIMEOUTS, TimeoutError)):
        return DownloadTimeoutError("the page did not come in time")
    if not isinstance(error, ERRORS):
        return error
    return _on_the_way(error.message, short(error))


def what_kept(failure: str) -> tuple[str, str]:
    """Return what kept a page from coming, in the words of the rest of the crawl, and its detail."""
    return what_failed(_on_the_way(failure, failure))


def _on_the_way(text: str, brief: str) -> Exception:
    found = _NET.search(text)
    code = found[1] if found else ""
    make = _CODES.get(code, DownloadFailedError)
    return make(f"net::ERR_{code}" if code else brief)

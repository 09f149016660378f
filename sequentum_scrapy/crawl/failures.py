"""What went wrong with a request, in words that do not change from page to page."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.page import Page


class Refusal(IgnoreRequest):
    """A request that is not made, or an answer that is not taken, for a reason of ours.

    ``address``: that of the command that is the reason, where it is not the one that asked for the page.
    """

    def __init__(self, what: str, detail: str = "", address: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.detail = detail
        self.address = address


class ReplacedError(ValueFailure):
    """An element of a live page that is not on it any more: another may be in its place."""

    def __init__(self) -> None:
        super().__init__("the element is not on the page any more")


class NoPageError(ValueFailure):
    """A live page in whose place there is none that commands could go on with: an error page, or one of the browser.

    ``url`` is what was asked for, where nothing came of it.
    """

    def __init__(self, what: str, detail: str = "", url: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.detail = detail
        self.url = url


class BlockedError(Exception):
    """A live page that shows signs of a block: ``page``."""

    def __init__(self, page: Page) -> None:
        super().__init__("blocked")
        self.page = page


class PageGoneError(Exception):
    """A page of a browser, or the whole browser, that is not there any more."""


class BrowserDiedError(DownloadFailedError):
    """A request whose page, or whose whole browser, was gone before it was read: nothing is wrong on the way."""


class NoTunnelError(DownloadFailedError):
    """A proxy that did not get through to a site."""


NOT_AN_ADDRESS = "not a web address"
TOO_LARGE = "the answer is too large"
NO_TUNNEL = "the proxy does not get through to the site"
BROWSER_DIED = "the browser died, or does not answer"
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "host not found"),
    (DownloadConnectionRefusedError, "connection refused"),
    (ResponseDataLossError, "the answer broke off"),
    (DownloadCancelledError, TOO_LARGE),
    (UnsupportedURLSchemeError, NOT_AN_ADDRESS),
    (NoTunnelError, NO_TUNNEL),
    (BrowserDiedError, BROWSER_DIED),
    (DownloadFailedError, "the connection failed"),
)


_TELLING = (DownloadCancelledError, DownloadFailedError, UnsupportedURLSchemeError)

_TUNNEL = "TunnelError"
"""Scrapy's, by its name: its module has Twisted start."""


def _refused(error: IgnoreRequest, detail: str) -> tuple[str, str]:
    if isinstance(error, Refusal):
        return error.what, error.detail
    if "robots.txt" in detail.lower():
        return "forbidden by robots.txt", ""
    if "max redirections" in detail.lower():
        return "too many redirects", ""
    if "DOWNLOAD_MAXSIZE" in detail:
        return TOO_LARGE, detail
    return "not requested", detail


def is_without_tunnel(error: BaseException | None) -> bool:
    """Tell whether a proxy did not get through to a site, in a browser or without."""
    return isinstance(error, NoTunnelError) or type(error).__name__ == _TUNNEL


def what_failed(error: BaseException | None) -> tuple[str, str]:
    """Return what failed, and its detail."""
    detail = str(error).strip()
    if isinstance(error, IgnoreRequest):
        return _refused(error, detail)
    for kind, words in _WORDS:
        if isinstance(error, kind):
            # What the client library says of the rest names its own objects, and adds nothing.
            return words, detail if isinstance(error, _TELLING) else ""
    if is_without_tunnel(error):
        return NO_TUNNEL, detail
    return f"{type(error).__name__}", detail

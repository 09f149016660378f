"""Sends requests through proxies, each through one that is fit."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)

from .failures import BrowserDiedError, Refusal, is_without_tunnel
from .proxies import Proxy, ProxyPool
from .reasons import FAILED
from .sessions import session_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self

WAITING = "every proxy failed or is blocked: waiting"
PROXY = "sequentum_proxy"
"""The label of the proxy that a request was sent through."""
_TRIES = "sequentum_proxy_tries"
_FAILURES = (
    CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError, OSError,
)  # fmt: skip
"""What is the fault of a proxy: the connection is one to it, and of the site it tells with a status."""
_NOT_LET_IN = "'status': 407"
"""What Scrapy says of a tunnel that a proxy did not open for this user; a browser gives that as an answer."""
_NOTEWORTHY_SECONDS = 1.0
_MORE_TRIES = 3
"""So many times more than there are proxies a request is tried where proxies fail."""


class ProxyMiddleware:
    """Chooses the proxy of each request; its name and password are with the request only while it is sent."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._spider = spider
        job = self._spider.job
        self._pool: ProxyPool = job.proxies
        self._settings = job.program.agent.settings.proxy
        self._by_label = {proxy.label: proxy for proxy in self._pool.proxies}
        self._of_session: dict[Any, Proxy] = {}
        self._waits = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        proxy = await self._choose(request)
        proxy.requests += 1
        request.meta[PROXY] = proxy.label
        address, credentials = _split(proxy.url)
        request.meta["proxy"] = address
        if credentials:
            request.headers[b"Proxy-Authorization"] = b"Basic " + b64encode(credentials)
        else:
            request.headers.pop(b"Proxy-Authorization", None)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        proxy = self._used(request)
        if proxy is not None and response.status == 407:
            self._pool.failed(proxy)
            return self._once_more(request) or response
        if proxy is not None:
            self._pool.worked(proxy)
            self._waits = False
        return response

    async def process_exception(
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        proxy = self._used(request)
        if proxy is None:
            return None
        if not _is_its_fault(exception):
            if is_without_tunnel(exception):
                # Another may get through.
                self._of_session.pop(self._key(request), None)
            return None
        self._pool.failed(proxy)
        return self._once_more(request)

    def _used(self, request: Request) -> Proxy | None:
        """Return the proxy of a request that came back, and take the password out of the request."""
        request.headers.pop(b"Proxy-Authorization", None)
        request.meta.pop("proxy", None)
        return self._by_label.get(request.meta.get(PROXY, ""))

    def _once_more(self, request: Request) -> Request | None:
        """Return a request for another proxy: the page is not to blame, so it is no retry of it."""
        tries = request.meta.get(_TRIES, 0) + 1
        if tries > len(self._pool) + _MORE_TRIES:
            return None
        made = request.copy()
        made.meta[_TRIES] = tries
        made.dont_filter = True
        return made

    async def _choose(self, request: Request) -> Proxy:
        kept = self._kept(request)
        if kept is not None:
            return kept
        while (proxy := self._pool.take()) is None:
            if self._settings.when_exhausted == "fail" or self._spider.job.ending:
                self._spider.job.failure = (
                    self._spider.job.failure or "every proxy failed or is blocked"
                )
                self._spider.end(FAILED)
                raise Refusal("no proxy is left")
            self._tell_of_waiting()
            await asyncio.sleep(min(1.0, self._pool.seconds_to_wait() + 0.01))
        self._of_session[self._key(request)] = proxy
        return proxy

    def _tell_of_waiting(self) -> None:
        """Report that all proxies are left alone for a while, once until one of them works again."""
        seconds = self._pool.seconds_to_wait()
        if seconds >= _NOTEWORTHY_SECONDS and not self._waits:
            self._waits = True
            self._spider.job.report(
                "info", "settings.proxy", "", WAITING, f"the next is tried in {seconds:,.0f} s"
            )

    def _kept(self, request: Request) -> Proxy | None:
        """Return the proxy to stay with; None where it is another's turn."""
        if self._settings.rotate == "request":
            return None
        proxy = self._of_session.get(self._key(request))
        return proxy if proxy is not None and self._pool.is_fit(proxy) else None

    def _key(self, request: Request) -> Any:
        return session_of(request.meta) if self._settings.rotate == "session" else None


def _is_its_fault(exception: Exception) -> bool:
    """Tell whether something went wrong with a proxy, and not with what is behind it."""
    if is_without_tunnel(exception):
        # It answers, but it may be the site that does not.
        return _NOT_LET_IN in str(exception)
    return isinstance(exception, _FAILURES) and not isinstance(
        exception, (IgnoreRequest, BrowserDiedError)
    )


def credentials_of(request: Request) -> dict[str, str]:
    """Return user and password of the proxy of a request that is being sent, for a browser to send."""
    sent = (request.headers.get(b"Proxy-Authorization") or b"").partition(b"Basic ")[2]
    user, sign, password = b64decode(sent).decode().partition(":")
    return {"username": user, "password": password} if sign else {}


def _split(url: str) -> tuple[str, bytes]:
    """Return the address of a proxy, and its user and password as they are sent."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    user, sign, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, host if sign else parts.netloc, "", "", "")), unquote(
        user
    ).encode()

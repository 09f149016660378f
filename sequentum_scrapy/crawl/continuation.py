"""Continuations as Scrapy requests: plain JSON in ``cb_kwargs``, one callback, one errback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scrapy import Request
from scrapy.http.headers import Headers
from scrapy.settings import BaseSettings
from scrapy.utils.python import without_none_values

from .agent_settings import Economy
from .links import may_tell
from .opening import BROWSER
from .outcome import Visit
from .secrecy import Secrecy

AT = "at"
"""The key that marks a request as a continuation: the address of the command to go on at."""


class Requests:
    """Makes requests of visits, with what is the same for all of them."""

    __slots__ = ("_browser", "_economy", "_errback", "_headers", "_secrecy", "_timeout")

    def __init__(
        self,
        settings: BaseSettings,
        economy: Economy,
        errback: Callable[..., Any],
        secrecy: Secrecy | None = None,
        browser: frozenset[str] = frozenset(),
    ) -> None:
        self._browser = browser
        self._secrecy = secrecy
        self._economy = economy
        self._errback = errback
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        headers = Headers(without_none_values(settings["DEFAULT_REQUEST_HEADERS"]))
        if settings["USER_AGENT"]:
            headers.setdefault(b"User-Agent", settings["USER_AGENT"])
        self._headers = {name: headers.getlist(name) for name in headers}

    @property
    def headers(self) -> Mapping[bytes, list[bytes]]:
        """The header fields of every request."""
        return self._headers if self._economy.headers else {}

    def __call__(self, visit: Visit) -> Request:
        url, keywords = visit.url, _continuation(visit)
        if self._secrecy is not None:
            # What a site echoes is carried on to disk too.
            url, keywords = self._secrecy.mask(url), self._secrecy.mask_value(keywords)
        request = Request(
            url,
            method=visit.method,
            body=visit.body,
            errback=self._errback,
            cb_kwargs=keywords,
        )
        if visit.at in self._browser:
            request.meta[BROWSER] = visit.at
            # What commands do on a live page is in no cache.
            request.meta["dont_cache"] = True
        if self._economy.headers:
            # The names are normal already; to have each looked at anew costs more than the rest.
            dict.update(
                request.headers, {name: values[:] for name, values in self._headers.items()}
            )
            if self._timeout:
                request.meta["download_timeout"] = self._timeout
        if self._economy.referer and visit.referer and may_tell(visit.referer, visit.url):
            dict.__setitem__(
                request.headers, b"Referer", [visit.referer.encode("latin-1", "ignore")]
            )
        if visit.headers:
            request.headers.update(visit.headers)
        return request


def _continuation(visit: Visit) -> dict[str, Any]:
    """Return the keywords of the callback, without those that would say nothing."""
    keywords: dict[str, Any] = {AT: visit.at}
    if visit.record:
        keywords["record"] = visit.record
    if visit.row is not None:
        keywords["row"] = visit.row
    if visit.flaws:
        keywords["flaws"] = visit.flaws
    if visit.number != 1:
        keywords["number"] = visit.number
    if visit.cursor is not None:
        keywords["cursor"] = visit.cursor
    if visit.first is not None:
        keywords["first"] = visit.first
    if visit.inputs is not None:
        keywords["inputs"] = visit.inputs
    if visit.once:
        keywords["once"] = True
    return keywords

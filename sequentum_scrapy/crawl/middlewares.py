"""Scrapy's middlewares for cookies and redirects, made to cost nothing where a site has neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware as ScrapyCookiesMiddleware
from scrapy.downloadermiddlewares.redirect import (
    MetaRefreshMiddleware as ScrapyMetaRefreshMiddleware,
)
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.http import Response

from .cookies import thaw_cookies
from .links import may_tell

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

_HEAD_BYTES = 16_384
"""Scrapy looks for a meta refresh in the first 4,096 characters, of at most four bytes."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class CookiesMiddleware(ScrapyCookiesMiddleware):
    """Does Scrapy's work from the first cookie on."""

    _in_use = False
    changed = False
    """Whether a site has set cookies since somebody last looked."""

    def process_request(self, request: Request) -> Request | Response | None:  # type: ignore[override]
        if self._in_use or request.cookies or b"Cookie" in request.headers:
            self._in_use = True
            return super().process_request(request)
        return None

    def take_note(self) -> None:
        """Cookies have come another way than in the answers that pass here."""
        self._in_use = self.changed = True

    def restore(self, cookies: bytes) -> None:
        """Take over the cookies of an earlier process."""
        thaw_cookies(cookies, self.jars)
        self._in_use = True

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if b"Set-Cookie" in response.headers:
            self._in_use = self.changed = True
            return super().process_response(request, response)
        return response


class _Redirects:
    """What the redirects of an Agent do otherwise than Scrapy's.

    The spider sends the Referer, and as in a browser a redirect does not change it. A redirect
    back to its own beginning is no duplicate: a site that asks for a cookie sends one, and a loop
    is to end as an error, not in silence.
    """

    crawler: Crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if crawler.settings.getbool("REFERER_ENABLED"):
            made: Self = super().from_crawler(crawler)  # type: ignore[misc]
            return made
        # Scrapy's looks for its Referer middleware here, and warns that there is none.
        middleware = cls(crawler.settings)  # type: ignore[call-arg]
        middleware.crawler = crawler
        return middleware

    def handle_referer(self, request: Request, response: Response) -> None:
        if self.crawler.settings.getbool("REFERER_ENABLED"):
            super().handle_referer(request, response)  # type: ignore[misc]
            return
        referer = request.headers.get("Referer")
        if referer and not may_tell(referer.decode("latin-1"), request.url):
            del request.headers["Referer"]

    def process_response(self, request: Request, response: Response) -> Request | Response:
        result: Request | Response = super().process_response(request, response)  # type: ignore[misc]
        if isinstance(result, Request) and result.url in result.meta.get("redirect_urls", ()):
            result.dont_filter = True
        return result


class RedirectMiddleware(_Redirects, ScrapyRedirectMiddleware):  # type: ignore[misc]
    """Scrapy's redirects, with the Referer of the first request."""


class MetaRefreshMiddleware(_Redirects, ScrapyMetaRefreshMiddleware):
    """Does Scrapy's work where the beginning of a page has the word."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        head = response.body[:_HEAD_BYTES]
        if b"refresh" in head.lower() or head.startswith(_UTF_16):
            return super().process_response(request, response)
        return response

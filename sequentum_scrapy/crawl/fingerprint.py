"""What makes two requests of an Agent the same."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING

from scrapy.settings.default_settings import (
    REQUEST_FINGERPRINTER_CLASS as SCRAPY_FINGERPRINTER,
)
from scrapy.utils.misc import build_from_crawler, load_object
from w3lib.url import canonicalize_url

from .continuation import AT
from .plain import to_json

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.utils.request import RequestFingerprinterProtocol
    from typing_extensions import Self

FALLBACK = "SEQUENTUM_FALLBACK_REQUEST_FINGERPRINTER_CLASS"


class RequestFingerprinter:
    """Tells continuations apart by method, URL, body, command address, record and row.

    The page number is left out, so that a next link that leads back ends. A request with ``once``,
    and any that is no continuation, is told apart as the project's own fingerprinter does.
    """

    def __init__(self, crawler: Crawler) -> None:
        path = crawler.settings.get(FALLBACK) or SCRAPY_FINGERPRINTER
        self._fallback: RequestFingerprinterProtocol = build_from_crawler(
            load_object(path), crawler
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def fingerprint(self, request: Request) -> bytes:
        keywords = request.cb_kwargs
        if AT not in keywords or "once" in keywords:
            return self._fallback.fingerprint(request)
        parts = [
            request.method,
            _canonical(request.url),
            keywords[AT],
            keywords.get("record"),
            keywords.get("row"),
        ]
        if "inputs" in keywords:
            parts.append(keywords["inputs"])
        # The body is bytes, and the only part that need not be JSON.
        data = to_json(parts, sort_keys=True) + request.body
        return sha1(data, usedforsecurity=False).digest()


def _canonical(url: str) -> str:
    # Most addresses have nothing to put in order, and saying so is 30 times quicker.
    if "?" in url or "%" in url or "#" in url or ";" in url or url.count("/") < 3:
        return canonicalize_url(url)
    return url

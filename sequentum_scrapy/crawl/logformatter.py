"""A log formatter that makes no message which nobody reads."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter as ScrapyLogFormatter

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure
    from typing_extensions import Self


class LogFormatter(ScrapyLogFormatter):
    """Scrapy's messages, without those for pages and items where LOG_LEVEL is over DEBUG.

    Scrapy's root logger lets every message through to its handler, which then looks at the level:
    to make a message of an item costs as much as to extract it.
    """

    def __init__(self, settings: BaseSettings) -> None:
        level = settings["LOG_LEVEL"]
        number = logging.getLevelName(level) if isinstance(level, str) else level
        self._debug = not isinstance(number, int) or number <= logging.DEBUG

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings)

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        # None is what Scrapy takes for no message, and what its annotation leaves out.
        return super().crawled(request, response, spider) if self._debug else None  # type: ignore[return-value]

    def scraped(
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return super().scraped(item, response, spider) if self._debug else None  # type: ignore[return-value]

"""Pages that are no data: asked for again in another session, counted, and in the end kept to be looked at."""

from __future__ import annotations

import random
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler.scope import Scope
from sequentum_scrapy.compiler.signs import compile_signs
from sequentum_scrapy.definition.output import share_exceeded

from .again import WAIT, once_more
from .failures import Refusal
from .proxying import PROXY
from .reasons import FAILED
from .responses import page_of
from .sessions import FRESH, is_apart

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self

_ATTEMPT = "sequentum_blocked"
LONGEST_WAIT = 300.0
"""Seconds."""
ENOUGH = 20
"""A share of the answers is judged after so many."""


class BlockMiddleware:
    """Lets no page through that shows signs of a block."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._spider = spider
        self._settings = spider.job.program.agent.settings.block
        self._seen = compile_signs(self._settings)
        self._answers = self._blocked = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        if is_apart(request):
            return response
        self._answers += 1
        sign = self.sign_of(response)
        if sign is None:
            return response
        self._blocked += 1
        self._spider.job.counters.blocked += 1
        self._note(request, response, sign)
        attempt = request.meta.get(_ATTEMPT, 0)
        if attempt >= self._settings.attempts:
            self._spider.job.pages.failed_on(page_of(response), "settings.block")
            raise Refusal("blocked", f"{sign}, after {attempt + 1} attempts")
        self._spider.job.count(request)
        wait = wait_of(response, self._settings.backoff, attempt)
        return once_more(request, **{WAIT: wait, FRESH: True, _ATTEMPT: attempt + 1})

    def sign_of(self, response: Response) -> str | None:
        """Return the sign of a block that an answer shows; None without."""
        return self._seen(Scope(self._spider.job.run, page_of(response), {}))

    def _note(self, request: Request, response: Response, sign: str) -> None:
        job = self._spider.job
        job.report("warning", "settings.block", response.url, f"blocked: {sign}")
        proxies = job.proxies
        for proxy in proxies.proxies if proxies is not None else ():
            if proxy.label == request.meta.get(PROXY):
                proxies.blocked(proxy)
        most = self._settings.max_blocked
        if most is None or (isinstance(most, str) and self._answers < ENOUGH):
            return
        if share_exceeded(most, self._blocked, self._answers):
            job.failure = job.failure or (
                f"blocked: {self._blocked} of {self._answers} answers, at most {most}"
            )
            self._spider.end(FAILED)


def wait_of(response: Response, backoff: float, attempt: int) -> float:
    """Return how many seconds to wait: as the site asks, else longer each time."""
    asked = retry_after(response)
    if asked is not None:
        return min(asked, LONGEST_WAIT)
    wait: float = backoff * 2**attempt * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
    return min(wait, LONGEST_WAIT)


def retry_after(response: Response) -> float | None:
    """Return the seconds of a Retry-After, which may be a date; None without a valid one."""
    value = (response.headers.get(b"Retry-After") or b"").decode("latin-1").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.fromtimestamp(time.time(), timezone.utc)).total_seconds())

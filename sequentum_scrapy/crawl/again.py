"""Asking for a page again: the request as it was first made, and the wait before it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .outcome import Repeat
from .sessions import FRESH

if TYPE_CHECKING:
    from scrapy import Request

WAIT = "sequentum_wait"
"""Seconds to wait before a request is sent."""
_SENT = "sequentum_sent"
_LEFT_OUT = ("redirect_urls", "redirect_times", "redirect_reasons", "redirect_ttl", "retry_times")


def remember(request: Request) -> None:
    """Keep what a redirect loses of a request: its method and its body."""
    if request.method != "GET":
        request.meta.setdefault(_SENT, (request.method, request.body))


def once_more(request: Request, **meta: Any) -> Request:
    """Return a request as it was before redirects and retries, to be sent whatever came of it."""
    made = {name: value for name, value in request.meta.items() if name not in _LEFT_OUT}
    url = request.meta.get("redirect_urls", [request.url])[0]
    method, body = made.get(_SENT, (request.method, request.body))
    made.update(meta)
    return request.replace(url=url, method=method, body=body, meta=made, dont_filter=True)


def repeated(request: Request, repeat: Repeat) -> Request:
    """Return the request of a page that is to be asked for again."""
    meta: dict[str, Any] = {WAIT: repeat.wait}
    if repeat.fresh_session:
        meta[FRESH] = True
    made = once_more(request, **meta)
    made.cb_kwargs["attempt"] = repeat.attempt
    return made


class WaitMiddleware:
    """Holds a request back for as long as it asks; it counts among those under way meanwhile."""

    async def process_request(self, request: Request) -> None:
        remember(request)
        seconds = request.meta.pop(WAIT, 0)
        if seconds:
            await asyncio.sleep(seconds)

"""The requests of a page that are changed or stopped on their way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.definition.browser import RESOURCES

from .errors import ERRORS
from .patterns import is_blocked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.async_api import BrowserContext, CDPSession, Page, Route
    from scrapy import Request

_SECONDS = 5.0
_CDP = {
    "image": "Image", "font": "Font", "media": "Media", "stylesheet": "Stylesheet", "script": "Script",
    "xhr": "XHR", "fetch": "Fetch", "websocket": "WebSocket", "manifest": "Manifest", "other": "Other",
}  # fmt: skip
"""What Chromium's protocol calls the kinds of resources."""


class Blocking:
    """Stops the requests of pages for kinds of resources, or to addresses."""

    def __init__(self, what: Sequence[str]) -> None:
        self._what = what

    async def begin(self, page: Page) -> None:
        """Stop those of a page from now on."""
        if not self._what:
            return
        browser = page.context.browser
        if browser is not None and browser.browser_type.name == "chromium":
            await self._begin_in_chromium(page)
        else:
            await page.route("**", self._stop)

    @asynccontextmanager
    async def of_popups(self, context: BrowserContext) -> AsyncIterator[None]:
        """Stop those of the pages that open meanwhile: from their first one on, which ``begin`` is too late for."""
        if not self._what:
            yield
            return

        async def stop(route: Route) -> None:
            await self._stop(route)

        # All pages of the context take part, and one of them that is stuck or gone is not to be in the way.
        try:
            with suppress(*ERRORS, asyncio.TimeoutError):
                await asyncio.wait_for(context.route("**", stop), _SECONDS)
            yield
        finally:
            with suppress(*ERRORS, asyncio.TimeoutError):
                await asyncio.wait_for(context.unroute("**", stop), _SECONDS)

    async def _stop(self, route: Route) -> None:
        request, what = route.request, self._what
        if request.resource_type in what or any(
            is_blocked(pattern, request.url) for pattern in what if pattern not in RESOURCES
        ):
            await route.abort("blockedbyclient")
        else:
            await route.fallback()

    async def _begin_in_chromium(self, page: Page) -> None:
        # Playwright's way has every request of the page wait for an answer, and leaves the browser without its cache.
        session: CDPSession = await page.context.new_cdp_session(page)

        async def stop(event: dict[str, Any]) -> None:
            # A page that is left or closed meanwhile has no such request: nobody else is to hear of it.
            with suppress(*ERRORS):
                await session.send(
                    "Fetch.failRequest",
                    {"requestId": event["requestId"], "errorReason": "BlockedByClient"},
                )

        session.on("Fetch.requestPaused", stop)
        patterns = [
            {"resourceType": _CDP[item]} if item in _CDP else {"urlPattern": item}
            for item in self._what
        ]
        await session.send("Fetch.enable", {"patterns": patterns})


async def send_as(page: Page, request: Request, headers: Mapping[str, str]) -> None:
    """Send the first request of a page by a method, with a body and header fields of its own."""
    if request.method == "GET" and not request.body and not headers:
        return

    async def send(route: Route) -> None:
        changes: dict[str, Any] = {"headers": {**route.request.headers, **headers}}
        if request.method != "GET" or request.body:
            changes["method"] = request.method
            changes["post_data"] = request.body
        await route.continue_(**changes)

    await page.route(lambda _url: True, send, times=1)

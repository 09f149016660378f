"""The download handler that opens pages in a browser: scrapy-playwright's, with commands that run while a page is live.

A page is opened, acted on, read and closed in one coroutine. Nothing outside of it ever holds the page, so nothing
can forget to close it, and a request holds nothing that a queue could not keep.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary, ref

from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from sequentum_scrapy.crawl.attempt import Attempt
from sequentum_scrapy.crawl.failures import BlockedError, BrowserDiedError, NoPageError, Refusal
from sequentum_scrapy.crawl.opening import BROWSER, LOOK, PICTURE, BrowserResponse
from sequentum_scrapy.definition.browser import Browser

from .contexts import CLOSING_SECONDS, Contexts, Session
from .errors import ERRORS
from .identity import Identity
from .interception import Blocking, send_as
from .landing import Landing, land
from .launch import launch_options, left_to_block
from .live import Live
from .pages import Pages
from .pictures import html_of
from .tab import Tab
from .tracing import Trace
from .troubles import ANSWER_SECONDS, download_error, is_gone, soon

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import BrowserContext
    from playwright.async_api import Page as BrowserPage
    from scrapy import Request
    from scrapy.crawler import Crawler
    from typing_extensions import Self

    from sequentum_scrapy.compiler.page import Page
    from sequentum_scrapy.crawl.job import Job

logger = logging.getLogger(__name__)
_MANY = 1_000_000
_LAUNCHES = 3
_LAUNCH_SECONDS = 200.0
"""Playwright gives up a browser that does not start before that; one that runs elsewhere it waits for."""
_DRIVER_GONE = ("Connection closed", "BrowserType.")
"""What is in the errors of a start that no browser came of: the program that starts them may be gone itself."""
TOO_LONG = "the commands of the page took too long"
_LAST_LOOK_SECONDS = 5.0


class BrowserHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """Opens the pages of an Agent in a browser where the request asks for that; all else goes Scrapy's usual way.

    There is one for both schemes, and so one browser.
    """

    lazy = False
    # A handler holds its crawler, and who would hold it here would keep both for ever.
    _of: ClassVar[WeakKeyDictionary[Crawler, ref[BrowserHandler]]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        spider: Any = crawler.spider
        self._spider = spider
        self._job: Job = spider.job
        self._own: Browser = self._job.program.agent.settings.browser or Browser()
        self._identity = Identity(crawler, self._job, self._own)
        self._contexts = Contexts(
            self._open_context,
            self._close_context,
            self._own.contexts,
            remembers=crawler.settings.getbool("COOKIES_ENABLED"),
        )
        self._trace = Trace(crawler, self._job)
        config = self.config
        launched = not (config.cdp_url or config.connect_url)
        self._blocking = Blocking(left_to_block(self._own, launched=launched))
        self._pages = Pages(
            self._blocking.begin, crawler.settings.getint("CONCURRENT_REQUESTS"), self.stats
        )
        self._finished = self._closed = False
        self._job.closing.append(self._finish)
        config.browser_type_name = self._own.engine
        if launched:
            config.launch_options = launch_options(self._own, config.launch_options)
        # How many pages are open at a time is what the downloader says.
        config.max_pages_per_context, config.max_contexts = _MANY, None
        config.navigation_timeout_ms = self._own.timeout * 1000

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        known = cls._of.get(crawler)
        handler = None if known is None else known()
        if handler is None:
            handler = cls(crawler)
            cls._of[crawler] = ref(handler)
        return handler

    async def download_request(self, request: Request) -> Response:
        if BROWSER not in request.meta:
            response: Response = await super().download_request(request)
            return response
        try:
            return await self._page(request)
        except Exception as error:
            raise download_error(error) from error

    async def _finish(self) -> None:
        """Close what is open in the browser: that is the end of traces, too."""
        if self._finished:
            return
        self._finished = True
        self.stats.set_value("sequentum/browser/open_pages", self._pages.in_use)
        # A driver that died raises errors of any kind, and a Run is to end all the same.
        with suppress(Exception):
            await asyncio.wait_for(self._contexts.close(), CLOSING_SECONDS)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._finish()
        with suppress(Exception):
            await asyncio.wait_for(super().close(), 3 * CLOSING_SECONDS)
            return
        await self._end_driver()

    async def _page(self, request: Request) -> Response:
        key, arguments = self._identity.of(request)
        session = await self._contexts.take(key, arguments)
        try:
            page = await self._pages.take(session)
        except BaseException:
            # Its context is replaced, and with it a browser that opens none any more.
            session.worn = True
            await self._contexts.give_back(session)
            raise
        clean = False
        attempt = Attempt(self._job, request) if self._acts(request) else None
        try:
            response = await asyncio.wait_for(
                self._visit(request, session, page, attempt), self._own.page_timeout
            )
        except asyncio.TimeoutError:
            address = "" if attempt is None else attempt.interpreter.under_way
            raise Refusal(TOO_LONG, f"over {self._own.page_timeout:g} s", address) from None
        else:
            clean = attempt is None
            return response
        finally:
            # Also where the crawl is cancelled: the page is closed, whoever waits for it or not.
            await asyncio.shield(self._give_back(session, page, clean=clean))

    async def _give_back(self, session: Session, page: BrowserPage, *, clean: bool) -> None:
        await self._pages.give_back(session, page, clean=clean)
        await self._contexts.give_back(session)

    def _acts(self, request: Request) -> bool:
        """Tell whether there are commands that need the page live."""
        return request.meta[BROWSER] in self._job.program.acting and LOOK not in request.meta

    async def _visit(
        self, request: Request, session: Session, page: BrowserPage, attempt: Attempt | None
    ) -> Response:
        at, job = request.meta[BROWSER], self._job
        tab = None
        await soon(self._identity.bring(request, session))
        await soon(send_as(page, request, self._identity.headers(at, request)))
        if attempt is not None:
            tab = Tab(
                page,
                self._blocking,
                timeout=self._own.timeout,
                secrecy=job.secrecy,
                patterns=job.program.responses,
            )
            tab.share = lambda: soon(self._identity.take(request, session))
        try:
            landing = await land(page, request, self._own.timeout)
            if job.secrecy is not None and "redirect_urls" in request.meta:
                request.meta["redirect_urls"] = job.secrecy.mask_value(
                    request.meta["redirect_urls"]
                )
            response = await self._answer(landing, request, page)
            if tab is not None and attempt is not None:
                response = await self._act(attempt, tab, landing, request, response)
            await soon(self._identity.take(request, session))
            if PICTURE in request.meta:
                response.picture = await soon(
                    page.screenshot(full_page=True, timeout=self._own.timeout * 1000),
                    self._own.timeout + ANSWER_SECONDS,
                )
            return response
        finally:
            if tab is not None:
                tab.close()

    async def _answer(
        self, landing: Landing, request: Request, page: BrowserPage
    ) -> BrowserResponse:
        if landing.is_html:
            html, url = await html_of(page.main_frame, self._own.timeout)
            body = html.encode("utf-8", "replace")
        else:
            body, url = landing.body, landing.url
        return BrowserResponse(
            url,
            status=landing.status,
            headers=landing.headers,
            body=body,
            flags=["browser"],
            request=request,
        )

    async def _act(
        self,
        attempt: Attempt,
        tab: Tab,
        landing: Landing,
        request: Request,
        response: BrowserResponse,
    ) -> BrowserResponse:
        """Run the commands of a page while it is live; what they bring goes along with the response.

        Where the page went on to one that is blocked or broken, that is the response, without anything.
        """
        at, job = request.meta[BROWSER], self._job
        if not (200 <= landing.status < 300 or job.any_status(at)) or self._spider.is_blocked(
            response
        ):
            # Whoever looks at the answer next asks for it again, or reports it.
            return response
        tab.any_status = job.any_status(at)
        tab.is_blocked = lambda page: self._spider.is_blocked(_response_of(page, request))
        tab.landed(landing)
        live = Live(tab, tab.page.main_frame)
        try:
            page = await live.look()
            if tab.trouble is not None:
                return _instead(page, tab.trouble, request)
            await attempt.run(self._spider, attempt.steps(page))
            attempt.page = await live.look() if live.stale else live.page
        except asyncio.CancelledError:
            await self._last_look(live, attempt.interpreter.under_way or at)
            raise
        except BlockedError as blocked:
            return _response_of(blocked.page, request)
        response.brought = attempt
        return response

    async def _last_look(self, live: Live, at: str) -> None:
        """Keep what a page looked like whose commands took too long."""
        with suppress(Exception):
            page = await asyncio.wait_for(live.look(), _LAST_LOOK_SECONDS)
            self._job.pages.failed_on(page, at)
            picture = await asyncio.wait_for(live.screenshot(), _LAST_LOOK_SECONDS)
            self._job.pages.shot(picture, page.url, at)

    async def _open_context(self, name: str, arguments: Mapping[str, Any]) -> BrowserContext:
        """Open a context, in another browser where the last one is gone."""
        for attempt in range(_LAUNCHES):
            try:
                await soon(self._maybe_launch_browser(), _LAUNCH_SECONDS)
                wrapper = await soon(
                    self._create_browser_context(name=name, context_kwargs=arguments)
                )
                break
            except Exception as error:
                stuck = isinstance(error, BrowserDiedError)
                if attempt + 1 == _LAUNCHES or not (stuck or is_gone(error)):
                    raise
                await self._start_anew(
                    driver=stuck or any(words in str(error) for words in _DRIVER_GONE)
                )
        context: BrowserContext = wrapper.context
        await soon(self._trace.begin(context))
        return context

    async def _close_context(self, context: BrowserContext) -> None:
        with suppress(*ERRORS, asyncio.TimeoutError):
            await asyncio.wait_for(self._trace.end(context), 3 * CLOSING_SECONDS)
        with suppress(*ERRORS, asyncio.TimeoutError):
            await asyncio.wait_for(context.close(), CLOSING_SECONDS)

    async def _start_anew(self, *, driver: bool) -> None:
        """Forget a browser that is gone; ``driver``: start the program that drives it again, too.

        It may be gone itself; where it is not, it takes along a browser that is stuck.
        """
        await (self._end_driver() if driver else self._end("browser"))
        await self._browser_disconnected_callback()
        if driver:
            await self._launch()

    async def _end_driver(self) -> None:
        """End the program that drives the browser; a stuck one it kills only when it is told to close it twice."""
        await self._end("browser")
        await self._end("browser_provider")

    async def _end(self, name: str) -> None:
        with suppress(Exception):
            await asyncio.wait_for(getattr(self, name).close(), CLOSING_SECONDS)

    async def _browser_disconnected_callback(self) -> None:
        # At once, and not after its contexts were closed, which they are: the next page needs another browser.
        self.context_wrappers.clear()
        self._contexts.forget()
        self._pages.forget()
        self.__dict__.pop("browser", None)
        if not self._closed:
            logger.warning("The browser is gone; another is started for the pages that need one")


def _response_of(page: Page, request: Request) -> BrowserResponse:
    return BrowserResponse(
        page.url,
        status=page.status,
        headers={"Content-Type": page.content_type},
        body=page.body,
        flags=["browser"],
        request=request,
    )


def _instead(page: Page, trouble: NoPageError, request: Request) -> BrowserResponse:
    """Return what a page went on to by itself. Raises Refusal where nothing came."""
    if trouble.url:
        raise Refusal(trouble.what, trouble.detail)
    return _response_of(page, request)

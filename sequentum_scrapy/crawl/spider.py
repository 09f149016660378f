"""The one spider: it runs any Agent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.store import ArchivedError

from .again import repeated
from .blocks import BlockMiddleware
from .continuation import Requests
from .failures import NOT_AN_ADDRESS, Refusal, what_failed
from .file_store import Downloads
from .job import Job
from .opening import AWAITED, BROWSER, WITHIN, BrowserResponse
from .outcome import (
    EndRun,
    Fetch,
    Files,
    Outcome,
    Repeat,
    Save,
    Shot,
    Steps,
    Together,
    Visit,
    Wait,
    settle,
)
from .reasons import EXITED, FAILED, LIMITED
from .responses import page_of
from .room import Room
from .setup import prepare
from .skipping import skip_crawl
from .turns import Turns

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure
    from typing_extensions import Self

NO_META: Mapping[str, Any] = {}
AWAITED_OUTCOMES = (Fetch, Files, Save, Shot, Wait)


class AgentSpider(Spider):
    """Runs an Agent: ``scrapy crawl agent -a agent=NAME_OR_ID_OR_PATH -a input.q=tea``.

    Scrapy looks at every attribute of a spider for each request that it keeps on disk, so all
    state is in ``job``, and there are no properties.
    """

    name = "agent"
    reference: ClassVar[str | None] = None
    """The Agent of a spider that stands for one, as the spider loader makes it."""
    job: Job
    requests: Requests
    room: Room

    @classmethod
    def from_crawler(cls, crawler: Crawler, *_args: Any, **kwargs: Any) -> Self:
        """Find, compile and configure the Agent.

        Arguments: ``agent``, ``version``, ``draft``, ``limit`` and ``input.NAME``. Raises
        AgentError where the Agent or the inputs do not hold; the Run of an archived Agent is Skipped.
        """
        try:
            job = prepare(crawler, cls.reference, kwargs)
        except ArchivedError as error:
            by = kwargs.get("started_by", "scrapy")
            skip_crawl(crawler.settings, error, by, kwargs.get("_job"))
            raise
        spider = super().from_crawler(crawler, name=cls.reference and cls.name)
        spider.job = job
        crawler.signals.connect(spider.opened, signals.spider_opened)
        return spider

    def opened(self) -> None:
        """Take over the settings, which are final only now: add-ons come after the spider."""
        settings = self.crawler.settings
        job = self.job
        self.requests = Requests(
            settings, job.economy, self.failed, job.secrecy, job.program.browser
        )
        self.job.turns = Turns(settings)
        self.room = Room(self.crawler)
        self.job.max_url = settings.getint("URLLENGTH_LIMIT") or sys.maxsize

    def end(self, reason: str) -> None:
        """Ask for the end of the crawl, once; what is under way is finished and stored."""
        if not self.job.ending:
            closing = self.crawler.engine.close_spider_async(reason=reason)
            self.job.ending = asyncio.ensure_future(closing)

    async def start(self) -> AsyncIterator[Any]:
        """Yield the first requests.

        They pass the duplicate filter, unlike Scrapy's: a resumed crawl has been there.
        """
        job, journal = self.job, self.job.journal
        if job.program.saves:
            self._open_files()
        if journal is not None:
            if journal.started:
                return
            journal.begin()
        records = False
        async for output in self._beginnings():
            records = records or not isinstance(output, Request)
            yield output
        if journal is not None:
            journal.begun(with_records=records)

    async def _beginnings(self) -> AsyncIterator[Any]:
        job = self.job
        if job.program.streams or (job.program.waits and not job.program.starts):
            async for output in self._later(job.starts()):
                if isinstance(output, Request):
                    output.meta["is_start_request"] = True
                yield output
            return
        for outcome in job.starts():
            if isinstance(outcome, EndRun):
                raise self._closing(outcome)
            output = self._item_or_request(outcome)
            if isinstance(output, Request):
                output.meta["is_start_request"] = True
            if output is not None:
                yield output

    def parse(self, response: Response, **visit: Any) -> Any:
        """Go on with an Agent on the page that came; the callback of every request."""
        self._work(response.request)
        self._count(response)
        if isinstance(response, BrowserResponse) and response.brought is not None:
            self.job.came(response.brought.page, visit["at"])
            return self._output(response.brought.take_over(), response.request)
        return self._output(self.job.page(page_of(response), visit), response.request)

    def failed(self, failure: Failure) -> Any:
        """Report a page that did not come; the errback of every request."""
        request: Request = failure.request  # type: ignore[attr-defined]
        what, detail = what_failed(failure.value)
        self._work(request)
        self.job.count(request)
        at = failure.value.address if isinstance(failure.value, Refusal) else ""
        return self._output(self.job.refused(request.cb_kwargs, request.url, what, detail, at))

    def _work(self, request: Request | None) -> None:
        if self.job.journal is not None:
            self.job.journal.work(request)

    def _count(self, response: Response) -> None:
        self.job.count(response.request, len(response.body))
        self.job.counters.browser_pages += "browser" in response.flags
        if self.job.is_over():
            self.end(LIMITED)

    def _output(
        self, steps: Steps, request: Request | None = None
    ) -> Iterable[Any] | AsyncIterator[Any]:
        """Return what steps bring about on the page that came of a request."""
        if self.job.program.waits or self.job.program.streams:
            return self._later(steps, request)
        output: list[Any] = []
        for outcome in steps:
            if isinstance(outcome, EndRun):
                return self._last(output, outcome)
            output.append(self._item_or_request(outcome, request))
        return output

    async def _later(self, steps: Steps, request: Request | None = None) -> AsyncIterator[Any]:
        streams = self.job.program.streams
        # Commands that end the Run are to have counted what they did when its counters are kept.
        with closing(steps):
            async with aclosing(self.drive(steps)) as outcomes:
                async for outcome in outcomes:
                    if isinstance(outcome, EndRun):
                        raise self._closing(outcome)
                    output = self._item_or_request(outcome, request)
                    if output is not None:
                        yield output
                        if streams and not await self.room.wait():
                            self._broken()
                            return

    def _last(self, output: list[Any], end: EndRun) -> Iterator[Any]:
        yield from output
        raise self._closing(end)

    def _closing(self, end: EndRun) -> CloseSpider:
        """Return what ends the crawl."""
        if end.failure is None:
            return CloseSpider(EXITED)
        self.job.failure = self.job.failure or end.failure
        self._broken()
        return CloseSpider(FAILED)

    def _broken(self) -> None:
        """Note that the unit at work does not come to its end."""
        if self.job.journal is not None:
            self.job.journal.broken()

    def _item_or_request(self, outcome: Outcome, request: Request | None = None) -> Any:
        if isinstance(outcome, Repeat):
            return None if request is None else repeated(request, outcome)
        if not isinstance(outcome, Visit):
            return outcome
        if len(outcome.url) > self.job.max_url:
            self.job.report("warning", outcome.at, outcome.url[:200], "the address is too long")
            return None
        try:
            return self.requests(outcome)
        except ValueError as error:
            self.job.report("error", outcome.at, outcome.url, NOT_AN_ADDRESS, str(error))
            return None

    async def drive(
        self, steps: Steps, meta: Mapping[str, Any] = NO_META
    ) -> AsyncGenerator[Outcome, None]:
        """Run steps that may wait for pages; those that need not wait for each other do not.

        ``meta`` goes along with the requests for these pages.
        """
        answer: Any = None
        while True:
            try:
                outcome = steps.send(answer)
            except StopIteration:
                return
            answer = None
            if isinstance(outcome, Together):
                async with aclosing(self._together(outcome, meta)) as inner:
                    async for one in inner:
                        yield one
            elif isinstance(outcome, AWAITED_OUTCOMES):
                answer = await self._answer(outcome, meta)
            else:
                yield outcome

    async def _answer(self, outcome: Outcome, meta: Mapping[str, Any]) -> Any:
        """Wait for what steps wait for."""
        if isinstance(outcome, Fetch):
            return await self.fetch(outcome, meta)
        if isinstance(outcome, Files):
            return await self._downloads().get(outcome.files, meta)
        if isinstance(outcome, Save):
            return await self._downloads().save(outcome)
        if isinstance(outcome, Shot):
            return self.job.pages.kept(outcome)
        assert isinstance(outcome, Wait)
        return await settle(outcome.awaitable)

    async def _together(
        self, together: Together, meta: Mapping[str, Any]
    ) -> AsyncGenerator[Outcome, None]:
        tasks = [asyncio.ensure_future(self._collect(branch, meta)) for branch in together.branches]
        try:
            for task in asyncio.as_completed(tasks):
                for inner in await task:
                    yield inner
        finally:
            for unfinished in tasks:
                unfinished.cancel()

    async def _collect(self, steps: Steps, meta: Mapping[str, Any]) -> list[Outcome]:
        return [outcome async for outcome in self.drive(steps, meta)]

    async def fetch(self, fetch: Fetch, meta: Mapping[str, Any] = NO_META) -> Page | str:
        """Get a page that is waited for, through the downloader and its middlewares."""
        try:
            request = self.requests(fetch.visit).replace(cb_kwargs={}, errback=None)
            request.meta.update(meta)
            if fetch.within is not None and request.meta.get(BROWSER) in self.job.program.acting:
                request.meta[WITHIN] = fetch.within
        except ValueError as error:
            return f"{NOT_AN_ADDRESS}: {error}"
        try:
            response = await self.download(request)
        except Exception as error:  # noqa: BLE001 - whatever a download handler raises
            self.job.count(request)
            return ": ".join(part for part in what_failed(error) if part)
        self._count(response)
        if not 200 <= response.status < 300 and not fetch.any_status:
            return f"HTTP {response.status}"
        if isinstance(response, BrowserResponse) and response.brought is not None:
            async with aclosing(self.drive(response.brought.take_over(), meta)) as outcomes:
                # A page that joins a record brings nothing of its own.
                async for outcome in outcomes:
                    if isinstance(outcome, EndRun):
                        return outcome.reason
            return response.brought.page
        return page_of(response)

    def is_blocked(self, response: Response) -> bool:
        """Tell whether an answer shows that it is no data."""
        middleware = self.crawler.get_downloader_middleware(BlockMiddleware)
        return middleware is not None and middleware.sign_of(response) is not None

    async def download(self, request: Request) -> Response:
        """Get an answer through the downloader and its middlewares, within the limits of the crawl."""
        host = urlparse_cached(request).hostname or ""
        depth = request.meta.get(AWAITED, 0)
        if depth:
            request.meta["download_slot"] = f"{host}, awaited {depth}"
        async with self.job.turns.wait(host, depth):
            return await self.crawler.engine.download_async(request)

    def _open_files(self) -> None:
        """Open the store of files, so that one that cannot be used is known before the first request."""
        try:
            self._downloads()
        except Exception as error:  # noqa: BLE001 - each store has errors of its own
            # Its address may hold a password.
            scheme = str(self.crawler.settings["FILES_STORE"]).partition(":")[0]
            self.job.failure = (
                f"FILES_STORE ({scheme}) cannot be used: {type(error).__name__}: {error}"
            )
            raise CloseSpider(FAILED) from None

    def _downloads(self) -> Downloads:
        if self.job.downloads is None:
            self.job.downloads = Downloads(self)
        return self.job.downloads

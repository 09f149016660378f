"""Logging in: before the first page of a session, and again where a page shows that it has ended."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler.errors import READ_ERRORS
from sequentum_scrapy.compiler.fields import TEMPLATE_ERRORS
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.scope import Scope
from sequentum_scrapy.compiler.steps import Login

from .again import once_more, remember
from .failures import Refusal
from .links import is_web_address
from .outcome import EndRun, Fetch, Steps, Visit
from .reasons import FAILED
from .responses import page_of
from .sessions import JAR, OWN, is_apart, session_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing_extensions import Self

    from .spider import AgentSpider

_COUNT = "sequentum_logins"
"""How many logins the session of a request had had when it was sent."""
_AGAIN = "sequentum_logged_in_again"
_NO_LOGIN = "no login"
_MAX_FRUITLESS = 3
_MAX_AGAIN = 5
"""So often a request is repeated because its session had ended: a busy one may run into several ends."""


@dataclass(slots=True)
class _Session:
    """``count`` logins were begun; ``login`` is the last of them, its result why it failed.

    ``served`` tells whether any page came since it was asked for, ``fruitless`` after how many logins
    in a row none did.
    """

    count: int = 0
    served: bool = False
    fruitless: int = 0
    login: asyncio.Future[str | None] | None = None


class Logins:
    """The logins of a Run, a session at a time: all that need one wait for the same."""

    def __init__(self, spider: AgentSpider, step: Login) -> None:
        self._spider = spider
        self._step = step
        self._sessions: defaultdict[Any, _Session] = defaultdict(_Session)
        self._failed = False
        self.url = step.url(Scope(spider.job.run, Page(""), {}).names()).strip()

    async def ready(self, name: Any) -> int:
        """Wait until a session is logged in; return how many logins it has had.

        Raises Refusal where the login failed: the Run then ends.
        """
        session = self._sessions[name]
        if session.login is None:
            if self._failed:
                raise Refusal(_NO_LOGIN)
            session.count += 1
            session.login = asyncio.ensure_future(self._log_in(name))
        reason = await asyncio.shield(session.login)
        if reason is not None:
            raise Refusal(_NO_LOGIN)
        return session.count

    async def again(self, name: Any, count: int) -> None:
        """Log in again, unless that was done since the login of this number.

        Raises Refusal where several logins were good for no page at all: another would be no better.
        """
        session = self._sessions[name]
        if session.count == count:
            session.fruitless = 0 if session.served else session.fruitless + 1
            if session.fruitless >= _MAX_FRUITLESS:
                raise Refusal("the session ends right after each login")
            session.served = False
            self._spider.job.report("info", self._step.address, "", "the session ended")
            session.login = None
        await self.ready(name)

    def serves(self, name: Any) -> None:
        """Take note of a page that came in a session."""
        self._sessions[name].served = True

    async def _log_in(self, name: Any) -> str | None:
        job, step = self._spider.job, self._step
        job.health.ran[step.index] += 1
        reason = await self._try(name)
        if reason is None:
            job.health.matched[step.index] += 1
            return None
        self._failed = True
        job.health.failed[step.index] += 1
        job.report("error", step.address, self.url, "the login failed", reason)
        job.failure = job.failure or f"{step.address}: the login failed: {reason}"
        self._spider.end(FAILED)
        return reason

    async def _try(self, name: Any) -> str | None:
        """Return why a login failed; None where it worked."""
        if not is_web_address(self.url):
            return f'"{self.url}" is no web address'
        step, interpreter = self._step, self._spider.job.interpreter
        # Pages of the session that ended are still coming, and would set their cookies meanwhile.
        meta = {OWN: True, JAR: jar_of(name, self._sessions[name].count)}
        fetch = Fetch(
            Visit(self.url, step.address, {}),
            any_status=True,
            within=lambda live, page: live.log_in(step, page),
        )
        answer = await self._spider.fetch(fetch, meta)
        if isinstance(answer, Page) and step.address not in self._spider.job.program.acting:
            answer = await self._walk(interpreter.log_in(step, answer), answer, meta)
        if not isinstance(answer, Page):
            return answer
        try:
            holds = step.verify(Scope(self._spider.job.run, answer, {}))
        except (*READ_ERRORS, *TEMPLATE_ERRORS) as error:
            return f"verify: {error}"
        return None if holds else f"verify does not hold (HTTP {answer.status}, {answer.url})"

    async def _walk(self, steps: Steps, page: Page, meta: dict[str, Any]) -> Page | str:
        """Run steps and go where they lead, one page after another; return the last page."""
        answer: Page | str = page
        async for outcome in self._spider.drive(steps, meta):
            if isinstance(outcome, EndRun):
                return outcome.reason
            if isinstance(outcome, Visit):
                answer = await self._spider.fetch(Fetch(outcome, any_status=True), meta)
                if isinstance(answer, Page):
                    visit = {"record": outcome.record, "row": outcome.row}
                    onwards = self._spider.job.interpreter.resume(outcome.at, answer, visit)
                    answer = await self._walk(onwards, answer, meta)
                if not isinstance(answer, Page):
                    return answer
        return answer


class LoginMiddleware:
    """Sends every request of the crawl in a session that is logged in."""

    def __init__(self, spider: AgentSpider, step: Login) -> None:
        self._spider = spider
        self._step = step
        self._logins = Logins(spider, step)
        self._page = _address(self._logins.url)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider, spider.job.program.login)

    async def process_request(self, request: Request) -> Request | None:
        meta = request.meta
        if is_apart(request):
            return None
        if "redirect_urls" in meta and _address(request.url) == self._page:
            return await self._repeat(request)
        remember(request)
        name = session_of(meta)
        meta[_COUNT] = await self._logins.ready(name)
        meta[JAR] = jar_of(name, meta[_COUNT])
        return None

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        if is_apart(request):
            return response
        if self._has_ended(response) or self._was_sent_back(request, response):
            return await self._repeat(request)
        self._logins.serves(session_of(request.meta))
        return response

    def _was_sent_back(self, request: Request, response: Response) -> bool:
        """Tell whether a browser, which follows redirects itself, came to the login page."""
        return (
            "browser" in response.flags
            and "redirect_urls" in request.meta
            and _address(response.url) == self._page
        )

    def _has_ended(self, response: Response) -> bool:
        if response.status == 401:
            return True
        if self._step.ended is None:
            return False
        try:
            return self._step.ended(Scope(self._spider.job.run, page_of(response), {}))
        except (*READ_ERRORS, *TEMPLATE_ERRORS):
            # A condition for pages of HTML says nothing of a file or an answer of an API.
            return False

    async def _repeat(self, request: Request) -> Request:
        """Return a request as it was first made, to be sent after another login."""
        meta = request.meta
        if meta.get(_AGAIN, 0) >= _MAX_AGAIN:
            raise Refusal("the session ended again and again")
        await self._logins.again(session_of(meta), meta[_COUNT])
        return once_more(request, **{_AGAIN: meta.get(_AGAIN, 0) + 1})


def jar_of(name: Any, count: int) -> str:
    """Return the name of the cookie jar of a session's login of this number."""
    return f"{name or 'login'}-{count}"


def _address(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]

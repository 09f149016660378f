"""As whom a page is opened: the session, the proxy, the name, the header fields and the cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler.steps import Lookup, Open, Paginate
from sequentum_scrapy.crawl.agent_settings import changes_identity
from sequentum_scrapy.crawl.identity import accept_language
from sequentum_scrapy.crawl.middlewares import CookiesMiddleware
from sequentum_scrapy.crawl.proxying import credentials_of
from sequentum_scrapy.crawl.sessions import JAR

from .cookies import expired, for_browser, gone_from, into_jar

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler

    from sequentum_scrapy.crawl.job import Job
    from sequentum_scrapy.definition.browser import Browser

    from .contexts import Session


class Identity:
    """Makes a request of the crawl and a context of the browser one and the same visitor."""

    def __init__(self, crawler: Crawler, job: Job, browser: Browser) -> None:
        self._crawler = crawler
        self._job = job
        self._browser = browser
        self._settings = job.program.agent.settings
        self._fixed = _fixed(browser, job)
        language = self._settings.accept_language
        if language is not None:
            self._fixed["extra_http_headers"] = {"Accept-Language": accept_language(language)}
        self._own = {name.lower(): value for name, value in (self._settings.headers or {}).items()}

    def of(self, request: Request) -> tuple[Hashable, Mapping[str, Any]]:
        """Return what tells the session of a request from others, and the arguments of its context."""
        arguments = dict(self._fixed)
        proxy, credentials = request.meta.get("proxy"), credentials_of(request)
        if proxy:
            arguments["proxy"] = {"server": proxy, **credentials}
        name = self._user_agent(request)
        if name:
            arguments["user_agent"] = name
        return (request.meta.get(JAR), proxy, *credentials.values(), name), arguments

    def headers(self, at: str, request: Request) -> dict[str, str]:
        """Return the header fields that the Agent gives to a request of its own accord."""
        step = self._job.program.steps.get(at)
        names = set(self._own)
        if isinstance(step, (Open, Lookup, Paginate)) and step.request is not None:
            names |= {name.lower() for name in step.request.headers}
        if request.body:
            names.add("content-type")
        given = {name.lower(): value for name, value in request.headers.to_unicode_dict().items()}
        return {name: given[name] for name in sorted(names) if name in given and name != "cookie"}

    async def bring(self, request: Request, session: Session) -> None:
        """Bring the cookies of the crawl into the browser, and take out those that it has no more."""
        jar = self._jar(request)
        if jar is None:
            return
        async with session.exchange:
            changes: Any = for_browser(jar, session.cookies)
            gone = gone_from(jar, session.cookies)
            if gone:
                changes += expired(await session.context.cookies(), gone)
            if changes:
                await session.context.add_cookies(changes)

    async def take(self, request: Request, session: Session) -> None:
        """Take the cookies of the browser over into the crawl."""
        middleware = self._cookies()
        if middleware is None:
            return
        jar = middleware.jars[request.meta.get(JAR)]
        async with session.exchange:
            cookies: Any = await session.context.cookies()
            if into_jar(cookies, jar, session.cookies):
                middleware.take_note()

    def _jar(self, request: Request) -> Any:
        middleware = self._cookies()
        return None if middleware is None else middleware.jars[request.meta.get(JAR)]

    def _cookies(self) -> Any:
        return self._crawler.get_downloader_middleware(CookiesMiddleware)

    def _user_agent(self, request: Request) -> str | None:
        if self._browser.user_agent is not None:
            return self._browser.user_agent
        if self._settings.user_agent is None and not changes_identity(self._settings):
            return None
        value = request.headers.get("User-Agent")
        return value.decode("latin-1") if value else None


def _fixed(browser: Browser, job: Job) -> dict[str, Any]:
    """Return the arguments that all contexts have."""
    made: dict[str, Any] = {
        "viewport": {"width": browser.viewport.width, "height": browser.viewport.height},
        "accept_downloads": True,
    }
    if browser.locale is not None:
        made["locale"] = browser.locale
    if browser.timezone is not None:
        made["timezone_id"] = browser.timezone
    if browser.geolocation is not None:
        made["geolocation"] = browser.geolocation.model_dump()
        made["permissions"] = ["geolocation"]
    if browser.storage is not None:
        made["storage_state"] = str(job.run.files.find(browser.storage))
    return made

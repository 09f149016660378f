"""How the crawl names itself: a user agent, and the header fields that fit it.

The sets are what Chrome and Firefox send for a page that a person opens (seen in the summer of 2026); the names of
browsers are those that their makers freeze, so they stay fit for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .sessions import is_apart, session_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from typing_extensions import Self

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
DESKTOP = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Safari/537.36",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Safari/537.36",
    f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
)
MOBILE = (
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Mobile Safari/537.36",
    "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0",
)
_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9"
_PLATFORMS = {"Windows": "Windows", "Macintosh": "macOS", "Android": "Android", "Linux": "Linux"}


def user_agents(given: str | list[str]) -> tuple[str, ...]:
    """Return the user agents that a setting stands for."""
    if isinstance(given, list):
        return tuple(agent for one in given for agent in user_agents(one))
    return {"desktop": DESKTOP, "mobile": MOBILE}.get(given, (given,))


def headers_for(agent: str, language: str | None) -> dict[str, str]:
    """Return the header fields that a browser of this name sends for a page."""
    headers = {"User-Agent": agent}
    if language:
        headers["Accept-Language"] = accept_language(language)
    if not agent.startswith("Mozilla/"):
        return headers
    headers["Upgrade-Insecure-Requests"] = "1"
    headers |= {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"}
    if "Chrome/" in agent:
        version = agent.partition("Chrome/")[2].partition(".")[0]
        platform = next(name for mark, name in _PLATFORMS.items() if mark in agent)
        headers["Accept"] = f"{_PAGE},image/avif,image/webp,image/apng,*/*;q=0.8"
        headers["Sec-CH-UA"] = (
            f'"Chromium";v="{version}", "Not=A?Brand";v="24", "Google Chrome";v="{version}"'
        )
        headers["Sec-CH-UA-Mobile"] = "?1" if "Mobile" in agent else "?0"
        headers["Sec-CH-UA-Platform"] = f'"{platform}"'
    else:
        headers["Accept"] = f"{_PAGE},*/*;q=0.8"
    headers.setdefault("Accept-Language", "en-US,en;q=0.9")
    return headers


def accept_language(tag: str) -> str:
    """Return the header field for a language: ``de-DE`` takes German of Germany first, then any, then English."""
    if "," in tag or ";" in tag:
        return tag
    short = tag.partition("-")[0]
    parts = [tag] if short == tag else [tag, f"{short};q=0.9"]
    if short != "en":
        parts.append("en;q=0.8")
    return ",".join(parts)


class IdentityMiddleware:
    """Gives each session, or where there are none each request, a user agent with the fields that fit it."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        settings = spider.job.program.agent.settings
        given = settings.user_agent or crawler.settings["USER_AGENT"] or "Scrapy"
        self._sets: list[Mapping[str, str]] = [
            headers_for(agent, settings.accept_language) for agent in user_agents(given)
        ]
        own = {name.lower() for name in settings.headers or {}}
        self._sets = [
            {name: value for name, value in one.items() if name.lower() not in own}
            for one in self._sets
        ]
        self._of_session: dict[Any, Mapping[str, str]] = {}
        self._turn = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if is_apart(request) and "cookiejar" not in request.meta:
            return
        name = session_of(request.meta)
        headers = self._of_session.get(name) if name is not None else None
        if headers is None:
            headers = self._sets[self._turn % len(self._sets)]
            self._turn += 1
            if name is not None:
                self._of_session[name] = headers
        for field, value in headers.items():
            # A field that a command gives to its own requests stays.
            if field in ("User-Agent", "Accept-Language") or field not in request.headers:
                request.headers[field] = value


class ImpersonateMiddleware:
    """Marks requests for the download handler that speaks TLS and HTTP as a browser does."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._browser = spider.job.program.agent.settings.impersonate

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        request.meta["impersonate"] = self._browser

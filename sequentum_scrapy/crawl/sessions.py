"""Sessions: the cookie jars that the requests of a crawl are sent in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from typing_extensions import Self

JAR = "cookiejar"
"""Scrapy's key: the jar that the cookies of a request are kept in."""
SESSION = "sequentum_session"
"""The session that a request is sent in; a login gives it a jar of its own."""
FRESH = "sequentum_fresh"
"""Asks for another session than the one that a request was last sent in."""


class Sessions:
    """So many sessions in rotation; one that is retired is replaced by a fresh one."""

    def __init__(self, number: int = 1) -> None:
        self._names = count(1)
        self._current = [self._name() for _ in range(number)]
        self._turn = 0

    def _name(self) -> str:
        return f"session-{next(self._names)}"

    def take(self) -> str:
        """Return the session whose turn it is."""
        self._turn = (self._turn + 1) % len(self._current)
        return self._current[self._turn]

    def is_current(self, name: str) -> bool:
        return name in self._current

    def retire(self, name: str) -> None:
        """Put a fresh session in the place of one, unless that was done already."""
        if name in self._current:
            self._current[self._current.index(name)] = self._name()


class SessionMiddleware:
    """Sends every request of the crawl in a session."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider.job.sessions)

    def process_request(self, request: Request) -> None:
        meta = request.meta
        if is_apart(request):
            return
        name = meta.get(SESSION)
        if name is not None and meta.pop(FRESH, False):
            self._sessions.retire(name)
        if name is None or not self._sessions.is_current(name):
            meta[SESSION] = name = self._sessions.take()
            meta[JAR] = name


def session_of(meta: Mapping[str, Any]) -> Any:
    """Return the session of a request; None where all are sent in one."""
    return meta.get(SESSION)


OWN = "sequentum_own"
"""Marks a request that is made to get another one ready, as that of a login."""


def is_apart(request: Request) -> bool:
    """Tell whether a request is sent outside of the sessions: one of a login, or of robots.txt."""
    return OWN in request.meta or "dont_obey_robotstxt" in request.meta

"""The contexts of a browser: sessions with cookies and storage of their own, each for one way out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from .errors import ERRORS

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from .cookies import Known

CLOSING_SECONDS = 10.0
PAGES_EACH = 100
"""A context is replaced after so many pages: it keeps some memory of each."""

Open = Callable[[str, Mapping[str, Any]], Awaitable["BrowserContext"]]
"""Opens a context of this name, with these arguments."""
Close = Callable[["BrowserContext"], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Session:
    """A context in use: ``pages`` are used in it now, ``served`` were since its beginning.

    ``worn``: it is to be replaced, as a page of it could not be closed. ``cookies`` are those that it
    and the crawl both have; one page at a time exchanges them.
    """

    key: Hashable
    context: BrowserContext
    pages: int = 0
    served: int = 0
    worn: bool = False
    retired: bool = False
    cookies: Known = field(default_factory=dict)
    exchange: asyncio.Lock = field(default_factory=asyncio.Lock)


class Contexts:
    """Opens contexts as pages need them, so many at a time, and closes those that nothing needs any more.

    ``remembers``: the pages of a key know of those before them; otherwise each has a context of its own.
    """

    def __init__(
        self, open_context: Open, close_context: Close, limit: int, *, remembers: bool
    ) -> None:
        self._open = open_context
        self._close = close_context
        self._limit = limit
        self._remembers = remembers
        self._sessions: OrderedDict[Hashable, Session] = OrderedDict()
        self._kept: dict[Hashable, tuple[Any, Known]] = {}
        self._lock = asyncio.Lock()
        self._numbers = count(1)

    async def take(self, key: Hashable, arguments: Mapping[str, Any]) -> Session:
        """Return the session of a key for one more page; it is to be given back."""
        async with self._lock:
            if not self._remembers:
                context = await self._open(self._name(), arguments)
                return Session(key, context, pages=1, served=1, retired=True)
            session = self._sessions.get(key)
            if session is not None and (session.worn or session.served >= PAGES_EACH):
                await self._retire(session)
                session = None
            if session is None:
                session = await self._begin(key, arguments)
            self._sessions.move_to_end(key)
            session.pages += 1
            session.served += 1
            return session

    async def give_back(self, session: Session) -> None:
        """A page of a session is used no more."""
        session.pages -= 1
        if session.retired and not session.pages:
            await self._close(session.context)
        elif session.worn and not session.pages:
            # What could not be closed is so with it, now and not when somebody needs the session again.
            async with self._lock:
                if not (session.retired or session.pages):
                    await self._retire(session)

    def forget(self) -> None:
        """The browser is gone, and all contexts with it; what they kept is brought into the next ones."""
        self._sessions.clear()

    async def close(self) -> None:
        """Close all contexts."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await self._close(session.context)

    async def _begin(self, key: Hashable, arguments: Mapping[str, Any]) -> Session:
        idle = [one for one in self._sessions.values() if not one.pages]
        for session in idle[: max(0, len(self._sessions) + 1 - self._limit)]:
            await self._retire(session)
        given = dict(arguments)
        known: Known = {}
        if key in self._kept:
            given["storage_state"], known = self._kept[key]
        context = await self._open(self._name(), given)
        session = self._sessions[key] = Session(key, context, cookies=dict(known))
        return session

    def _name(self) -> str:
        return f"sequentum-{next(self._numbers)}"

    async def _retire(self, session: Session) -> None:
        """Close a context as soon as its last page is; the next one of its key goes on with its storage."""
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]
        session.retired = True
        # What it knows is read before it is closed, whoever gives a page back meanwhile.
        session.pages += 1
        try:
            with suppress(*ERRORS, asyncio.TimeoutError):
                await asyncio.wait_for(self._keep(session), CLOSING_SECONDS)
        finally:
            await self.give_back(session)

    async def _keep(self, session: Session) -> None:
        async with session.exchange:
            state = await session.context.storage_state()
            self._kept[session.key] = state, dict(session.cookies)

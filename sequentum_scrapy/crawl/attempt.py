"""What the commands of a live page bring, taken over whole once they need it no more, or not at all.

A page may crash, or show that it is blocked; it is asked for again then, and nothing must be there twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler.page import Page

from .job import place
from .live_interpreter import LiveInterpreter
from .opening import AWAITED, BROWSER, WITHIN
from .outcome import EndRun, Outcome, Record, Release, Steps

if TYPE_CHECKING:
    from scrapy import Request

    from sequentum_scrapy.store import Level

    from .job import Job
    from .spider import AgentSpider

_MAX_NOTES = 10_000


class Attempt:
    """One go at the commands of a page. ``page`` is how it looked when it was live last."""

    def __init__(self, job: Job, request: Request) -> None:
        self.page = Page("")
        self._job = job
        self._request = request
        self._before = job.health.copy()
        self._health = job.health.copy()
        self._notes: deque[Callable[[], Any]] = deque()
        self._outcomes: deque[Outcome] = deque()
        self._rest: Steps | None = None
        self._is_taken = False
        self.interpreter = LiveInterpreter(
            job.program, job.run, self._health, self._report, self._failed_on
        )
        self.interpreter.keep = self._note
        self.interpreter.pages = job.pages
        self.interpreter.leaving = job.program.acting[request.meta[BROWSER]]

    def steps(self, page: Page) -> Steps:
        """Return the commands of the live page."""
        self.interpreter.documents = [page.live]
        within, visit = self._request.meta.get(WITHIN), self._request.cb_kwargs
        if within is not None:
            steps: Steps = within(self.interpreter, page)
            return steps
        place(page, visit)
        return self.interpreter.resume(visit["at"], page, visit)

    async def run(self, spider: AgentSpider, steps: Steps) -> None:
        """Run commands as long as they need the page, and the run wants more records."""
        limit, records = self._job.limit, 0
        depth = self._request.meta.get(AWAITED, 0) + 1
        async with aclosing(spider.drive(steps, {AWAITED: depth})) as outcomes:
            async for outcome in outcomes:
                if isinstance(outcome, Release):
                    self._rest = steps
                    return
                self._outcomes.append(outcome)
                if isinstance(outcome, Record):
                    records += not outcome.flaws
                if isinstance(outcome, EndRun) or (limit is not None and records >= limit):
                    return

    def take_over(self) -> Steps:
        """Take over what was counted and reported, yield what came about, and go on with the commands left."""
        self._count()
        self._is_taken = True
        while self._notes:
            self._notes.popleft()()
        while self._outcomes:
            yield self._outcomes.popleft()
        if self._rest is not None:
            try:
                yield from self._rest
            finally:
                self._count()

    def _count(self) -> None:
        self._job.health.add(self._health, self._before)
        self._before = self._health.copy()

    def _note(self, note: Callable[[], Any]) -> None:
        if self._is_taken:
            note()
        elif len(self._notes) < _MAX_NOTES:
            self._notes.append(note)

    def _report(self, level: Level, address: str, url: str, what: str, detail: str = "") -> None:
        self._note(partial(self._job.report, level, address, url, what, detail))

    def _failed_on(self, page: Page, address: str) -> None:
        # A page changes while commands act on it; its pictures are no further use to anyone.
        self._note(partial(self._job.pages.failed_on, page, address))

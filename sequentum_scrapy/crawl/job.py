"""The state of one Run in the crawl: the only thing beside its callbacks that the spider holds."""

from __future__ import annotations

import sys
from asyncio import Future
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scrapy import Request

from sequentum_scrapy.compiler.health import Health
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.program import START, Program
from sequentum_scrapy.compiler.scope import Run
from sequentum_scrapy.compiler.starts import UrlStart
from sequentum_scrapy.compiler.steps import Login, Lookup, Open, Paginate, Submit
from sequentum_scrapy.compiler.steps import Run as RunStep
from sequentum_scrapy.definition.settings import Log
from sequentum_scrapy.store import Counters, Level, RunWriter, StartedBy, Status

from .agent_settings import Economy
from .catalog import Chosen
from .interpreter import Interpreter, Report
from .journal import Journal
from .outcome import EndRun, Steps
from .proxies import ProxyPool
from .saved_pages import SavedPages
from .secrecy import Secrecy
from .sessions import Sessions
from .starting import starts
from .turns import Turns

if TYPE_CHECKING:
    from .file_store import Downloads

BLOCKED = frozenset({403, 429})
"""Statuses with which a site refuses a crawl."""
END_OF_PAGES = frozenset({404, 410})
"""Statuses with which a site says that a numbered page is past its last."""


@dataclass(slots=True, eq=False)
class Job:
    """One Run: its Program, its counters, and where its records and events go.

    ``limit`` is how many records it may bring, ``asked`` how many it was asked for, whatever its definition says.
    ``writer`` is there from the opening of the spider on. ``failure`` is the reason for a Run that
    is to end as a Failure, ``ending`` is there once its end was asked for,
    ``turns`` once the spider is open, ``downloads`` once a file is saved. ``claim`` is the Run to work on
    (runId, epoch) where there is one already, ``job_id`` is scrapyd's name for it, ``journal`` is there in
    a durable Run, ``earlier`` yields the records that it brought in earlier processes, as JSON.
    ``listener`` is told of each event, ``closing`` are called at its end, while there still is a writer.
    """

    chosen: Chosen
    program: Program
    run: Run
    started_by: StartedBy
    stored_inputs: Mapping[str, Any]
    limit: int | None
    asked: int | None
    economy: Economy
    sessions: Sessions | None
    proxies: ProxyPool | None
    health: Health
    secrecy: Secrecy | None = None
    claim: tuple[int, int] | None = None
    job_id: str | None = None
    journal: Journal | None = None
    earlier: Callable[[], Iterator[tuple[str, bytes]]] | None = None
    downloads: Downloads | None = None
    listener: Report | None = None
    counters: Counters = field(default_factory=Counters)
    writer: RunWriter | None = None
    failure: str | None = None
    status: Status | None = None
    message: str = ""
    ending: Future[None] | None = None
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    max_url: int = sys.maxsize
    turns: Turns = field(init=False)
    interpreter: Interpreter = field(init=False)
    pages: SavedPages = field(init=False)

    def __post_init__(self) -> None:
        self.pages = SavedPages(self, self.program.agent.settings.log or Log())
        self.interpreter = Interpreter(
            self.program, self.run, self.health, self.report, self.pages.failed_on
        )

    def report(self, level: Level, address: str, url: str, what: str, detail: str = "") -> None:
        """Report a run event; an error is counted."""
        if level == "error":
            self.counters.errors += 1
        if self.secrecy is not None:
            mask = self.secrecy.mask
            url, what, detail = mask(url), mask(what), mask(detail)
        if self.listener is not None:
            self.listener(level, address, url, what, detail)
        if self.writer is not None:
            self.writer.event(level, address, url, what, detail)

    def total(self) -> tuple[str, int]:
        """Return what the Run ends at, where that is known: pages or records, and how many."""
        if self.limit is not None:
            return "records", self.limit
        limits = self.program.agent.settings.limits
        if limits is not None and limits.pages is not None:
            return "pages", limits.pages
        steps = self.program.steps.values()
        if not any(isinstance(step, (Open, Lookup, RunStep, Submit)) for step in steps):
            # Without other pages than those of a pagination, its bound is the Run's.
            bounds = [step.max_pages for step in steps if isinstance(step, Paginate)]
            known = all(isinstance(start, UrlStart) for start in self.program.starts)
            if known and len(bounds) == 1 and bounds[0] is not None:
                return "pages", bounds[0] * len(self.program.starts)
        return "", 0

    def is_over(self) -> bool:
        """Tell whether the Run has as many pages as it may have."""
        limits = self.program.agent.settings.limits
        return (
            limits is not None and limits.pages is not None and self.counters.pages >= limits.pages
        )

    def count(self, request: Request | None, size: int | None = None) -> None:
        """Count the requests that led to a page of so many bytes, or to none."""
        counters = self.counters
        if size is not None:
            counters.pages += 1
            counters.bytes += size
        meta = request.meta if request is not None else {}
        counters.requests += 1 + meta.get("retry_times", 0) + meta.get("redirect_times", 0)

    def starts(self) -> Steps:
        """Yield the first visits of the Run."""
        if not self.program.starts:
            yield from self.interpreter.start()
            return
        yield from starts(self)

    def page(self, page: Page, visit: Mapping[str, Any]) -> Steps:
        """Run the commands of a page that came."""
        at: str = visit["at"]
        place(page, visit)
        self.came(page, at)
        if not 200 <= page.status < 300:
            if page.status in END_OF_PAGES and self._counts_pages(at) and page.number > 1:
                return _nothing()
            if self.any_status(at):
                return self.interpreter.resume(at, page, visit)
            self.pages.failed_on(page, at)
            if page.status in BLOCKED:
                self.counters.blocked += 1
            return self.refused(visit, page.url, f"HTTP {page.status}")
        return self.interpreter.resume(at, page, visit)

    def came(self, page: Page, at: str) -> None:
        """Take note of a page that came."""
        if at == START:
            self.health.ran[0] += 1
            self.health.matched[0] += 1
        self.pages.came(page, at)

    def refused(
        self, visit: Mapping[str, Any], url: str, what: str, detail: str = "", reason: str = ""
    ) -> Steps:
        """Report a page that could not be had, and do as on_error of its command says.

        ``reason``: the address of the command on the page that is to blame, if one is.
        """
        at: str = visit["at"]
        self.health.failed[self.index(reason or at)] += 1
        self.report("error", reason or at, url, what, detail)
        on_error = None if at == START else self.program.steps[at].on_error
        if on_error == "stop":
            yield EndRun(f"{at}: {what} ({url})")
        elif on_error == "keep" and visit.get("record"):
            yield self.interpreter.record_so_far(at, visit)

    def index(self, at: str) -> int:
        return 0 if at == START else self.program.steps[at].index

    def any_status(self, at: str) -> bool:
        """Tell whether the commands at an address judge error pages themselves."""
        if at == START:
            return self.program.any_status
        step = self.program.steps[at]
        if isinstance(step, Login):
            # Many sites show their form with a 401; whether the login worked is for verify to say.
            return True
        return isinstance(step, (Open, Lookup, Paginate, RunStep, Submit)) and step.any_status

    def _counts_pages(self, at: str) -> bool:
        step = self.program.steps.get(at)
        return isinstance(step, Paginate) and step.url is not None and step.cursor is None


def place(page: Page, visit: Mapping[str, Any]) -> None:
    """Tell a page where it stands in a pagination, and how often it was asked for."""
    page.number = visit.get("number", 1)
    page.cursor = visit.get("cursor")
    page.attempt = visit.get("attempt", 0)


def _nothing() -> Steps:
    yield from ()

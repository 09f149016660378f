"""Trying an Agent out on a page in a browser: its commands run there, on the live page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from sequentum_scrapy.compiler import Page, Program
from sequentum_scrapy.compiler.health import Health
from sequentum_scrapy.crawl.catalog import Chosen
from sequentum_scrapy.crawl.failures import what_failed
from sequentum_scrapy.crawl.opening import LOOK, PICTURE, BrowserResponse
from sequentum_scrapy.crawl.outcome import EndRun, Outcome, Record, Visit
from sequentum_scrapy.crawl.project import run_folder
from sequentum_scrapy.crawl.recorder import RunRecorder
from sequentum_scrapy.crawl.responses import page_of
from sequentum_scrapy.crawl.spider import AgentSpider
from sequentum_scrapy.definition import AgentError, Definition
from sequentum_scrapy.definition.browser import Browser

from .offline import Findings
from .project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure


@dataclass(frozen=True, slots=True)
class Looks:
    """What a person wants to see of a browser: its window, a trace of all it does, a picture of the page at the end."""

    headed: bool = False
    trace: bool = False
    screenshot: bool = False


@dataclass(slots=True)
class Seen:
    """What came of a page: how it looked when it came, what its commands brought, and what went wrong."""

    page: Page | None = None
    at: str = ""
    health: Health | None = None
    findings: Findings = field(default_factory=Findings)
    failure: str = ""
    files: list[Path] = field(default_factory=list)


def look_at(
    project: Project,
    definition: Definition,
    url: str,
    *,
    inputs: Mapping[str, Any],
    place: Callable[[Program, Page], str],
    looks: Looks,
) -> Seen:
    """Open a page in a browser, and run the commands of an address there that act on it.

    ``place`` says which address, from the page as it came. Raises AgentError where no page comes.
    """
    seen = Seen()
    before = _traces()
    settings = project.settings.copy()
    settings.setdict(
        {
            "TWISTED_REACTOR_ENABLED": True,
            "LOG_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
            "SEQUENTUM_TRACE": looks.trace,
            "ITEM_PIPELINES": {},
            "FILES_STORE": None,
        },
        priority="cmdline",
    )
    settings["EXTENSIONS"][RunRecorder] = None
    chosen = Chosen(_shown(definition, looks), path=Path(definition.file))
    process = AsyncCrawlerProcess(settings)
    task = process.crawl(
        _OneLivePage,
        chosen=chosen,
        inputs=dict(inputs),
        trial=_Trial(url, place, seen, looks),
    )
    process.start()
    if task.done() and not task.cancelled() and isinstance(task.exception(), AgentError):
        raise AgentError(str(task.exception()))
    if seen.page is None or seen.failure:
        raise AgentError(f"{url}: {seen.failure or 'no answer'}")
    if looks.trace:
        # Those of earlier tries are there as well.
        made = {path: at for path, at in _traces().items() if before.get(path) != at}
        seen.files += sorted(made, key=made.__getitem__)[-1:]
    return seen


def _traces() -> dict[Path, int]:
    """Return the traces of pages that were tried, each with the time of its writing."""
    found = (run_folder(None) / "traces").glob("*.zip")
    return {path: path.stat().st_mtime_ns for path in found}


def _shown(definition: Definition, looks: Looks) -> Definition:
    """Return a definition whose browser has a window, where that is asked for, and does not wait for robots.txt."""
    agent = definition.agent
    own = agent.settings.browser or Browser()
    changes: dict[str, Any] = {"durable": False, "robots": "ignore"}
    more: dict[str, Any] = {"headless": False} if looks.headed else {}
    if looks.screenshot:
        more["block"] = [kind for kind in own.block if kind not in ("image", "font")]
    if more:
        changes["browser"] = own.model_copy(update=more)
    settings = agent.settings.model_copy(update=changes)
    return replace(definition, agent=agent.model_copy(update={"settings": settings}))


@dataclass(frozen=True, slots=True)
class _Trial:
    url: str
    place: Callable[[Program, Page], str]
    seen: Seen
    looks: Looks


class _OneLivePage(AgentSpider):
    """Opens one page, then once more for the commands that act on it."""

    name = "one-live-page"
    trial: _Trial

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> _OneLivePage:
        trial = kwargs.pop("trial")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.trial = trial
        spider.job.listener = spider.event
        return spider

    async def start(self) -> AsyncIterator[Any]:
        yield self._request(next(iter(self.job.program.browser)), act=False)

    async def parse(self, response: Response, **_visit: Any) -> Any:
        trial, job = self.trial, self.job
        seen = trial.seen
        self._keep(response)
        if seen.page is None:
            seen.page = page_of(response)
            seen.at = trial.place(job.program, seen.page)
            if seen.at in job.program.acting:
                yield self._request(seen.at, act=True)
        elif isinstance(response, BrowserResponse) and response.brought is not None:
            seen.page = response.brought.page
            seen.health = job.health
            try:
                async with aclosing(self.drive(response.brought.take_over())) as outcomes:
                    async for outcome in outcomes:
                        self._note(outcome)
            except Exception as error:  # noqa: BLE001 - the log, where it would be told, is off
                seen.failure = f"{type(error).__name__}: {error}"

    def failed(self, failure: Failure) -> Any:
        self.trial.seen.failure = ": ".join(part for part in what_failed(failure.value) if part)

    def event(self, level: str, address: str, url: str, what: str, detail: str = "") -> None:  # noqa: ARG002
        self.trial.seen.findings.events.append((level, address, what, detail))

    def _request(self, at: str, *, act: bool) -> Request:
        request = self.requests(Visit(self.trial.url, at, {}))
        request.dont_filter = True
        if not act:
            request.meta[LOOK] = True
        if self.trial.looks.screenshot:
            request.meta[PICTURE] = True
        return request

    def _keep(self, response: Response) -> None:
        """Keep the last picture of the page."""
        picture = response.picture if isinstance(response, BrowserResponse) else None
        if picture is not None:
            path = run_folder(None) / f"{self.job.program.agent.name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)
            self.trial.seen.files = [path]

    def _note(self, outcome: Outcome) -> None:
        findings = self.trial.seen.findings
        if isinstance(outcome, Record):
            findings.records.append(outcome)
        elif isinstance(outcome, Visit):
            findings.visits.append(outcome)
        elif isinstance(outcome, EndRun):
            findings.failure = outcome.failure or ""

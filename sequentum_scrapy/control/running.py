"""Running an Agent in this process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import orjson
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from sequentum_scrapy.compiler import compile_agent
from sequentum_scrapy.crawl.catalog import Chosen
from sequentum_scrapy.crawl.defaults import with_defaults
from sequentum_scrapy.crawl.job import Job
from sequentum_scrapy.crawl.recorder import RunRecorder
from sequentum_scrapy.crawl.setup import check_given
from sequentum_scrapy.crawl.spider import AgentSpider
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.store import RunRow, StartedBy, Status, get_run

from .project import Project

FEED_FORMATS = {
    ".jsonl": "jsonlines",
    ".jl": "jsonlines",
    ".json": "json",
    ".csv": "csv",
    ".xml": "xml",
}

Watch = Callable[[Crawler], AbstractContextManager[None]]
"""Shows a crawl while it runs."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to run, and how: the arguments of a run."""

    reference: str
    version: int | None = None
    draft: bool = False
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Sequence[Path] = ()
    limit: int | None = None
    started_by: StartedBy = "cli"


def choose(project: Project, order: Order) -> Chosen:
    """Return the definition that an order means, checked with its inputs.

    Raises AgentError: an unknown Agent, a definition or inputs that do not hold.
    """
    with project.open_store() as store:
        chosen = project.catalog(store).choose(
            order.reference, version=order.version, draft=order.draft
        )
    agent = chosen.definition.agent
    check_given(compile_agent(agent), order.inputs, project.settings)
    return chosen


def run(project: Project, order: Order, chosen: Chosen, watch: Watch) -> RunRow:
    """Run what was chosen to its end, and return the Run as it is in the store.

    It stops gracefully at the first Ctrl-C, and at once at the second. Raises AgentError where it
    could not begin.
    """
    settings = _settings(project, order, chosen.definition.agent)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(AgentSpider)
    task = process.crawl(
        crawler,
        chosen=chosen,
        inputs=dict(order.inputs),
        limit=order.limit,
        started_by=order.started_by,
    )
    _tune_collector()
    with watch(crawler):
        process.start()
    job = _job(crawler)
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        if isinstance(error, AgentError):
            raise error
        raise AgentError(f"the crawl failed: {error}") from error
    if job is None or job.run.id is None:
        raise AgentError((job and job.failure) or "the crawl could not begin: see the log")
    if job.status is None:
        recorder = crawler.get_extension(RunRecorder)
        assert recorder is not None
        recorder.finish(Status.STOPPED, "stopped at once")
    with project.open_store() as store:
        row = get_run(store, job.run.id)
    assert row is not None
    return row


def _tune_collector() -> None:
    """Look for cycles less often: a crawl makes many objects and few cycles (4% of its CPU)."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _job(crawler: Crawler) -> Job | None:
    spider = crawler.spider
    return spider.job if isinstance(spider, AgentSpider) else None


def _settings(project: Project, order: Order, agent: Agent) -> Settings:
    settings = project.settings.copy()
    # Under the project's own: plain HTTP needs no reactor, and is a third quicker without.
    reactor = with_defaults(agent, settings).settings.impersonate is not None
    settings.set("TWISTED_REACTOR_ENABLED", value=reactor, priority="command")
    settings.set("LOG_LEVEL", "INFO", priority="command")
    if not settings.get("LOG_FILE"):
        stamp = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S-%f")
        settings.set("LOG_FILE", str(project.log_file(agent.name, stamp)), priority="command")
    if order.outputs:
        feeds = settings.getdict("FEEDS")
        feeds.update({str(path.absolute()): _feed(path) for path in order.outputs})
        settings.set("FEEDS", feeds, priority="cmdline")
    return settings


def _feed(path: Path) -> dict[str, Any]:
    kind = FEED_FORMATS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(FEED_FORMATS)
        raise AgentError(f'"{path}": the format is told by the ending: {known}')
    if not path.absolute().parent.is_dir():
        raise AgentError(f'"{path}": there is no folder {path.absolute().parent}')
    return {"format": kind, "overwrite": True}


def read_inputs(path: Path) -> dict[str, Any]:
    """Read inputs from a JSON file. Raises AgentError."""
    try:
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise AgentError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    except orjson.JSONDecodeError as error:
        raise AgentError(f"{path} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise AgentError(f"{path}: inputs are a JSON object")
    return value

"""Running an Agent in this process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from sequentum_scrapy.compiler import compile_agent
from sequentum_scrapy.crawl import skipping
from sequentum_scrapy.crawl.catalog import Chosen
from sequentum_scrapy.crawl.defaults import with_defaults
from sequentum_scrapy.crawl.job import Job
from sequentum_scrapy.crawl.keeping import arguments_of
from sequentum_scrapy.crawl.recorder import RunRecorder
from sequentum_scrapy.crawl.setup import check_given
from sequentum_scrapy.crawl.spider import AgentSpider
from sequentum_scrapy.definition import AgentError, masked_inputs
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.definition.modes import uses_browser
from sequentum_scrapy.store import (
    ArchivedError,
    NewFile,
    NewRun,
    RunRow,
    StartedBy,
    Status,
    StoreError,
    add_file,
    create_run,
    end_run,
    get_run,
)

from .exporting import EXPORTERS, FORMATS, keep, make_way
from .project import Project

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

    Raises AgentError: an unknown Agent, a definition or inputs that do not hold, a project without the add-on.
    """
    project.check_addon()
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
    feeds = {
        str(path.absolute()): {"format": check_output(path), "overwrite": True}
        for path in order.outputs
    }
    make_way(order.outputs)
    run_id = _create(project, order, chosen)
    try:
        row = go_on(project, order, chosen, watch, claim=(run_id, 0), feeds=feeds)
    except AgentError as error:
        with project.open_store() as store, suppress(StoreError):
            end_run(store, run_id, Status.FAILURE, str(error).partition("\n")[0])
        raise
    if order.outputs:
        with project.open_store() as store:
            keep(store, run_id, order.outputs)
    return row


def _create(project: Project, order: Order, chosen: Chosen) -> int:
    agent = chosen.definition.agent
    inputs, _ = check_given(compile_agent(agent), order.inputs, project.settings)
    outputs = [str(path.absolute()) for path in order.outputs]
    new = NewRun(
        agent_name=agent.name,
        text=chosen.definition.text.encode(),
        started_by=order.started_by,
        agent_id=chosen.agent_id,
        version_number=chosen.version_number,
        inputs=masked_inputs(agent, inputs),
        arguments=arguments_of(chosen, order.limit, outputs=outputs),
        space=project.space,
    )
    with project.open_store() as store:
        return create_run(store, new)


def skip(project: Project, order: Order, archived: ArchivedError) -> RunRow:
    """Keep a Run that was due, and whose Agent is archived, as Skipped."""
    with project.open_store() as store:
        row = get_run(store, skipping.skip(store, project.space, archived, order.started_by))
    assert row is not None
    return row


def go_on(
    project: Project,
    order: Order,
    chosen: Chosen,
    watch: Watch,
    *,
    claim: tuple[int, int],
    feeds: Mapping[str, dict[str, Any]],
) -> RunRow:
    """Work on a Run that is in the store (``claim``: runId, epoch) until it ends. Raises AgentError."""
    settings = _settings(project, chosen.definition.agent, claim[0], feeds)
    _enter_log(project, claim[0], settings)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(AgentSpider)
    task = process.crawl(
        crawler,
        chosen=chosen,
        inputs=dict(order.inputs),
        limit=order.limit,
        started_by=order.started_by,
        claim=claim,
    )
    _tune_collector()
    with watch(crawler):
        process.start()
    job = _job(crawler)
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        if isinstance(error, AgentError):
            raise error
        raise AgentError(f"the crawl failed: {error}") from error
    if job is None or job.writer is None:
        raise AgentError((job and job.failure) or "the crawl could not begin: see the log")
    if job.status is None:
        recorder = crawler.get_extension(RunRecorder)
        assert recorder is not None
        recorder.finish(Status.STOPPED, "stopped at once")
    with project.open_store() as store:
        row = get_run(store, claim[0])
    assert row is not None
    if row.epoch != claim[1] + 1:
        raise AgentError(f"another process works on the Run {claim[0]} now")
    return row


def _enter_log(project: Project, run_id: int, settings: Settings) -> None:
    """Enter the log among the files of the Run, where it lies in the Run's own folder."""
    path = project.log_file(run_id)
    if settings["LOG_FILE"] == str(path):
        with project.open_store() as store:
            add_file(store, run_id, NewFile(path.name, "log", 0))


def _tune_collector() -> None:
    """Look for cycles less often: a crawl makes many objects and few cycles (4% of its CPU)."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _job(crawler: Crawler) -> Job | None:
    spider = crawler.spider
    return spider.job if isinstance(spider, AgentSpider) else None


def _settings(
    project: Project, agent: Agent, run_id: int, feeds: Mapping[str, dict[str, Any]]
) -> Settings:
    settings = project.settings.copy()
    # Under the project's own: plain HTTP needs no reactor, and is a third quicker without.
    reactor = with_defaults(agent, settings).settings.impersonate is not None or uses_browser(agent)
    settings.set("TWISTED_REACTOR_ENABLED", value=reactor, priority="command")
    settings.set("LOG_LEVEL", "INFO", priority="command")
    if not settings.get("LOG_FILE"):
        settings.set("LOG_FILE", str(project.log_file(run_id)), priority="command")
    if feeds:
        settings.set("FEEDS", {**settings.getdict("FEEDS"), **feeds}, priority="cmdline")
        exporters = {**EXPORTERS, **settings.getdict("FEED_EXPORTERS")}
        settings.set("FEED_EXPORTERS", exporters, priority="project")
    return settings


def check_output(path: Path) -> str:
    """Return the format of a file of records, as Scrapy calls it. Raises AgentError: none, or no folder for it."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(FORMATS)
        raise AgentError(f'"{path}": the format is told by the ending: {known}')
    if not path.absolute().parent.is_dir():
        raise AgentError(f'"{path}": there is no folder {path.absolute().parent}')
    return kind


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

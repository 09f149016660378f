"""The extension that keeps a Run in the store, from the opening of its spider to the end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.settings import SETTINGS_PRIORITIES
from scrapy.utils.asyncio import create_looping_call

from sequentum_scrapy.compiler.steps import List, Open, Submit
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import (
    NewRun,
    RunWriter,
    Status,
    Store,
    create_run,
    reap_dead_runs,
    usual_records,
)
from sequentum_scrapy.store.coverage import shares

from .continuation import AT
from .job import Job
from .keeping import arguments_of, is_durable, keep_journal
from .misses import keep_misses
from .project import log_name, space_of, store_url
from .reasons import FAILED, STOPPED
from .secrecy import guard_logs, unguard_logs
from .spider import AgentSpider
from .verdict import Evidence, is_whole, judge

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure
    from typing_extensions import Self

logger = logging.getLogger(__name__)
_WATCH_SECONDS = 1.0
_OF_THIS_RUN = SETTINGS_PRIORITIES["cmdline"]
"""What is set with this priority, or a higher one, is so for one Run and no other."""


class RunRecorder:
    """Creates the Run, starts its writer, and writes its end."""

    def __init__(self, crawler: Crawler, spider: AgentSpider) -> None:
        self.job: Job = spider.job
        self._spider = spider
        self._settings = crawler.settings
        # Opened here, where an error still ends the crawl before it begins.
        self._store = Store.open(store_url(crawler.settings))
        self._watching = create_looping_call(self._watch)
        # From here on, and to the last line of the crawl.
        self._guard = None if self.job.secrecy is None else guard_logs(self.job.secrecy)
        crawler.signals.connect(self.engine_stopped, signals.engine_stopped)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self.spider_error, signals.spider_error)
        crawler.signals.connect(self.item_error, signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not isinstance(crawler.spider, AgentSpider):
            raise NotConfigured
        return cls(crawler, crawler.spider)

    def spider_opened(self) -> None:
        job = self.job
        chosen = job.chosen
        try:
            reap_dead_runs(self._store)
            job.run.id, epoch = job.claim or (self._create(), 0)
            writer = RunWriter(self._store, job.run.id, health=job.health)
            durable = is_durable(self._spider)
            log_file = log_name(self._settings.get("LOG_FILE"), job.run.id)
            progress = writer.start(epoch, durable=durable, log_file=log_file)
            job.counters, job.writer = writer.counters, writer
            if durable:
                keep_journal(self._spider, self._store, writer, progress)
            keep_misses(job, writer, progress)
        except AgentError as error:
            logger.error("The Run cannot be stored: %s", error)
            job.failure = f"the Run cannot be stored: {error}"
            raise CloseSpider("store_failed") from None
        if chosen.note:
            logger.info(chosen.note)
        self._watching.start(_WATCH_SECONDS)

    def _create(self) -> int:
        chosen = self.job.chosen
        new = NewRun(
            agent_name=chosen.definition.agent.name,
            text=chosen.definition.text.encode(),
            started_by=self.job.started_by,
            agent_id=chosen.agent_id,
            version_number=chosen.version_number,
            inputs=dict(self.job.stored_inputs),
            job_id=self.job.job_id,
            arguments=arguments_of(chosen, self.job.asked),
            space=space_of(self._settings),
        )
        return create_run(self._store, new)

    def spider_error(self, failure: Failure, response: Response | None) -> None:
        """Report an exception that no command expected."""
        at = (
            response.request.cb_kwargs.get(AT, "")
            if response is not None and response.request
            else ""
        )
        self._report_exception(at, response.url if response is not None else "", failure.value)

    def item_error(self, failure: Failure) -> None:
        """Report an exception of an item pipeline: its record is lost."""
        self._report_exception("output", "", failure.value)

    def _report_exception(self, address: str, url: str, error: BaseException | None) -> None:
        self.job.report(
            "error", address, url, f"exception {type(error).__name__}", str(error)[:500]
        )

    async def spider_closed(self, reason: str) -> None:
        for end in self.job.closing:
            await end()
        if self._watching.running:
            self._watching.stop()
        self._watch()
        if self.job.writer is not None:
            self._report_empty()
            self._report_proxies()
            status, message = judge(self.job, reason, self._evidence(reason))
            self.finish(status, message, whole=is_whole(reason), drained=True)
        self._store.close()

    def _evidence(self, reason: str) -> Evidence:
        job = self.job
        cut = (self._settings.getpriority(reason.upper()) or 0) >= _OF_THIS_RUN
        success = job.program.agent.output.success
        if success is None or job.writer is None:
            return Evidence(cut=cut)
        found = shares(job.writer.coverage.values())
        coverage = {field: share for (kind, field), share in found.items() if not kind}
        usual = None
        if success.max_drop is not None:
            try:
                usual = usual_records(self._store, job.writer.run_id)
            except AgentError as error:
                job.report("warning", "output.success.max_drop", "", "not compared", str(error))
        return Evidence(coverage, usual, cut)

    def engine_stopped(self) -> None:
        if self._guard is not None:
            unguard_logs(self._guard)

    def finish(
        self, status: Status, message: str, *, whole: bool = False, drained: bool = False
    ) -> None:
        """Write the end of the Run; what the store does not take makes it a failure.

        One that has not done the ``whole`` of its work can be restarted. ``drained``: all records of the
        crawl are through the pipelines.
        """
        job, writer = self.job, self.job.writer
        assert writer is not None
        if job.secrecy is not None:
            message = job.secrecy.mask(message)
        job.status, job.message = status, message
        if job.journal is not None:
            job.journal.close(drained=drained)
        try:
            writer.finish(status, message, resumable=job.journal is not None and not whole)
        except AgentError as error:
            logger.error("The Run was not stored whole: %s", error)
            job.status, job.message = Status.FAILURE, f"not stored whole: {error}"

    def _watch(self) -> None:
        """End a Run whose store fails: what is crawled from now on would be lost."""
        writer = self.job.writer
        if writer is not None and writer.failed is not None:
            self.job.failure = self.job.failure or f"the store failed: {writer.failed}"
            self._spider.end(FAILED)
        elif writer is not None and writer.orders.stop:
            self._spider.end(STOPPED)

    def _report_empty(self) -> None:
        """An empty result is never silent."""
        for step in self.job.program.steps.values():
            if isinstance(step, (List, Open, Submit)):
                self._report_never(step.index)
        for index in self.job.program.required_fields:
            self._report_never(index)

    def _report_proxies(self) -> None:
        """Say how each proxy was: in an event, and in Scrapy's stats."""
        stats = self._spider.crawler.stats
        for proxy in self.job.proxies.proxies if self.job.proxies is not None else ():
            self.job.report(
                "info", "settings.proxy", proxy.label, f"proxy {proxy.label}", str(proxy)
            )
            for name in ("requests", "failed", "blocked"):
                stats.set_value(f"sequentum/proxy/{proxy.label}/{name}", getattr(proxy, name))

    def _report_never(self, index: int) -> None:
        health = self.job.health
        if health.ran[index] and not health.matched[index]:
            self.job.report(
                "warning",
                health.addresses[index],
                "",
                "never matched",
                f"ran {health.ran[index]} times",
            )

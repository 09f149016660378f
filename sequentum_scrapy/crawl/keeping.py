"""Making a crawl durable: it keeps a journal, and goes on where an earlier process of its Run came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from sequentum_scrapy.store import (
    Progress,
    RunWriter,
    Store,
    fingerprints,
    iter_records,
    pending_requests,
)

from .catalog import Chosen
from .cookies import STATE as COOKIES
from .cookies import freeze_cookies
from .frozen import Freezer
from .journal import Journal
from .middlewares import CookiesMiddleware
from .pipelines import present
from .scheduler import DurableScheduler

if TYPE_CHECKING:
    from .spider import AgentSpider


def arguments_of(chosen: Chosen, limit: int | None, **more: Any) -> dict[str, Any]:
    """Return what a restart of a Run needs beside its definition and its inputs."""
    path = str(chosen.path.absolute()) if chosen.path is not None else None
    return {"limit": limit, "path": path, **more}


def is_durable(spider: AgentSpider) -> bool:
    """Tell whether the crawl has our scheduler."""
    # To isinstance() all schedulers of Scrapy are the same.
    return DurableScheduler in type(_scheduler(spider)).__mro__


def keep_journal(spider: AgentSpider, store: Store, writer: RunWriter, progress: Progress) -> None:
    """Keep a journal from now on, and take up what an earlier process left."""
    scheduler = _scheduler(spider)
    job = spider.job
    journal = Journal(writer, Freezer(spider, spider.requests.headers, job.secrecy), progress)
    journal.follow(spider.crawler)
    scheduler.resume(journal, fingerprints(store, writer.run_id))
    left = 0
    for request in journal.restore(pending_requests(store, writer.run_id)):
        scheduler.restore(request)
        left += 1
    job.journal = journal
    if progress.epoch > 1:
        job.report("info", "", "", "restarted", f"{left:,} requests were left")
    _keep_cookies(spider, writer, progress)
    if progress.sequence:
        job.earlier = lambda: _records(store, writer.run_id)
        for kind, data in job.earlier():
            writer.coverage.add(kind, present(orjson.loads(data)))


def _scheduler(spider: AgentSpider) -> Any:
    # Scrapy has a public name for it only since 2.19.
    slot: Any = getattr(spider.crawler.engine, "_slot", None)
    return slot.scheduler


def _keep_cookies(spider: AgentSpider, writer: RunWriter, progress: Progress) -> None:
    middleware = spider.crawler.get_downloader_middleware(CookiesMiddleware)
    if middleware is None or spider.job.program.login is not None:
        # A new process logs in anew, and a session of the old one would be in its way.
        return
    if COOKIES in progress.state:
        middleware.restore(progress.state[COOKIES])

    def state() -> dict[str, bytes]:
        if not middleware.changed:
            return {}
        middleware.changed = False
        cookies = freeze_cookies(middleware.jars, spider.job.secrecy)
        if cookies is None:
            middleware.changed = True
            return {}
        return {COOKIES: cookies}

    writer.state = state


def _records(store: Store, run_id: int) -> Iterator[tuple[str, bytes]]:
    for row in iter_records(store, run_id):
        yield row.record_type, row.data

"""The live progress of a run."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from scrapy.crawler import Crawler

from sequentum_scrapy.crawl.job import Job
from sequentum_scrapy.crawl.spider import AgentSpider

_REFRESH_SECONDS = 0.2
_PLAIN_SECONDS = 10.0


@contextmanager
def silent(_crawler: Crawler) -> Iterator[None]:
    """Show nothing, for programs."""
    yield


@contextmanager
def progress(crawler: Crawler) -> Iterator[None]:
    """Show pages, records and errors as they come, on standard error."""
    begin = time.monotonic()
    done = threading.Event()
    worker = threading.Thread(target=_show, args=(crawler, begin, done), daemon=True)
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join(timeout=2)


def _show(crawler: Crawler, begin: float, done: threading.Event) -> None:
    if not sys.stderr.isatty():
        while not done.wait(_PLAIN_SECONDS):
            job = _job(crawler)
            if job is not None:
                click.echo(_line(job, time.monotonic() - begin), err=True)
        return
    with Live(console=Console(stderr=True), transient=True, refresh_per_second=5) as live:
        while not done.wait(_REFRESH_SECONDS):
            job = _job(crawler)
            if job is not None:
                live.update(_drawn(job, time.monotonic() - begin))


def _job(crawler: Crawler) -> Job | None:
    spider = crawler.spider
    return getattr(spider, "job", None) if isinstance(spider, AgentSpider) else None


def _line(job: Job, elapsed: float) -> str:
    counters = job.counters
    rate = counters.pages / elapsed if elapsed else 0
    total = job.total()
    pages = (
        f"{counters.pages:,} of {total[1]:,} pages"
        if total[0] == "pages"
        else f"{counters.pages:,} pages"
    )
    records = (
        f"{counters.records:,} of {total[1]:,} records"
        if total[0] == "records"
        else f"{counters.records:,} records"
    )
    parts = [pages, records]
    if counters.invalid:
        parts.append(f"{counters.invalid:,} invalid")
    if counters.duplicates:
        parts.append(f"{counters.duplicates:,} duplicates")
    parts += [f"{counters.errors:,} errors", f"{rate:,.0f} pages/s", _clock(elapsed)]
    return "  ".join(parts)


def _drawn(job: Job, elapsed: float) -> Table:
    table = Table.grid(padding=(0, 2))
    name = Text(job.chosen.definition.agent.name, style="bold")
    kind, total = job.total()
    row: list[Text | ProgressBar] = [name]
    if total:
        done = job.counters.records if kind == "records" else job.counters.pages
        row.append(ProgressBar(total=total, completed=min(done, total), width=24))
    row.append(Text(_line(job, elapsed), style="red" if job.failure else ""))
    table.add_row(*row)
    return table


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""A process that crawls on demand, so that a test does not pay for the start of Python each time.

``main("reactor")`` or ``main("reactorless")`` reads a job per line (JSON) and answers each with
a line: the exception that stopped the crawl before it began, stats, continuations and log.
"""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import os
import sys
import warnings
from pathlib import Path

from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor

REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


class Watch:
    """What a crawl schedules and scrapes, kept as it was then."""

    def __init__(self, crawler):
        self.crawler = crawler
        self.requests, self.items = [], []
        crawler.signals.connect(self.scheduled, signals.request_scheduled)
        crawler.signals.connect(self.scraped, signals.item_scraped)

    def scheduled(self, request):
        self.requests.append((request, copy.deepcopy(request.cb_kwargs)))

    def scraped(self, item):
        self.items.append(f"{type(item).__module__}.{type(item).__qualname__}")

    def answer(self):
        spider = self.crawler.spider
        return {
            "stats": self.crawler._stats.get_stats() if self.crawler._stats else {},
            "scheduled": [
                {
                    "url": request.url,
                    "cb_kwargs": then,
                    "json": json.loads(json.dumps(then)) == then,
                    "unchanged": request.cb_kwargs == then,
                }
                for request, then in self.requests
            ],
            "items": self.items,
            "settings": {
                name: self.crawler.settings[name]
                for name in self.crawler.settings
                if isinstance(self.crawler.settings[name], (int, float, str, bool))
            },
            "status": getattr(getattr(spider, "job", None), "status", None),
        }


class Log(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append((record.levelname, record.name, self.format(record)))


async def crawl(job, mode):
    os.chdir(job["folder"])
    # As the command scrapy does: a project can import its own modules.
    sys.path.append(job["folder"])
    before = dict(os.environ)
    os.environ.update(job["environment"])
    log = Log()
    logging.getLogger().addHandler(log)
    answer = {"error": None}
    watch = None
    try:
        settings = Settings()
        settings.setmodule(job["module"], priority="project")
        settings.setdict(job["project"], priority="project")
        settings.setdict(
            {"TWISTED_REACTOR_ENABLED": mode == "reactor", **job["settings"]}, priority="cmdline"
        )
        runner = AsyncCrawlerRunner(settings)
        crawler = runner.create_crawler(job["spider"])
        watch = Watch(crawler)
        await runner.crawl(crawler, **job["arguments"])
    except Exception as error:  # noqa: BLE001 - the test says which it expects
        answer["error"] = [type(error).__name__, str(error)]
    finally:
        await asyncio.sleep(0)
        logging.getLogger().removeHandler(log)
        sys.path.remove(job["folder"])
        os.environ.clear()
        os.environ.update(before)
    answer |= watch.answer() if watch else {}
    return {**answer, "log": log.lines}


async def serve(mode, answers):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        answer = await crawl(json.loads(line), mode)
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


def main(mode):
    # What a component prints is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(Path(__file__).parents[2]))
    configure_logging({"LOG_LEVEL": "DEBUG"}, install_root_handler=False)
    logging.getLogger().setLevel(logging.INFO)
    # As in the tests themselves; what is imported by now may warn of what it likes.
    warnings.simplefilter("error")
    sys.unraisablehook = lambda failed: logging.getLogger(__name__).error(
        "unraisable: %r", failed.exc_value
    )
    if mode == "reactorless":
        asyncio.run(serve(mode, answers))
        return
    install_reactor(REACTOR)
    from scrapy.utils.defer import deferred_from_coro
    from twisted.internet import reactor

    deferred_from_coro(serve(mode, answers)).addBoth(lambda _: reactor.stop())
    reactor.run()

"""Components of a project that is not ours: what users of Scrapy write."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from weakref import WeakSet

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem
from scrapy.utils.request import RequestFingerprinter


class ProxyMiddleware:
    """Sends every request through a proxy."""

    def __init__(self, proxy):
        self.proxy = proxy

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler.settings["TEST_PROXY"])

    def process_request(self, request):
        request.meta["proxy"] = self.proxy


class WritePipeline:
    """Writes what it sees, one item a line; drops and breaks on what it is told to."""

    def __init__(self, settings):
        self.path = Path(settings["TEST_ITEMS"])
        self.drop = settings.get("TEST_DROP")
        self.broken = settings.get("TEST_BREAK")

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler.settings)

    def process_item(self, item):
        values = ItemAdapter(item).asdict()
        if self.drop in values.values():
            raise DropItem("not wanted")
        if self.broken in values.values():
            raise RuntimeError("a pipeline of the project is broken")
        with self.path.open("a") as file:
            file.write(json.dumps([isinstance(item, dict), values]) + "\n")
        return item


class AddFieldPipeline:
    def process_item(self, item):
        item["added"] = "by the project"
        return item


class OwnFingerprinter(RequestFingerprinter):
    """Takes all addresses of a path for the same, whatever their query."""

    def fingerprint(self, request):
        return super().fingerprint(request.replace(url=request.url.partition("?")[0]))


class BrokenMiddleware:
    """A spider middleware that fails on every page."""

    async def process_spider_output_async(self, response, result):
        async for _ in result:
            raise RuntimeError("broken")
        yield None

    def process_spider_output(self, response, result):
        for _ in result:
            raise RuntimeError("broken")
        yield None


class CountCrawlers:
    """Tells how many crawlers of earlier crawls are in memory yet."""

    _made = WeakSet()

    def __init__(self, crawler):
        gc.collect()
        crawler.stats.set_value("crawlers_in_memory", len(self._made))
        self._made.add(crawler)

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler)

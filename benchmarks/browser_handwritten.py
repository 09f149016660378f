"""The crawls of the browser benchmark as one writes them by hand, with scrapy-playwright as its documentation says.

    python benchmarks/browser_handwritten.py client --url http://127.0.0.1:8000/ --out DIR

Records are validated with jsonschema and stored in SQLite, as in handwritten.py's A.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import handwritten
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse
from scrapy_playwright.page import PageMethod

from sequentum_scrapy.crawl.browser.launch import executable_of
from sequentum_scrapy.definition.browser import Browser

HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"


class PlainSpider(handwritten.CatalogueSpider):
    """For pages that a server has rendered."""

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.start_urls:
            yield scrapy.Request(url, meta=self.live("section.cards"), dont_filter=True)

    def live(self, _selector: str) -> dict[str, Any]:
        return {"playwright": True}

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        for card in response.css("section.cards article.card"):
            rating = card.css("p.star-rating::attr(class)").re_first(r"star-rating (\w+)")
            yield response.follow(
                card.css("h3 a::attr(href)").get(),
                self.parse_product,
                meta=self.live("article.product"),
                cb_kwargs={"rating": rating},
            )
        following = response.css("li.next a::attr(href)").get()
        if following:
            yield response.follow(following, meta=self.live("section.cards"))


class ClientSpider(PlainSpider):
    """For pages that their script renders."""

    def live(self, selector: str) -> dict[str, Any]:
        wait = PageMethod("wait_for_selector", selector)
        return {"playwright": True, "playwright_page_methods": [wait]}


class GallerySpider(scrapy.Spider):
    name = "gallery"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.start_urls:
            yield scrapy.Request(url, meta={"playwright": True})

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        yield from response.follow_all(
            css="li a", callback=self.parse_gallery, meta={"playwright": True}
        )

    def parse_gallery(self, response: TextResponse) -> dict[str, Any]:
        return {
            "sku": response.css("h1::text").get(),
            "images": [response.urljoin(src) for src in response.css("img::attr(src)").getall()],
        }


SPIDERS = {"plain": PlainSpider, "client": ClientSpider, "gallery": GallerySpider}


def settings(kind: str, folder: Path, concurrency: int) -> dict[str, Any]:
    """Return what a project of this kind would set, and nothing else."""
    executable = executable_of(Browser())
    made = {
        **handwritten.settings("A", folder),
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER},
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": executable} if executable else {},
    }
    if kind == "gallery":
        made["ITEM_PIPELINES"] = {handwritten.SqlitePipeline: 800}
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=tuple(SPIDERS))
    parser.add_argument("--url", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, default=8)
    options = parser.parse_args()
    process = CrawlerProcess(settings(options.kind, options.out, options.concurrency))
    process.crawl(SPIDERS[options.kind], start_urls=[options.url])
    process.start()


if __name__ == "__main__":
    main()

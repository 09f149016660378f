"""The crawl of the benchmark as one writes it by hand, in idiomatic Scrapy.

    python benchmarks/handwritten.py A --url http://127.0.0.1:8000/ --out DIR

A validates every record with jsonschema and stores it in SQLite, in batches. B writes a bare
JSONL feed, without validation and store. Settings are Scrapy's defaults in both.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import scrapy
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import DropItem
from scrapy.http import Response, TextResponse

RECORD_SCHEMA = {
    "type": "object",
    "required": ["sku", "title", "price", "rating", "reviews", "url"],
    "additionalProperties": False,
    "properties": {
        "sku": {"type": "string", "pattern": "^SKU-\\d+$"},
        "title": {"type": "string", "minLength": 1},
        "price": {"type": "number", "minimum": 0},
        "rating": {"enum": ["One", "Two", "Three", "Four", "Five"]},
        "in_stock": {"type": "integer", "minimum": 0},
        "brand": {"type": "string"},
        "category": {"type": "string"},
        "description": {"type": "string"},
        "image": {"type": "string"},
        "url": {"type": "string"},
        "reviews": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["author", "date", "stars", "text"],
                "properties": {
                    "author": {"type": "string"},
                    "date": {"type": "string"},
                    "stars": {"type": "integer", "minimum": 1, "maximum": 5},
                    "text": {"type": "string"},
                },
            },
        },
    },
}


class CatalogueSpider(scrapy.Spider):
    name = "catalogue"

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        for card in response.css("section.cards article.card"):
            rating = card.css("p.star-rating::attr(class)").re_first(r"star-rating (\w+)")
            yield response.follow(
                card.css("h3 a::attr(href)").get(),
                self.parse_product,
                cb_kwargs={"rating": rating},
            )
        following = response.css("li.next a::attr(href)").get()
        if following:
            yield response.follow(following)

    def parse_product(self, response: TextResponse, rating: str) -> Iterator[dict[str, Any]]:
        product = response.css("article.product")
        yield {
            "rating": rating,
            "sku": product.xpath(".//th[.='Item no.']/following-sibling::td/text()").get(),
            "title": product.css("h1::text").get("").strip(),
            "price": float(product.css(".price::text").get("").lstrip("£").replace(",", "")),
            "in_stock": int(product.css(".availability::text").re_first(r"\((\d+) available")),
            "brand": product.xpath(".//th[.='Brand']/following-sibling::td/text()").get(),
            "category": response.css(".breadcrumb li:nth-child(2) a::text").get(),
            "description": product.css(".description p::text").get(),
            "image": response.urljoin(product.css(".gallery img::attr(src)").get()),
            "url": response.url,
            "reviews": [
                {
                    "author": review.css(".author::text").get(),
                    "date": review.css("time::text").get(),
                    "stars": int(review.css(".stars::attr(data-stars)").get()),
                    "text": review.css(".text::text").get(),
                }
                for review in product.css(".review")
            ],
        }


class ValidationPipeline:
    def __init__(self) -> None:
        self.validator = Draft202012Validator(RECORD_SCHEMA)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        error = best_match(self.validator.iter_errors(item))
        if error:
            raise DropItem(f"{error.json_path}: {error.message}")
        return item


class SqlitePipeline:
    batch_count = 500

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SqlitePipeline:
        return cls(crawler.settings["SQLITE_FILE"])

    def __init__(self, file: str) -> None:
        self.file = file
        self.batch: list[tuple[str, str]] = []

    def open_spider(self) -> None:
        self.database = sqlite3.connect(self.file)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("CREATE TABLE items (sku TEXT PRIMARY KEY, data TEXT NOT NULL)")

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        self.batch.append((item["sku"], json.dumps(item)))
        if len(self.batch) >= self.batch_count:
            self.flush()
        return item

    def close_spider(self) -> None:
        self.flush()
        self.database.close()

    def flush(self) -> None:
        with self.database:
            self.database.executemany("INSERT OR IGNORE INTO items VALUES (?, ?)", self.batch)
        self.batch.clear()


def settings(variant: str, folder: Path) -> dict[str, Any]:
    """Return what a project of this kind would set, and nothing else."""
    common = {"LOG_LEVEL": "INFO", "LOG_FILE": str(folder / "crawl.log")}
    if variant == "B":
        return {**common, "FEEDS": {str(folder / "items.jsonl"): {"format": "jsonlines"}}}
    pipelines = {ValidationPipeline: 300, SqlitePipeline: 800}
    return {**common, "ITEM_PIPELINES": pipelines, "SQLITE_FILE": str(folder / "items.db")}


def records(variant: str, folder: Path) -> list[dict[str, Any]]:
    """Return what a crawl left in its folder."""
    if variant == "B":
        with (folder / "items.jsonl").open() as lines:
            return [json.loads(line) for line in lines]
    database = sqlite3.connect(folder / "items.db")
    try:
        return [json.loads(data) for (data,) in database.execute("SELECT data FROM items")]
    finally:
        database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant", choices=("A", "B"))
    parser.add_argument("--url", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    process = CrawlerProcess(settings(options.variant, options.out))
    process.crawl(CatalogueSpider, start_urls=[options.url])
    process.start()


if __name__ == "__main__":
    main()

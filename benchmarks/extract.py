"""Compiled extraction against the same written with parsel, on 200 real pages, parsing included.

python benchmarks/extract.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from parsel import Selector

from sequentum_scrapy.compiler import START, Page, Run, compile_agent
from sequentum_scrapy.crawl.interpreter import Interpreter
from sequentum_scrapy.definition import read_definition

BOOKS = Path(__file__).parents[2] / "shared" / "sites" / "books"
DEFINITION = Path(__file__).with_name("book.yaml")
CONTENT_TYPE = "text/html; charset=utf-8"
TARGET = 1.5

Pages = Sequence[tuple[str, bytes]]
"""Addresses and bodies; every body is UTF-8, and is served as CONTENT_TYPE."""
Record = dict[str, Any]


def parsel_records(pages: Pages) -> list[Record]:
    """Read every page as one does by hand with parsel."""
    return [_by_hand(url, Selector(body.decode())) for url, body in pages]


def _by_hand(url: str, page: Selector) -> Record:
    product = page.css("article.product_page")
    return {
        "url": url,
        "category": _text(page.css(".breadcrumb li:nth-child(3) a::text")),
        "image": urljoin(url, page.css("#product_gallery img::attr(src)").get("")),
        "title": _text(product.css("h1::text")),
        "price": float(product.css("p.price_color::text").re_first(r"[\d.]+") or 0),
        "in_stock": int(product.css("p.availability::text").re_first(r"(\d+) available") or 0),
        "rating": product.css("p.star-rating::attr(class)").re_first(r"star-rating (\w+)"),
        "upc": product.xpath(".//th[.='UPC']/following-sibling::td/text()").get(),
        "description": _text(product.css("#product_description + p::text")),
        "information": [
            {"name": row.css("th::text").get(), "value": row.css("td::text").get()}
            for row in product.css("table tr")
        ],
    }


def _text(found: Any) -> str | None:
    text = found.get()
    return None if text is None else " ".join(text.split())


def compiled_records(pages: Pages) -> list[Record]:
    """Read every page with DEFINITION, compiled once."""
    return [record for url, body in pages for record in _compiled(url, body)]


def _compiled(url: str, body: bytes) -> list[Record]:
    page = Page(url, body, content_type=CONTENT_TYPE)
    return [dict(found) for found in _AGENT.resume(START, page, {}) if isinstance(found, dict)]


def _interpreter() -> Interpreter:
    program = compile_agent(read_definition(DEFINITION).agent)
    return Interpreter(program, Run(), program.health(), lambda *_event: None)


_AGENT = _interpreter()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    if not BOOKS.is_dir():
        print(f"skipped: the saved pages are not here: {BOOKS}", file=sys.stderr)
        return 0
    pages = _pages()
    by_hand, compiled = parsel_records(pages), compiled_records(pages)
    for (url, _), expected, found in zip(pages, by_hand, compiled, strict=True):
        if expected != found:
            print(f"{url} differs:\nparsel   {expected}\ncompiled {found}", file=sys.stderr)
            return 1
    _report(_times(pages, 3 if options.quick else 15), pages, as_json=options.json)
    return 0


def _pages() -> list[tuple[str, bytes]]:
    return [
        (f"http://127.0.0.1/catalogue/{file.stem}/index.html", file.read_bytes())
        for file in sorted(BOOKS.glob("*.html"), key=lambda file: int(file.stem))
    ]


def _times(pages: Pages, rounds: int) -> dict[str, float]:
    """Return the median CPU microseconds per page of both, measured in turn."""
    ways: dict[str, Callable[[Pages], list[Record]]] = {
        "parsel": parsel_records,
        "compiled": compiled_records,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.process_time()
            way(pages)
            times[name].append((time.process_time() - began) / len(pages) * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def _report(times: dict[str, float], pages: Pages, *, as_json: bool) -> None:
    faster = times["parsel"] / times["compiled"]
    if as_json:
        print(json.dumps({"pages": len(pages), "microseconds": times, "faster": faster}))
        return
    for name, value in times.items():
        print(f"{name:10}{value:8.0f} us a page")
    print(f"compiled is {faster:.2f} times as fast (target: at least {TARGET}), with equal records")


if __name__ == "__main__":
    sys.exit(main())

"""The demo: a bundled shop on loopback, and the bundled Agent that crawls it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sequentum_scrapy.crawl.catalog import Chosen
from sequentum_scrapy.definition import read_definition
from sequentum_scrapy.demo import AGENT_FILE, serve

from .running import Order


@contextmanager
def demo() -> Iterator[tuple[Order, Chosen]]:
    """Serve the shop while the context lasts, and give what to run on it."""
    with serve() as shop:
        order = Order(str(AGENT_FILE), inputs={"url": shop.url})
        yield order, Chosen(read_definition(AGENT_FILE), path=AGENT_FILE)

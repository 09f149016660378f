"""Keeps secrets that a site echoes out of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter

from .secrecy import Secrecy

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self


class MaskPipeline:
    """Masks secrets in every record, before feeds and the store see it."""

    def __init__(self, secrecy: Secrecy) -> None:
        self._secrecy = secrecy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider.job.secrecy)

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        for name, value in list(adapter.items()):
            masked = self._secrecy.mask_value(value)
            if masked != value:
                adapter[name] = masked
        for flaw in getattr(item, "flaws", ()):
            flaw["message"] = self._secrecy.mask(flaw["message"])
        return item

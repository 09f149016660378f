"""The way of a record: validated, told from duplicates, stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem, NotConfigured

from .job import Job
from .plain import to_json
from .reasons import FAILED, LIMITED
from .spider import AgentSpider

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from typing_extensions import Self

SEEN = "sequentum_scrapy.seen"
"""Where a crawl with JOBDIR keeps the keys of its records."""
_INDEX = re.compile(r"\[\d+\]")


class AgentPipeline:
    """Base of the pipelines: they take part in the crawls of Agents only."""

    def __init__(self, spider: AgentSpider) -> None:
        self.spider = spider
        self.job: Job = spider.job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not isinstance(crawler.spider, AgentSpider):
            raise NotConfigured
        return cls(crawler.spider)


def values_of(item: Any) -> Mapping[str, Any]:
    """Return the values of any kind of item."""
    return item if isinstance(item, dict) else ItemAdapter(item).asdict()


class ValidationPipeline(AgentPipeline):
    """Lets valid records through; the others are kept with their reasons, dropped, or end the Run."""

    def process_item(self, item: Any) -> Any:
        flaws = getattr(item, "flaws", None)
        kind = getattr(item, "type", "")
        validator = self.job.program.validators.get(kind)
        values = values_of(item)
        if not flaws and (validator is None or validator.is_valid(values)):
            return item
        reasons = list(flaws or ())
        if validator is not None:
            known = {f'"{flaw["path"][2:]}" is a required property' for flaw in reasons}
            for reason in validator.reasons(values):
                if reason["message"] not in known:
                    reasons.append(reason)
                    place = _INDEX.sub("[]", reason["path"])
                    self.job.report(
                        "warning", f"output{place[1:]}", "", "invalid", reason["message"]
                    )
        self._invalid(values, kind, reasons)
        raise DropItem("invalid record", log_level="DEBUG")

    def _invalid(self, values: Mapping[str, Any], kind: str, reasons: list[dict[str, str]]) -> None:
        job = self.job
        job.counters.invalid += 1
        on_invalid = job.program.agent.output.on_invalid
        if on_invalid != "drop" and job.writer is not None:
            job.writer.record(
                to_json(values), record_type=kind, valid=False, reasons=to_json(reasons)
            )
        if on_invalid == "fail":
            first = reasons[0]
            job.failure = job.failure or f"an invalid record: {first['path']}: {first['message']}"
            self.spider.end(FAILED)


class DuplicatesPipeline(AgentPipeline):
    """Drops a record whose key (``output.key``) was there before."""

    def __init__(self, spider: AgentSpider) -> None:
        super().__init__(spider)
        output = self.job.program.agent.output
        self._keys = {"": output.key} | {name: kind.key for name, kind in output.records.items()}
        self._seen: set[bytes] | None = None

    def process_item(self, item: Any) -> Any:
        kind = getattr(item, "type", "")
        key = self._keys.get(kind)
        if not key:
            return item
        values = values_of(item)
        parts = [values.get(name) for name in key]
        if all(part is None for part in parts):
            return item
        data = to_json((kind, parts))
        digest = blake2b(data, digest_size=16).digest()
        seen = self._seen if self._seen is not None else self._open()
        if digest in seen:
            self.job.counters.duplicates += 1
            raise DropItem("duplicate record", log_level="DEBUG")
        seen.add(digest)
        return item

    def _open(self) -> set[bytes]:
        # With JOBDIR Scrapy keeps the spider's state, so a resumed crawl knows what it has seen.
        state = getattr(self.spider, "state", None)
        self._seen = set() if state is None else state.setdefault(SEEN, set())
        return self._seen


class StorePipeline(AgentPipeline):
    """Hands records to the Run's writer, up to the limit of the Run."""

    def process_item(self, item: Any) -> Any:
        job = self.job
        counters = job.counters
        if job.limit is not None and counters.records >= job.limit:
            raise DropItem("over the limit of records", log_level="DEBUG")
        counters.records += 1
        if job.writer is not None:
            job.writer.record(
                to_json(values_of(item)),
                record_type=getattr(item, "type", ""),
                valid=True,
                reasons=None,
            )
        if counters.records == job.limit:
            self.spider.end(LIMITED)
        return item

"""The way of a record: validated, told from duplicates, stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson
from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem, NotConfigured

from .job import Job
from .journal import working_unit
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


def present(values: Mapping[str, Any]) -> list[str]:
    """Return the fields that have a value."""
    return [name for name, value in values.items() if value is not None]


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
                to_json(values),
                record_type=kind,
                valid=False,
                reasons=to_json(reasons),
                unit=working_unit(),
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
        seen = self._seen if self._seen is not None else self._open()
        digest = _digest(kind, key, values_of(item))
        if digest is None:
            return item
        if digest in seen:
            self.job.counters.duplicates += 1
            raise DropItem("duplicate record", log_level="DEBUG")
        seen.add(digest)
        return item

    def _open(self) -> set[bytes]:
        # With JOBDIR Scrapy keeps the spider's state, so a resumed crawl knows what it has seen.
        state = getattr(self.spider, "state", None)
        self._seen = set() if state is None else state.setdefault(SEEN, set())
        for kind, data in self.job.earlier() if self.job.earlier is not None else ():
            digest = _digest(kind, self._keys.get(kind) or (), orjson.loads(data))
            if digest is not None:
                self._seen.add(digest)
        return self._seen


def _digest(kind: str, key: Sequence[str], values: Mapping[str, Any]) -> bytes | None:
    """Return what tells a record from others of its type; None for one without a key."""
    parts = [values.get(name) for name in key]
    if all(part is None for part in parts):
        return None
    return blake2b(to_json((kind, parts)), digest_size=16).digest()


class StorePipeline(AgentPipeline):
    """Hands records to the Run's writer, up to the limit of the Run."""

    def process_item(self, item: Any) -> Any:
        job = self.job
        counters = job.counters
        if job.limit is not None and counters.records >= job.limit:
            raise DropItem("over the limit of records", log_level="DEBUG")
        counters.records += 1
        if job.writer is not None:
            values, kind = values_of(item), getattr(item, "type", "")
            job.writer.coverage.add(kind, present(values))
            job.writer.record(
                to_json(values),
                record_type=kind,
                valid=True,
                unit=working_unit(),
            )
        if counters.records == job.limit:
            self.spider.end(LIMITED)
        return item

"""One crawl of the browser benchmark: what it cost, what it found, what the site was asked for."""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import agent
import browser_handwritten
import handwritten
import yaml
from browser_measure import measure_all
from browser_server import Asked, log
from measure import Cost, last_lines

CONCURRENCY = 8
"""Pages at a time, of all crawls: what Scrapy allows a host by default."""
Definition = dict[str, Any]
Records = dict[str, dict[str, Any]]


class BenchmarkError(Exception):
    """A crawl that failed or found something else; the text says which and what."""


@dataclass(frozen=True)
class Done:
    """A crawl: its cost, its records by their key, the requests that reached the site, its CPU time as it grew."""

    cost: Cost
    records: Records
    asked: Sequence[Asked] = field(repr=False, default=())
    samples: Sequence[tuple[float, float]] = field(repr=False, default=())

    def cpu_at(self, when: float) -> float:
        """Return the seconds of CPU that were spent until then."""
        index = bisect(self.samples, (when, math.inf))
        (before, low), (after, high) = self.samples[index - 1], self.samples[index]
        return low + (high - low) * (when - before) / (after - before)


@dataclass(frozen=True)
class Figures:
    """Medians over the rounds: milliseconds of CPU and of wall time per page (or row), and pages per second."""

    cpu: float
    wall: float
    speed: float


def definition(
    name: str, *, browser: bool, wait: bool = False, block: Sequence[str] | None = None
) -> Definition:
    """Return an Agent of this folder, to be run in a browser or without one."""
    made: Definition = yaml.safe_load((agent.HERE / name).read_text())
    made["browser"] = browser
    made["settings"]["concurrency"] = CONCURRENCY
    if block is not None:
        made["settings"]["browser"] = {"block": list(block)}
    if wait:
        pagination = made["commands"][0]["do"]
        pagination[0]["do"][1]["do"].insert(0, {"wait": "article.product"})
        pagination.insert(0, {"wait": "section.cards"})
    return made


def run_agent(made: Definition, url: str, key: str, site: str, *, sampled: bool = False) -> Done:
    """Run an Agent at an address of a site. Raises BenchmarkError."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        file = folder / "agent.yaml"
        file.write_text(yaml.safe_dump(made, sort_keys=False, allow_unicode=True))
        samples = folder / "samples.json" if sampled else None
        meter = partial(measure_all, samples=samples)
        log(site)
        try:
            cost, summary = agent.run(
                str(file), url, folder, "TWISTED_REACTOR_ENABLED=True", meter=meter
            )
            found = agent.records(summary["runId"], folder)
        except (agent.RunFailedError, ChildProcessError) as error:
            raise BenchmarkError(f"the Agent failed at {url}: {error}") from None
        grown = [] if samples is None else [tuple(pair) for pair in json.loads(samples.read_text())]
        return Done(cost, _by_key(found, key), log(site), grown)


def run_spider(kind: str, url: str, site: str) -> Done:
    """Run a hand-written spider at an address of a site. Raises BenchmarkError."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        command = [
            sys.executable, browser_handwritten.__file__, kind, "--url", url, "--out", name,
            "--concurrency", str(CONCURRENCY),
        ]  # fmt: skip
        log(site)
        try:
            cost = measure_all(command, folder=folder)
        except ChildProcessError as error:
            raise BenchmarkError(f"the spider failed at {url}: {error}") from None
        if cost.code != 0:
            raise BenchmarkError(f"the spider failed at {url}: {last_lines(folder)}")
        return Done(cost, _by_key(handwritten.records("A", folder), "sku"), log(site))


def take_turns(
    variants: Mapping[str, Callable[[], Done]], rounds: int, what: str, expected: int
) -> dict[str, list[Done]]:
    """Run variants by turns, and return what each did; all are to find the same records, and so many.

    Raises BenchmarkError.
    """
    done: dict[str, list[Done]] = {name: [] for name in variants}
    for number in range(1, rounds + 1):
        # What goes first is at a disadvantage, or has the quieter machine.
        names = list(variants) if number % 2 else list(reversed(variants))
        for name in names:
            one = variants[name]()
            done[name].append(one)
            print(
                f"{what} round {number} {name}: {one.cost.cpu:.2f} s CPU, {one.cost.wall:.2f} s",
                file=sys.stderr,
            )
            if len(one.records) != expected:
                raise BenchmarkError(
                    f"{what}: {name} found {len(one.records)} records, not {expected}"
                )
            same(done[next(iter(names))][-1].records, one.records, f"{what}: {names[0]}, {name}")
    return done


def same(one: Records, other: Records, whose: str) -> None:
    """Raise BenchmarkError unless two crawls found the same records."""
    for key, record in one.items():
        if other.get(key) != record:
            texts = (str(found)[:300] for found in (record, other.get(key)))
            raise BenchmarkError("\n".join((f"{whose} differ:", *texts)))


def figures(done: Sequence[Done], pages: int) -> Figures:
    return Figures(
        cpu=statistics.median(one.cost.cpu for one in done) / pages * 1000,
        wall=statistics.median(one.cost.wall for one in done) / pages * 1000,
        speed=pages / statistics.median(one.cost.wall for one in done),
    )


def _by_key(records: Sequence[dict[str, Any]], key: str) -> Records:
    return {record[key]: record for record in records}

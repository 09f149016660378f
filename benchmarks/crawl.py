"""An Agent against the same crawl hand-written in Scrapy: CPU time, pages per second, memory.

    python benchmarks/crawl.py [--quick] [--json]

A is idiomatic Scrapy with its own jsonschema pipeline and batched SQLite storage; B is the same
spider with a bare JSONL feed; C is the Agent, with validation and store, and durable, as Runs are;
D the same Agent with Scrapy's plain scheduler. Each crawl is a process of its own, taken in turn;
the site is served by another. All must find the same records.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import agent
import handwritten
from measure import Cost, last_lines, measure
from pages import PER_LIST
from server import serving

VARIANTS = {
    "A": "hand-written, jsonschema + SQLite",
    "B": "hand-written, bare JSONL feed",
    "C": "the Agent, validation + store",
    "D": "the Agent, durable: false",
}
AGENTS = {"C": (), "D": ('SEQUENTUM_DEFAULTS={"durable": false}',)}
"""Those variants that are the Agent, with their settings."""
TARGETS = {
    "big": {"C/A": 0.60, "C/B": 0.70, "C/D": 1.10},
    "small": {"C/A": 0.50, "C/B": 0.60, "C/D": 1.10},
}


class BenchmarkError(Exception):
    """A crawl that failed or found something else; the text says which and what."""


@dataclass(frozen=True)
class Figures:
    """Medians over the rounds: CPU seconds per 1,000 pages, pages per second, peak RSS in MiB."""

    cpu: float
    cpu_min: float
    cpu_max: float
    speed: float
    rss: float


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round over 200 products")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, help="of each crawl (default 3)")
    parser.add_argument("--site", choices=tuple(TARGETS), action="append", help="default: both")
    options = parser.parse_args()
    lists, rounds = (10, options.rounds or 1) if options.quick else (100, options.rounds or 3)
    try:
        sites = {site: _site(site, lists, rounds) for site in options.site or TARGETS}
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({site: _document(figures) for site, figures in sites.items()}, indent=2))
    else:
        for site, figures in sites.items():
            _table(site, lists, rounds, figures)
    return 0


def _site(site: str, lists: int, rounds: int) -> dict[str, Figures]:
    """Crawl one site in turn, and return the figures of each variant."""
    costs: dict[str, list[Cost]] = {variant: [] for variant in VARIANTS}
    with serving(site, lists) as url:
        for number in range(1, rounds + 1):
            found: dict[str, list[dict[str, Any]]] = {}
            for variant in VARIANTS:
                cost, found[variant] = _crawl(variant, url)
                costs[variant].append(cost)
                print(
                    f"{site} round {number} {variant}: {cost.cpu:.2f} s CPU, {cost.wall:.2f} s",
                    file=sys.stderr,
                )
            _same(found, lists * PER_LIST)
    pages = lists * (PER_LIST + 1)
    return {variant: _figures(costs[variant], pages) for variant in VARIANTS}


def _crawl(variant: str, url: str) -> tuple[Cost, list[dict[str, Any]]]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        if variant in AGENTS:
            try:
                cost, summary = agent.run("catalogue.yaml", url, folder, *AGENTS[variant])
                return cost, agent.records(summary["runId"], folder)
            except agent.RunFailedError as error:
                raise BenchmarkError(f"{variant}, the Agent, failed: {error}") from None
        command = [
            sys.executable, handwritten.__file__, variant, "--url", url, "--out", str(folder)
        ]  # fmt: skip
        cost = measure(command, folder=folder)
        if cost.code != 0:
            raise BenchmarkError(f"{variant} failed: exit code {cost.code}: {last_lines(folder)}")
        return cost, handwritten.records(variant, folder)


def _same(found: dict[str, list[dict[str, Any]]], expected: int) -> None:
    """Raise BenchmarkError unless all variants found the same records, and all of them."""
    by_sku = {
        variant: {record["sku"]: record for record in records} for variant, records in found.items()
    }
    for variant, records in found.items():
        if not len(records) == len(by_sku[variant]) == expected:
            raise BenchmarkError(
                f"{variant} found {len(records)} records ({len(by_sku[variant])} different ones), "
                f"not {expected}"
            )
    for variant in ("B", *AGENTS):
        for sku, record in by_sku["A"].items():
            if by_sku[variant][sku] != record:
                raise BenchmarkError(f"A and {variant} differ:\n{record}\n{by_sku[variant][sku]}")


def _figures(costs: Sequence[Cost], pages: int) -> Figures:
    cpu = [cost.cpu / pages * 1000 for cost in costs]
    return Figures(
        cpu=statistics.median(cpu),
        cpu_min=min(cpu),
        cpu_max=max(cpu),
        speed=statistics.median(pages / cost.wall for cost in costs),
        rss=statistics.median(cost.rss for cost in costs) / 2**20,
    )


def _ratios(figures: dict[str, Figures]) -> dict[str, float]:
    return {f"C/{variant}": figures["C"].cpu / figures[variant].cpu for variant in ("A", "B", "D")}


def _document(figures: dict[str, Figures]) -> dict[str, Any]:
    return {
        "variants": {variant: asdict(values) for variant, values in figures.items()},
        "ratios": _ratios(figures),
    }


def _table(site: str, lists: int, rounds: int, figures: dict[str, Figures]) -> None:
    print(f"\n{site} pages: {lists} list pages, {lists * PER_LIST} products, {rounds} round(s)")
    print(f"{'':38}{'CPU s/1000 pages':>17}{'(min - max)':>16}{'pages/s':>9}{'peak MiB':>10}")
    for variant, values in figures.items():
        spread = f"({values.cpu_min:.2f} - {values.cpu_max:.2f})"
        print(
            f"{variant}  {VARIANTS[variant]:35}{values.cpu:17.2f}{spread:>16}"
            f"{values.speed:9.0f}{values.rss:10.0f}"
        )
    for name, ratio in _ratios(figures).items():
        print(f"{name} in CPU time: {ratio:.2f} (target: at most {TARGETS[site][name]:.2f})")


if __name__ == "__main__":
    sys.exit(main())

"""Agents in a browser: against a hand-written scrapy-playwright spider, and what a browser costs.

    python benchmarks/browser.py [--quick] [--json] [--part PART]

handwritten: the same pages, waits, concurrency and records; the Agent blocks nothing, so that both
load the same. block: pages of 30 images. click: an application whose address never changes. grow:
rows that come bit by bit. static: the same Agent without a browser. CPU time is that of the crawl, of
the browser's processes and of the program that drives it. Each crawl is a process of its own, taken
in turn; the site is served by another. All must find the same records. Linux only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from browser_pages import ROWS
from browser_runs import (
    BenchmarkError,
    Done,
    Figures,
    definition,
    figures,
    run_agent,
    run_spider,
    take_turns,
)
from browser_server import SIZES, serving
from pages import PER_LIST

SITES = {"plain": "rendered by the server", "client": "rendered by their script, and waited for"}
WAYS = {
    "more": ({"click": "button.more"}, "a button for more appends them"),
    "scroll": ({"scroll": True}, "scrolling appends them"),
    "virtual": ({"scroll": "#box"}, "scrolling replaces them"),
}
CLICKED_PAGES = 50


@dataclass(frozen=True)
class Plan:
    """How much is measured: rounds of each crawl, list pages of the catalogue, sizes of its pages."""

    rounds: int
    lists: int
    sizes: Sequence[str]
    quick: bool


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round over a few pages")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, help="of each crawl (default 3)")
    parser.add_argument("--lists", type=int, help="list pages, of 20 products each (default 10)")
    parser.add_argument("--size", choices=tuple(SIZES), action="append", help="default: both")
    parser.add_argument("--part", choices=tuple(PARTS), action="append", help="default: all")
    options = parser.parse_args()
    plan = Plan(
        rounds=options.rounds or (1 if options.quick else 3),
        lists=options.lists or (1 if options.quick else 10),
        sizes=options.size or (["small"] if options.quick else list(SIZES)),
        quick=options.quick,
    )
    document: dict[str, Any] = {}
    for part in options.part or PARTS:
        try:
            document[part] = PARTS[part](plan)
        except BenchmarkError as error:
            print(f"{part}: {error}", file=sys.stderr)
            return 1
        if not options.json:
            print("\n".join(_TABLES[part](document[part])), flush=True)
    if options.json:
        print(json.dumps(document, indent=2))
    return 0


def against_handwritten(plan: Plan) -> dict[str, Any]:
    """Compare the Agent with the spider, on small and on big pages of both kinds."""
    made: dict[str, Any] = {}
    for size in plan.sizes:
        for site in ("client",) if plan.quick else SITES:
            own = definition("catalogue.yaml", browser=True, wait=site == "client", block=())
            with serving(site, size, plan.lists) as url:
                done = take_turns(
                    {
                        "spider": partial(run_spider, site, url, url),
                        "agent": partial(run_agent, own, url, "sku", url),
                    },
                    plan.rounds,
                    f"{size} {site}",
                    plan.lists * PER_LIST,
                )
            made[f"{size} {site}"] = _compared(done, plan.lists * (PER_LIST + 1), "spider")
    return made


def blocking(plan: Plan) -> dict[str, Any]:
    """Compare the default of ``block`` with no blocking, on pages of 30 images."""
    count = 5 if plan.quick else 100
    with serving("other") as site:
        url = f"{site}galleries?total={count}"

        def run(block: Sequence[str] | None) -> Callable[[], Done]:
            own = definition("browser-gallery.yaml", browser=True, block=block)
            return partial(run_agent, own, url, "sku", site)

        variants = {"nothing blocked": run(()), "agent": run(None)}
        if not plan.quick:
            variants["spider"] = partial(run_spider, "gallery", url, site)
        done = take_turns(variants, plan.rounds, "gallery", count)
    return _compared(done, count + 1, *(name for name in variants if name != "agent"))


def clicking(plan: Plan) -> dict[str, Any]:
    """Click through the pages of an application. Raises BenchmarkError where it is loaded anew."""
    total = CLICKED_PAGES * ROWS
    with serving("other") as site:
        done = _grown(site, "next", {"click": "button.next"}, total, plan.rounds)
    documents = {_documents(one) for one in done}
    if documents != {1}:
        raise BenchmarkError(f"the application was loaded {max(documents)} times, not once")
    return {
        "pages": CLICKED_PAGES,
        "documents": 1,
        "cpu": _median(_pace(one, one.cpu_at) * ROWS * 1000 for one in done),
        "wall": _median(_pace(one, lambda when: when) * ROWS * 1000 for one in done),
    }


def growing(plan: Plan) -> dict[str, Any]:
    """Return what a row costs, of a short page and of a long one.

    From the first batch of rows to the last, as the site sees it: the start of a Run is no part of that.
    """
    sizes = (60,) if plan.quick else (100, 2_000)
    made: dict[str, Any] = {}
    for way, (how, _) in WAYS.items():
        with serving("other") as site:
            made[way] = {
                # A short page tells less of itself than a long one.
                str(total): _row_costs(
                    _grown(site, way, how, total, plan.rounds * (3 if total == 100 else 1)), total
                )
                for total in sizes
            }
    return made


def static(plan: Plan) -> dict[str, Any]:
    """Compare the same Agent, with and without a browser."""
    with serving("plain", "small", plan.lists) as url:
        done = take_turns(
            {
                name: partial(
                    run_agent,
                    definition("catalogue.yaml", browser=name == "browser"),
                    url,
                    "sku",
                    url,
                )
                for name in ("static", "browser")
            },
            plan.rounds,
            "static",
            plan.lists * PER_LIST,
        )
    pages = plan.lists * (PER_LIST + 1)
    variants = {name: figures(runs, pages) for name, runs in done.items()}
    return {
        "variants": {name: asdict(values) for name, values in variants.items()},
        "ratios": {
            "CPU": variants["browser"].cpu / variants["static"].cpu,
            "pages/s": variants["static"].speed / variants["browser"].speed,
        },
    }


def _compared(done: dict[str, list[Done]], pages: int, *bases: str) -> dict[str, Any]:
    variants: dict[str, Figures] = {name: figures(runs, pages) for name, runs in done.items()}
    own = variants["agent"]
    return {
        "pages": pages,
        "variants": {name: asdict(values) for name, values in variants.items()},
        "ratios": {
            base: {
                "CPU": own.cpu / variants[base].cpu,
                "wall": own.wall / variants[base].wall,
                "pages/s": own.speed / variants[base].speed,
            }
            for base in bases
        },
    }


def _grown(site: str, way: str, how: dict[str, Any], total: int, rounds: int) -> list[Done]:
    own = definition("browser-rows.yaml", browser=True)
    own["commands"][1]["paginate"] = {**how, "wait": "2s"}
    run = partial(run_agent, own, f"{site}growing/{way}?total={total}", "id", site, sampled=True)
    return take_turns({"agent": run}, rounds, f"{way} {total}", total)["agent"]


def _row_costs(done: Sequence[Done], total: int) -> dict[str, float]:
    return {
        "wall": _median(_pace(one, lambda when: when) for one in done) * 1000,
        "cpu": _median(_pace(one, one.cpu_at) for one in done) * 1000,
        "run_wall": _median(one.cost.wall for one in done) / total * 1000,
        "run_cpu": _median(one.cost.cpu for one in done) / total * 1000,
    }


def _pace(done: Done, spent: Callable[[float], float]) -> float:
    """Return what was spent for each row between the first batch and the last, by what was spent until a time."""
    times = [one.at for one in done.asked if one.path.startswith("/rows")]
    return (spent(times[-1]) - spent(times[0])) / (len(times) - 1) / ROWS


def _documents(done: Done) -> int:
    return sum(one.destination == "document" for one in done.asked)


def _median(values: Iterator[float]) -> float:
    return statistics.median(values)


def _variants(values: dict[str, Any]) -> Iterator[str]:
    yield f"{'':24}{'CPU ms/page':>13}{'wall ms/page':>14}{'pages/s':>9}"
    for name, one in values["variants"].items():
        yield f"  {name:22}{one['cpu']:13.1f}{one['wall']:14.1f}{one['speed']:9.1f}"


def _handwritten_table(document: dict[str, Any]) -> Iterator[str]:
    for name, values in document.items():
        size, _, site = name.partition(" ")
        yield f"\n{size} pages, {SITES[site]}: {values['pages']} pages"
        yield from _variants(values)
        for what in ("CPU", "wall"):
            ratio = values["ratios"]["spider"][what]
            yield f"agent/spider in {what} time: {ratio:.2f} (target: at most 1.00)"


def _block_table(values: dict[str, Any]) -> Iterator[str]:
    yield f"\npages of 30 images: {values['pages']} pages"
    yield from _variants(values)
    for base, ratios in values["ratios"].items():
        target = " (target: at least 1.50)" if base == "nothing blocked" else ""
        yield f"agent/{base} in pages/s: {ratios['pages/s']:.2f}{target}"


def _click_table(values: dict[str, Any]) -> Iterator[str]:
    yield (
        f"\nclicking through {values['pages']} pages: {values['wall']:.0f} ms/page, "
        f"{values['cpu']:.0f} ms of CPU, "
        f"{values['documents']} document (target: 1)"
    )


def _grow_table(document: dict[str, Any]) -> Iterator[str]:
    for way, by_total in document.items():
        yield f"\nrows that come bit by bit: {WAYS[way][1]}"
        yield f"{'rows':>8}{'wall ms/row':>13}{'CPU ms/row':>12}{'Run wall':>10}{'Run CPU':>9}"
        for total, one in by_total.items():
            yield (
                f"{total:>8}{one['wall']:13.2f}{one['cpu']:12.2f}{one['run_wall']:10.2f}"
                f"{one['run_cpu']:9.2f}"
            )
        short, *longer = by_total.values()
        for one in longer:
            for what, name in (("wall", "wall"), ("cpu", "CPU")):
                ratio = one[what] / short[what]
                yield f"long/short in {name} time per row: {ratio:.2f} (target: at most 1.00)"


def _static_table(values: dict[str, Any]) -> Iterator[str]:
    yield "\nthe same Agent without a browser and with one (defaults)"
    yield from _variants(values)
    ratios = values["ratios"]
    yield f"a browser costs {ratios['CPU']:.1f} times the CPU time, and is {ratios['pages/s']:.1f} times slower"


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "handwritten": against_handwritten,
    "block": blocking,
    "click": clicking,
    "grow": growing,
    "static": static,
}
_TABLES: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "handwritten": _handwritten_table,
    "block": _block_table,
    "click": _click_table,
    "grow": _grow_table,
    "static": _static_table,
}


if __name__ == "__main__":
    sys.exit(main())

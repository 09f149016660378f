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
from dataclasses import asdict
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
from browser_server import serving
from pages import PER_LIST

SITES = {"plain": "rendered by the server", "client": "rendered by their script, and waited for"}
WAYS = {
    "more": ({"click": "button.more"}, "a button for more appends them"),
    "scroll": ({"scroll": True}, "scrolling appends them"),
    "virtual": ({"scroll": "#box"}, "scrolling replaces them"),
}
CLICKED_PAGES = 50
ROUNDING = 1.05
"""Rows of a long page cost no more than those of a short one: medians of a few runs tell no less than this."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round over a few pages")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, help="of each crawl (default 3)")
    parser.add_argument("--part", choices=tuple(PARTS), action="append", help="default: all")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    document: dict[str, Any] = {}
    for part in options.part or PARTS:
        try:
            document[part] = PARTS[part](rounds, quick=options.quick)
        except BenchmarkError as error:
            print(f"{part}: {error}", file=sys.stderr)
            return 1
        if not options.json:
            print("\n".join(_TABLES[part](document[part])), flush=True)
    if options.json:
        print(json.dumps(document, indent=2))
    return 0


def against_handwritten(rounds: int, *, quick: bool) -> dict[str, Any]:
    """Compare the Agent with the spider, on small and on big pages of both kinds."""
    made: dict[str, Any] = {}
    lists = 1 if quick else 10
    for size in ("small",) if quick else ("small", "big"):
        for site in SITES:
            own = definition("catalogue.yaml", browser=True, wait=site == "client", block=())
            with serving(site, size, lists) as url:
                done = take_turns(
                    {
                        "spider": partial(run_spider, site, url, url),
                        "agent": partial(run_agent, own, url, "sku", url),
                    },
                    rounds,
                    f"{size} {site}",
                    lists * PER_LIST,
                )
            made[f"{size} {site}"] = _compared(done, lists * (PER_LIST + 1), "spider")
    return made


def blocking(rounds: int, *, quick: bool) -> dict[str, Any]:
    """Compare the default of ``block`` with no blocking, on pages of 30 images."""
    count = 10 if quick else 100
    with serving("other") as site:
        url = f"{site}galleries?total={count}"

        def run(block: Sequence[str] | None) -> Callable[[], Done]:
            own = definition("browser-gallery.yaml", browser=True, block=block)
            return partial(run_agent, own, url, "sku", site)

        done = take_turns(
            {
                "nothing blocked": run(()),
                "spider": partial(run_spider, "gallery", url, site),
                "agent": run(None),
            },
            rounds,
            "gallery",
            count,
        )
    return _compared(done, count + 1, "nothing blocked", "spider")


def clicking(rounds: int, *, quick: bool) -> dict[str, Any]:
    """Click through the pages of an application. Raises BenchmarkError where it is loaded anew."""
    total = CLICKED_PAGES * ROWS
    with serving("other") as site:
        done = _grown(site, "next", {"click": "button.next"}, total, rounds)
    documents = {_documents(one) for one in done}
    if documents != {1}:
        raise BenchmarkError(f"the application was loaded {max(documents)} times, not once")
    return {
        "pages": CLICKED_PAGES,
        "documents": 1,
        "wall": _median(_pace(one) * ROWS * 1000 for one in done),
    }


def growing(rounds: int, *, quick: bool) -> dict[str, Any]:
    """Return what a row costs, of a short page and of a long one.

    Wall time is from the first batch of rows to the last, as the site sees it. CPU time is what a Run
    costs beyond one whose page has one batch only.
    """
    sizes = (60,) if quick else (100, 2_000)
    made: dict[str, Any] = {}
    for way, (how, _) in WAYS.items():
        with serving("other") as site:
            # A short Run is told from a shorter one: that takes many of them.
            base = [] if quick else _grown(site, way, how, ROWS, 3 * rounds)
            made[way] = {
                str(total): _row_costs(
                    _grown(site, way, how, total, rounds if total > 100 else 3 * rounds),
                    base,
                    total,
                )
                for total in sizes
            }
    return made


def static(rounds: int, *, quick: bool) -> dict[str, Any]:
    """Compare the same Agent, with and without a browser."""
    lists = 1 if quick else 10
    with serving("plain", "small", lists) as url:
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
            rounds,
            "static",
            lists * PER_LIST,
        )
    pages = lists * (PER_LIST + 1)
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
    own["commands"][1]["paginate"] = how
    run = partial(run_agent, own, f"{site}growing/{way}?total={total}", "id", site)
    return take_turns({"agent": run}, rounds, f"{way} {total}", total)["agent"]


def _row_costs(done: Sequence[Done], base: Sequence[Done], total: int) -> dict[str, float]:
    made = {
        "whole_cpu": _median(one.cost.cpu for one in done) / total * 1000,
        "whole_wall": _median(one.cost.wall for one in done) / total * 1000,
        "wall": _median(_pace(one) for one in done) * 1000,
    }
    if base:
        beyond = _median(one.cost.cpu for one in done) - _median(one.cost.cpu for one in base)
        made["cpu"] = beyond / (total - ROWS) * 1000
    return made


def _pace(done: Done) -> float:
    """Return the seconds per row between the first batch and the last."""
    times = [one.at for one in done.asked if one.path.startswith("/rows")]
    return (times[-1] - times[0]) / (len(times) - 1) / ROWS


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
    ratios = {base: of["pages/s"] for base, of in values["ratios"].items()}
    yield f"agent/nothing blocked in pages/s: {ratios['nothing blocked']:.2f} (target: at least 1.50)"
    yield f"agent/spider in pages/s: {ratios['spider']:.2f}"


def _click_table(values: dict[str, Any]) -> Iterator[str]:
    yield (
        f"\nclicking through {values['pages']} pages: {values['wall']:.0f} ms/page, "
        f"{values['documents']} document (target: 1)"
    )


def _grow_table(document: dict[str, Any]) -> Iterator[str]:
    for way, by_total in document.items():
        yield f"\nrows that come bit by bit: {WAYS[way][1]}"
        yield f"{'rows':>8}{'wall ms/row':>13}{'CPU ms/row':>12}{'whole wall':>12}{'whole CPU':>11}"
        for total, one in by_total.items():
            cpu = f"{one['cpu']:.2f}" if "cpu" in one else "-"
            yield (
                f"{total:>8}{one['wall']:13.2f}{cpu:>12}{one['whole_wall']:12.2f}"
                f"{one['whole_cpu']:11.2f}"
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

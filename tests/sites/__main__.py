"""Serve one of the test sites by hand: ``python -m tests.sites faults --port 8000``."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable

from tests.sites import (
    Catalogue,
    Fortress,
    Members,
    Site,
    books,
    catalogue,
    faults,
    fortress,
    grid,
    members,
    modern,
    old,
    search,
)
from tests.sites.live import live


def _serve(options: argparse.Namespace) -> Site:
    return SITES[options.site](options)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sites", description=__doc__)
    parser.add_argument("site", choices=sorted(SITES))
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--products", type=int, default=400, help="products of the catalogue")
    parser.add_argument("--circular", action="store_true", help="the last page links to the first")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    with _serve(parser.parse_args()) as site:
        print(f"serving on {site.url} (Ctrl-C ends)", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(site.log)} requests, at most {site.peak} at a time")


SITES: dict[str, Callable[[argparse.Namespace], Site]] = {
    "books": lambda options: books(port=options.port),
    "catalogue": lambda options: catalogue(
        Catalogue(options.products, circular=options.circular, delay=options.delay),
        port=options.port,
    ),
    "faults": lambda options: faults(port=options.port),
    "fortress": lambda options: fortress(
        Fortress(rate=20, patience=30, bots=True), port=options.port
    ),
    "grid": lambda options: grid(port=options.port),
    "live": lambda options: Site(live(), options.port),
    "members": lambda options: members(Members(lives=50), port=options.port),
    "modern": lambda options: modern(port=options.port),
    "old": lambda options: old(port=options.port),
    "search": lambda options: search(port=options.port),
}


if __name__ == "__main__":
    main()

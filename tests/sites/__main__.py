"""Serve one of the test sites by hand: ``python -m tests.sites faults --port 8000``."""

from __future__ import annotations

import argparse
import threading

from tests.sites import Catalogue, Fortress, Site, books, catalogue, faults, fortress, members


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sites", description=__doc__)
    parser.add_argument("site", choices=("faults", "catalogue", "books", "fortress", "members"))
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--products", type=int, default=400, help="products of the catalogue")
    parser.add_argument("--circular", action="store_true", help="the last page links to the first")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    with _site(parser.parse_args()) as site:
        print(f"serving on {site.url} (Ctrl-C ends)", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(site.log)} requests, at most {site.peak} at a time")


def _site(options: argparse.Namespace) -> Site:
    if options.site == "faults":
        return faults(port=options.port)
    if options.site == "books":
        return books(port=options.port)
    if options.site == "fortress":
        return fortress(Fortress(rate=20, patience=30, bots=True), port=options.port)
    if options.site == "members":
        return members(port=options.port)
    layout = Catalogue(options.products, circular=options.circular, delay=options.delay)
    return catalogue(layout, port=options.port)


if __name__ == "__main__":
    main()

"""Crawls that are stopped and gone on with, or killed."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections import Counter

import pytest

from tests.sites import Catalogue, catalogue
from tests.sites.catalogue import product

MODES = pytest.mark.parametrize("reactor", ["True", "False"], ids=["reactor", "reactorless"])

SHOP = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - capture: {listed: {css: .price, as: price}, number: {page: number}}
          - open: h3 a
            do:
              - capture: {sku: .sku, title: h1}
settings: {concurrency: 4}
"""
TAGS = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - open: h3 a
            do:
              - capture: {category: .category}
output:
  key: [category]
settings: {concurrency: 4}
"""
LOOKUPS = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - capture: {sku: {xpath: ./@data-sku}}
          - lookup: h3 a
            do:
              - capture: {title: h1}
settings: {concurrency: 4}
"""
PRODUCTS = 60


def wait_until(condition, process, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(process.communicate()[1])
        time.sleep(0.01)


def start(project, path, reactor, jobdir=None):
    arguments = [
        "crawl",
        "agent",
        "-a",
        f"agent={path}",
        "-s",
        f"TWISTED_REACTOR_ENABLED={reactor}",
    ]
    if jobdir:
        arguments += ["-s", f"JOBDIR={jobdir}"]
    return project.start(*arguments)


def finished(process):
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert " ERROR" not in err, err
    assert " CRITICAL" not in err, err
    return err


def stopped_and_gone_on_with(project, text, reactor, after=20):
    """Run an Agent with JOBDIR, stop it after so many pages, and go on; return both Runs."""
    with catalogue(Catalogue(products=PRODUCTS, delay=0.02)) as site:
        path = project.write(text, site)
        process = start(project, path, reactor, "job")
        wait_until(lambda: len(site.paths) >= after, process)
        process.send_signal(signal.SIGINT)
        finished(process)
        stopped = len(site.paths)
        first = project.result(0)
        finished(start(project, path, reactor, "job"))
        second = project.result(1)
        assert stopped < len(set(site.paths))
        twice = [path for path, count in Counter(site.paths).items() if count > 1]
    return first, second, twice


@MODES
def test_the_records_of_both_parts_are_those_of_one_crawl_each_once(project, reactor):
    first, second, twice = stopped_and_gone_on_with(project, SHOP, reactor)
    assert (first.status, second.status) == ("STOPPED", "COMPLETED")
    assert first.records
    assert second.records
    records = [*first.records, *second.records]
    assert sorted(records, key=str) == sorted(
        (
            {
                "listed": product(n)["price"],
                "number": (n - 1) // 10 + 1,
                "sku": product(n)["sku"],
                "title": f"Product {n}",
            }
            for n in range(1, PRODUCTS + 1)
        ),
        key=str,
    )
    assert twice == []


@MODES
def test_a_duplicate_of_a_record_of_the_first_part_is_one(project, reactor):
    first, second, _ = stopped_and_gone_on_with(project, TAGS, reactor)
    assert sorted(r["category"] for r in [*first.records, *second.records]) == [
        "Cocoa", "Coffee", "Tea",
    ]  # fmt: skip
    total = sum(part.counters["records"] + part.counters["duplicates"] for part in (first, second))
    assert total == PRODUCTS


@MODES
def test_a_page_whose_records_wait_for_others_is_finished_before_the_stop(project, reactor):
    first, second, twice = stopped_and_gone_on_with(project, LOOKUPS, reactor)
    records = [*first.records, *second.records]
    assert not first.invalid
    assert not second.invalid
    assert sorted(r["sku"] for r in records) == [f"P{n:05}" for n in range(1, PRODUCTS + 1)]
    assert all(r["title"] == f"Product {int(r['sku'][1:])}" for r in records)
    assert twice == []


@MODES
def test_a_killed_run_keeps_what_was_written_and_the_next_one_finds_it_dead(project, reactor):
    with catalogue(Catalogue(products=400, delay=0.02)) as site:
        path = project.write(SHOP, site)
        process = start(project, path, reactor)

        def written():
            url = f"file:{project.folder}/.sequentum/store.db?mode=ro"
            try:
                with sqlite3.connect(url, uri=True) as database:
                    return database.execute("SELECT count(*) FROM records").fetchone()[0]
            except sqlite3.OperationalError:
                return 0

        wait_until(lambda: written() > 10, process)
        process.kill()
        process.communicate()
        killed = project.result(0)
        assert killed.status == "RUNNING"
        assert len(killed.records) == killed.counters["records"] > 10
        assert killed.counters["pages"] >= len(killed.records)
        # Its heart has not beaten for two minutes.
        with sqlite3.connect(project.folder / ".sequentum/store.db") as database:
            database.execute("UPDATE runs SET heartbeat = datetime('now', '-2 minutes')")
        small = project.write(
            SHOP.replace("concurrency: 4", "limits: {records: 1}"), site, "small.yaml"
        )
        finished(start(project, small, reactor))
    dead = project.result(0)
    assert dead.status == "FAILURE"
    assert "the process died" in dead.message
    assert dead.records == killed.records
    assert project.result(1).status == "COMPLETED"


@MODES
def test_a_second_sigint_ends_at_once_and_the_run_is_not_left_running_for_ever(project, reactor):
    with catalogue(Catalogue(products=400, delay=3)) as site:
        process = start(project, project.write(SHOP, site), reactor)
        wait_until(lambda: site.paths, process)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert time.monotonic() - begin < 2.5
    assert project.result(0).status in ("STOPPED", "RUNNING")

"""Two Runs side by side, as the store has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sequentum_scrapy.control.compare import Line, compare
from sequentum_scrapy.store import NewRun, RunWriter, Status, Store, create_run, get_run


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/store.db") as store:
        yield store


def run(store, *records):
    run_id = create_run(store, NewRun("shop", b"name: shop", "test"))
    writer = RunWriter(store, run_id)
    writer.start()
    for kind, fields in records:
        writer.coverage.add(kind, fields)
    writer.finish(Status.COMPLETED)
    return run_id


def test_a_field_that_no_record_has_is_covered_by_none_of_them(store):
    first = run(store, ("", ["sku", "price"]), ("", ["sku"]), ("review", ["text"]))
    second = run(store, ("", ["sku"]), ("", []))
    coverage = compare(store, first, second).coverage
    assert sorted(coverage, key=lambda line: line.name) == [
        Line("price", 0.5, 0.0),
        # There is no review of which to tell a share.
        Line("review.text", 1.0, None),
        Line("sku", 1.0, 0.5),
    ]


def test_no_run_takes_less_than_no_time(store):
    row = get_run(store, run(store))
    early = replace(row, end=row.start - timedelta(microseconds=80))
    assert (early.seconds, f"{early.seconds:.1f}") == (0.0, "0.0")
    assert replace(row, end=None).seconds is None

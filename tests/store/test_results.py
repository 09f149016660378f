from __future__ import annotations

import json

import pytest
from sqlalchemy import event

from sequentum_scrapy.store import (
    NewRun,
    RunWriter,
    Status,
    create_run,
    iter_records,
    list_events,
    list_health,
    worst_events,
)

STREAM = """
import resource, sys
from sequentum_scrapy.store import *

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

with Store.open(sys.argv[1]) as store:
    run_id = create_run(store, NewRun("books", b"x", "test"))
    writer = RunWriter(store, run_id)
    writer.start()
    before = peak()
    for number in range(200_000):
        writer.counters.records += 1
        writer.record(b'{"n":%6d,"text":"%s"}' % (number, b"x" * 280))
    writer.finish(Status.COMPLETED)
    written = peak()
    count = 0
    for count, record in enumerate(iter_records(store, run_id), 1):
        assert record.data.startswith(b'{"n":%6d,' % (count - 1)), record
    print(count, written - before, peak() - before)
"""


def fill(writer, count, size=20):
    for number in range(count):
        valid = number % 3 != 0
        reasons = None if valid else b'[{"path":"$.price","reason":"absent"}]'
        kind = "review" if number % 2 else "record"
        data = json.dumps({"n": number, "text": "x" * size}).encode()
        writer.record(data, record_type=kind, valid=valid, reasons=reasons)
    writer.flush()


def test_records_come_back_in_order_as_the_bytes_that_were_stored(store, writer, run_id):
    data = '{"b":1,"a":"tè ☕"}'.encode()
    writer.record(data)
    writer.record(b"[]", record_type="review", valid=False, reasons=b'["not an object"]')
    writer.flush()
    one, two = iter_records(store, run_id, valid=None)
    assert (one.sequence, one.record_type, one.valid) == (1, "record", True)
    assert (one.data, one.reasons) == (data, [])
    assert (two.sequence, two.record_type, two.valid) == (2, "review", False)
    assert (two.data, two.reasons) == (b"[]", ["not an object"])


def test_records_are_chosen_by_validity_and_type(store, writer, run_id):
    fill(writer, 1200)

    def numbers(**choice):
        return [json.loads(record.data)["n"] for record in iter_records(store, run_id, **choice)]

    everything = range(1200)
    assert numbers(valid=None) == list(everything)
    assert numbers() == [n for n in everything if n % 3]
    assert numbers(valid=False) == [n for n in everything if n % 3 == 0]
    assert numbers(record_type="review") == [n for n in everything if n % 3 and n % 2]
    assert numbers(valid=None, record_type="none") == []


def test_the_records_of_other_runs_do_not_show(store, writer, run_id):
    fill(writer, 5)
    other = create_run(store, NewRun("books", b"x", "test"))
    assert list(iter_records(store, other, valid=None)) == []
    assert len(list(iter_records(store, run_id, valid=None))) == 5


def test_large_records_are_read_in_smaller_pages(store, writer, run_id):
    fill(writer, 240, size=200_000)
    rows = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: rows.append(a[3]))
    assert sum(1 for _ in iter_records(store, run_id, valid=None)) == 240
    assert len(rows) >= 240 // 40


def in_transaction(store):
    """Return how many connections to the store hold a transaction open."""
    if store.engine.dialect.name == "sqlite":
        return store.engine.pool.checkedout()
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
    )
    with store.reading() as connection:
        return connection.exec_driver_sql(query).scalar()


def test_a_reader_that_stops_half_way_keeps_no_transaction_open(store, writer, run_id):
    fill(writer, 500)
    reading = iter_records(store, run_id, valid=None)
    next(reading)
    assert in_transaction(store) == 0
    fill(writer, 10)
    assert sum(1 for _ in reading) == 509


def test_200_000_records_are_written_and_streamed_in_flat_memory(store, store_url, processes):
    answer = processes.answer(processes.start(STREAM, store_url))
    count, written, streamed = map(int, answer.split())
    assert count == 200_000
    # The records are 60 MB; what is allowed is the queue, the caches and a page.
    assert written < 30
    assert streamed < 40


def test_events_are_listed_worst_first(store, writer, run_id):
    writer.event("info", "a", "u", "note")
    for _ in range(30):
        writer.event("warning", "b", "u", "matched nothing", "detail")
    for number in range(15):
        writer.event("error", "c", f"u{number}", "HTTP 500")
    writer.flush()
    listed = list_events(store, run_id)
    assert [event.level for event in listed] == ["error"] * 11 + ["warning"] * 11 + ["info"]
    assert [event.count for event in listed[:2]] == [5, 1]
    assert (listed[0].url, listed[0].what, listed[0].address) == ("u14", "HTTP 500", "c")
    assert listed[0].first <= listed[0].last
    assert len(list_events(store, run_id, limit=3)) == 3


def test_the_worst_events_are_one_a_kind_with_the_true_count(store, writer, run_id):
    writer.event("error", "a", "first", "rare")
    for number in range(25):
        writer.event("error", "b", f"u{number}", "often", f"d{number}")
    for _ in range(40):
        writer.event("warning", "c", "u", "w")
    writer.flush()
    worst = [(e.level, e.what, e.count, e.url) for e in worst_events(store, run_id)]
    expected = [("error", "often", 25, "u24"), ("error", "rare", 1, "first")]
    assert worst == [*expected, ("warning", "w", 40, "u")]
    assert len(worst_events(store, run_id, limit=2)) == 2


def test_a_million_events_are_a_few_hundred_rows_with_the_exact_count(store, writer, run_id):
    for number in range(1_000_000):
        writer.event("error", "commands[0].open", "http://x/", f"HTTP {500 + number % 40}")
    writer.finish(Status.COMPLETED)
    rows = list_events(store, run_id)
    assert len(rows) <= 601
    assert sum(row.count for row in rows) == 1_000_000
    assert [row.count for row in worst_events(store, run_id, limit=40)] == [25_000] * 40


class Counts:
    def __init__(self, *rows):
        self.rows = list(rows)

    def snapshot(self):
        return self.rows


@pytest.mark.parametrize("times", [1, 3])
def test_health_is_that_of_the_last_snapshot(store, run_id, times):
    health = Counts()
    writer = RunWriter(store, run_id, health=health)
    writer.start()
    for number in range(1, times + 1):
        one = ("commands[0]", number * 10, 9, 1, 2, 0, 0.25)
        health.rows = [one, ("commands[0].do[0]", 9, 9, 0, 0, 0, 0.5)]
        writer.flush()
    writer.finish(Status.COMPLETED)
    first, second = list_health(store, run_id)
    assert (first.address, first.ran, first.matched, first.missed) == (
        "commands[0]",
        times * 10,
        9,
        1,
    )
    assert (first.fallback, first.failed, first.seconds) == (2, 0, 0.25)
    assert second.address == "commands[0].do[0]"

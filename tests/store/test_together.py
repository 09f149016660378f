"""Many Runs that write to one store at the same time."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from sequentum_scrapy.store import Status, Store, get_run, iter_records, list_runs

RECORDS = 300
WRITE = """
import sys, threading
from sequentum_scrapy.store import *
url, each, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def work():
    with Store.open(url) as store:
        run_id = create_run(store, NewRun("books", b"x", "test"))
        writer = RunWriter(store, run_id, batch_count=50, batch_seconds=0.2)
        writer.start(durable=True)
        for number in range(1, count + 1):
            unit = Unit(number, b"%d" % number, b"{}")
            writer.request(unit)
            writer.counters.records += 1
            writer.record(b'{"n":%d}' % number, unit=unit)
            writer.done(unit)
        writer.finish(Status.COMPLETED)

threads = [threading.Thread(target=work) for _ in range(each)]
print("ready", flush=True)
input()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
"""


def check(url, runs):
    with Store.open(url) as store:
        found = list_runs(store, limit=1000)
        assert len(found) == runs
        assert {run.status for run in found} == {Status.COMPLETED}
        expected = [b'{"n":%d}' % number for number in range(1, RECORDS + 1)]
        for run in found:
            assert get_run(store, run.run_id).counters["records"] == RECORDS
            assert [row.data for row in iter_records(store, run.run_id)] == expected


def test_two_hundred_runs_write_to_one_postgresql_with_fewer_connections(
    empty_postgresql_url, processes
):
    with Store.open(empty_postgresql_url) as store, store.reading() as connection:
        limit = int(connection.scalar(text("SHOW max_connections")))
        if limit >= 200:
            pytest.skip(f"this server has {limit} connections, enough for all")
    answers = processes.together(WRITE, empty_postgresql_url, 25, RECORDS, count=8)
    assert answers == ["done"] * 8
    check(empty_postgresql_url, 200)


def test_eight_processes_write_to_one_sqlite(sqlite_url, processes):
    Store.open(sqlite_url).close()
    assert processes.together(WRITE, sqlite_url, 1, RECORDS, count=8) == ["done"] * 8
    check(sqlite_url, 8)

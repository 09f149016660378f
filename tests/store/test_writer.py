from __future__ import annotations

import hashlib
import inspect
import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select, text

from sequentum_scrapy.store import (
    NewRun,
    RunWriter,
    Status,
    Store,
    StoreBusyError,
    StoreError,
    create_run,
    get_run,
    iter_records,
    list_health,
    list_runs,
    reap_dead_runs,
)
from sequentum_scrapy.store import writer as writer_module
from sequentum_scrapy.store.tables import records

WRITE_FOR_EVER = """
import sys
from sequentum_scrapy.store import *
store = Store.open(sys.argv[1])
writer = RunWriter(store, create_run(store, NewRun("books", b"x", "test")), batch_count=100)
writer.start()
while True:
    writer.counters.records += 1
    writer.record(b'{"n":%d}' % writer.counters.records)
"""


def count_records(store):
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(records))


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def sizes_of_batches(store):
    """Return a list that gets the number of records of each transaction."""
    sizes = [0]

    def count(_connection, _cursor, statement, _parameters, _context, _many):
        if statement.startswith("INSERT INTO records"):
            sizes[-1] += statement.count("(") - 1

    event.listen(store.engine, "before_cursor_execute", count)
    event.listen(store.engine, "commit", lambda _connection: sizes.append(0))
    return sizes


@pytest.fixture
def make_writer(store, run_id):
    made = []

    def make(**options):
        writer = RunWriter(store, run_id, **options)
        writer.start()
        made.append(writer)
        return writer

    yield make
    for writer in made:
        if writer._thread.is_alive():
            writer.finish(Status.STOPPED)


def test_a_run_that_finishes_has_its_records_counters_and_end(store, writer, run_id):
    for number in range(2500):
        writer.counters.records += 1
        writer.counters.bytes += 10**10
        writer.record(b"%d" % number)
    writer.finish(Status.SUCCESS, "all is well")
    run = get_run(store, run_id)
    assert (run.status, run.message) == (Status.SUCCESS, "all is well")
    assert run.start <= run.end <= run.heartbeat
    assert (run.counters["records"], run.counters["bytes"]) == (2500, 25 * 10**12)
    assert [int(r.data) for r in iter_records(store, run_id)] == list(range(2500))
    assert not writer._thread.is_alive()


def test_a_record_is_stored_with_the_digest_of_its_bytes(store, writer):
    writer.record(b'{"a":1}')
    writer.flush()
    with store.reading() as connection:
        digest = connection.scalar(select(records.c.digest))
    assert digest == hashlib.blake2b(b'{"a":1}', digest_size=16).digest()


def test_a_batch_is_closed_by_its_number_of_records(store, make_writer):
    sizes = sizes_of_batches(store)
    writer = make_writer(batch_count=30, batch_seconds=60)
    for _ in range(95):
        writer.record(b"x")
    until(lambda: count_records(store) == 90)
    writer.finish(Status.COMPLETED)
    assert [size for size in sizes if size] == [30, 30, 30, 5]


def test_a_batch_is_closed_by_its_bytes(store, make_writer):
    writer = make_writer(batch_bytes=1000, batch_seconds=60)
    for _ in range(25):
        writer.record(b"x" * 100)
    until(lambda: count_records(store) == 20)


def test_a_batch_is_closed_by_its_age(store, make_writer):
    writer = make_writer(batch_seconds=0.05)
    writer.record(b"x")
    until(lambda: count_records(store) == 1, seconds=2)


def test_counters_and_events_alone_are_written_too(store, make_writer, run_id):
    writer = make_writer(batch_seconds=0.05)
    writer.counters.requests = 7
    until(lambda: get_run(store, run_id).counters["requests"] == 7)


def test_an_idle_run_is_written_for_its_heartbeat_and_no_more(
    store, make_writer, run_id, monkeypatch
):
    monkeypatch.setattr(writer_module, "HEARTBEAT_SECONDS", 0.2)
    make_writer(batch_seconds=0.01)
    commits = []
    event.listen(store.engine, "commit", commits.append)
    first = get_run(store, run_id).heartbeat
    time.sleep(1)
    assert 2 <= len(commits) <= 6
    assert get_run(store, run_id).heartbeat > first


def test_the_heart_beats_more_often_than_it_takes_to_be_found_dead():
    shortest = inspect.signature(reap_dead_runs).parameters["older_than"].default
    assert writer_module.HEARTBEAT_SECONDS <= 5 < shortest / 10


def test_a_slow_database_holds_the_crawl_back_and_memory_is_bounded(store, make_writer):
    writer = make_writer(batch_count=10, queue_batches=2, batch_seconds=60)
    stored, ahead, full = [0], [], []

    def slow(_connection, _cursor, statement, _parameters, _context, _many):
        if statement.startswith("INSERT INTO records"):
            time.sleep(0.02)
            stored[0] += statement.count("(") - 1

    event.listen(store.engine, "before_cursor_execute", slow)
    for number in range(300):
        writer.record(b"x")
        ahead.append(number + 1 - stored[0])
        full.append(writer.full)
    # One batch being written, two that wait, and one being filled.
    assert 20 <= max(ahead) <= 40
    assert any(full)
    writer.finish(Status.COMPLETED)
    assert not writer.full
    assert count_records(store) == 300


def record_for_ever(writer):
    while True:
        writer.record(b"x")


def break_store(store):
    with store.writing() as connection:
        connection.execute(text("ALTER TABLE records RENAME TO gone"))


def test_a_failure_of_the_writer_comes_out_in_the_crawl(store, make_writer, run_id):
    writer = make_writer(batch_count=10)
    break_store(store)
    with pytest.raises(StoreError, match=r"could not be stored: .*records"):
        record_for_ever(writer)
    assert isinstance(writer.failed, StoreError)
    with pytest.raises(StoreError, match="could not be stored"):
        writer.flush()
    writer.event("error", "a", "u", "events are still taken")
    with pytest.raises(StoreError, match="could not be stored"):
        writer.finish(Status.SUCCESS)
    run = get_run(store, run_id)
    assert run.status is Status.FAILURE
    assert "could not be stored" in run.message
    assert run.end is not None
    assert not writer._thread.is_alive()


def test_a_failure_frees_a_crawl_that_waits_for_room(store, make_writer):
    writer = make_writer(batch_count=1, queue_batches=1, batch_seconds=60)
    go = threading.Event()

    def hold(_connection, _cursor, statement, _parameters, _context, _many):
        if statement.startswith("INSERT INTO records"):
            go.wait(10)
            raise RuntimeError("the disk is on fire")

    event.listen(store.engine, "before_cursor_execute", hold)
    threading.Timer(0.2, go.set).start()
    started = time.monotonic()
    with pytest.raises(StoreError, match="on fire"):
        record_for_ever(writer)
    assert 0.1 < time.monotonic() - started < 5
    event.remove(store.engine, "before_cursor_execute", hold)
    with pytest.raises(StoreError, match="on fire"):
        writer.finish(Status.SUCCESS)


def test_a_failing_count_of_health_is_not_swallowed(store, run_id):
    class Broken:
        def snapshot(self):
            raise KeyError("commands[0]")

    writer = RunWriter(store, run_id, health=Broken())
    writer.start()
    writer.record(b"x")
    with pytest.raises(StoreError, match=r"commands\[0\]") as caught:
        writer.finish(Status.SUCCESS)
    assert isinstance(caught.value.__cause__, KeyError)
    assert get_run(store, run_id).status is Status.FAILURE


def test_a_run_that_is_deleted_under_its_writer_fails(store, writer, run_id):
    with store.writing() as connection:
        connection.execute(text("DELETE FROM runs"))
    writer.counters.pages += 1
    with pytest.raises(StoreError, match=f"Run {run_id} is not in the store"):
        writer.finish(Status.SUCCESS)


@pytest.mark.parametrize("committed", [True, False])
def test_a_busy_database_is_tried_again_and_nothing_is_stored_twice(
    store, make_writer, run_id, monkeypatch, committed
):
    writer = make_writer(batch_seconds=60)
    writing, failures = store.writing, [2]

    @contextmanager
    def flaky():
        if failures[0] and not committed:
            failures[0] -= 1
            raise StoreBusyError("locked")
        with writing() as connection:
            yield connection
        if failures[0]:
            failures[0] -= 1
            raise StoreBusyError("the connection was lost, who knows when")

    monkeypatch.setattr(store, "writing", flaky)
    for number in range(5):
        writer.counters.records += 1
        writer.record(b"%d" % number)
        writer.event("warning", "a", "u", "w")
    writer.finish(Status.COMPLETED)
    assert failures == [0]
    assert [int(r.data) for r in iter_records(store, run_id)] == list(range(5))
    assert get_run(store, run_id).counters["records"] == 5


def test_a_database_that_stays_away_fails_the_run(store, make_writer, monkeypatch):
    monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0.1)
    writer = make_writer()

    @contextmanager
    def away():
        raise StoreBusyError("no route to host")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(store, "writing", away)
        writer.record(b"x")
        with pytest.raises(StoreError, match="no route to host"):
            writer.finish(Status.COMPLETED)


def cut_connections(store):
    with store.reading() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_that_the_server_cuts_inside_a_transaction_loses_nothing(
    empty_postgresql_url,
):
    with Store.open(empty_postgresql_url) as store, Store.open(empty_postgresql_url) as other:
        run_id = create_run(store, NewRun("books", b"x", "test"))
        writer = RunWriter(store, run_id, batch_seconds=60)
        writer.start()
        cuts = [1]

        def cut(_connection, _cursor, statement, _parameters, _context, _many):
            if statement.startswith("INSERT INTO records") and cuts and cuts.pop():
                cut_connections(other)

        event.listen(store.engine, "after_cursor_execute", cut)
        for number in range(5):
            writer.record(b"%d" % number)
        writer.finish(Status.COMPLETED)
        assert not cuts
        assert [int(record.data) for record in iter_records(store, run_id)] == list(range(5))


def test_a_killed_process_leaves_every_batch_it_wrote_and_is_found_dead(
    store, store_url, processes
):
    process = processes.start(WRITE_FOR_EVER, store_url)
    until(lambda: count_records(store) >= 2000, seconds=30)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    (run,) = list_runs(store)
    stored = [int(r.data[5:-1]) for r in iter_records(store, run.run_id)]
    assert stored == list(range(1, len(stored) + 1))
    assert len(stored) % 100 == 0
    assert len(stored) == run.counters["records"]
    assert run.status is Status.RUNNING
    assert reap_dead_runs(store) == [run.run_id]
    dead = get_run(store, run.run_id)
    assert dead.status is Status.FAILURE
    assert dead.end == dead.heartbeat == run.heartbeat
    assert dead.counters == run.counters


def test_a_run_that_was_given_up_for_dead_and_writes_again_is_running(store, make_writer, run_id):
    writer = make_writer(batch_seconds=60)
    time.sleep(0.02)
    assert reap_dead_runs(store, older_than=0.01) == [run_id]
    writer.record(b"x")
    writer.flush()
    run = get_run(store, run_id)
    assert (run.status, run.end, run.message) == (Status.RUNNING, None, "")


def test_a_status_that_somebody_else_set_stays_while_the_run_goes_on(store, make_writer, run_id):
    writer = make_writer(batch_seconds=60)
    with store.writing() as connection:
        connection.execute(text("UPDATE runs SET status = 5, message = 'please stop'"))
    writer.record(b"x")
    writer.flush()
    run = get_run(store, run_id)
    assert (run.status, run.message) == (Status.STOPPING, "please stop")


class Counts:
    def snapshot(self):
        return [("commands[0]", 5, 4, 1, 0, 0, 0.5)]


def test_a_second_process_goes_on_where_the_first_stopped(store, run_id):
    for epoch, status in enumerate((Status.STOPPED, Status.COMPLETED)):
        writer = RunWriter(store, run_id, health=Counts())
        writer.start(epoch)
        assert get_run(store, run_id).status is Status.RUNNING
        for _ in range(3):
            writer.counters.records += 1
            writer.record(b"x")
        writer.event("error", "a", "u", "w")
        writer.finish(status)
    run = get_run(store, run_id)
    assert (run.status, run.counters["records"]) == (Status.COMPLETED, 6)
    assert [record.sequence for record in iter_records(store, run_id)] == [1, 2, 3, 4, 5, 6]
    assert [(health.ran, health.seconds) for health in list_health(store, run_id)] == [(10, 1.0)]


def test_a_writer_that_is_not_at_work_takes_no_records(store, run_id):
    writer = RunWriter(store, run_id)
    with pytest.raises(StoreError, match="not been started"):
        writer.record(b"x")
    with pytest.raises(StoreError, match="not been started"):
        writer.finish(Status.COMPLETED)
    writer.start()
    writer.finish(Status.COMPLETED)
    with pytest.raises(StoreError, match="is finished"):
        writer.record(b"x")
    writer.finish(Status.FAILURE, "a second end changes nothing")
    assert get_run(store, run_id).status is Status.COMPLETED


def test_a_run_that_is_not_there_cannot_be_written(store):
    with pytest.raises(StoreError, match="no Run 99"):
        RunWriter(store, 99).start()

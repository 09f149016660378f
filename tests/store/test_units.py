"""What requests bring goes into the store whole: units in the writer, and what a restart makes of them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import text

from sequentum_scrapy.store import (
    START,
    NewRun,
    RunWriter,
    Status,
    StoreError,
    TakenOverError,
    Unit,
    create_run,
    fingerprints,
    get_run,
    iter_records,
    pending_requests,
)


@pytest.fixture
def work(store):
    """Return a writer of a new durable Run, with batches that close only when they are full."""
    made = []

    def make(**options):
        run_id = create_run(store, NewRun("books", b"x", "test"))
        options = {"batch_seconds": 60, "batch_count": 5, **options}
        writer = RunWriter(store, run_id, **options)
        writer.start(durable=True)
        made.append(writer)
        return writer

    yield make
    for writer in made:
        # One whose Run was taken over cannot.
        with suppress(StoreError):
            writer.finish(Status.STOPPED)


class Crawl:
    """Schedules requests and lets them bring records, as a crawl does."""

    def __init__(self, writer):
        self.writer = writer
        self.number = START

    def request(self, parent=None, *, filtered=True):
        self.number += 1
        fingerprint = b"f%d" % self.number if filtered else None
        unit = Unit(self.number, fingerprint, b"r%d" % self.number, parent)
        self.writer.request(unit)
        return unit

    def record(self, unit, data, *, valid=True):
        if valid:
            self.writer.counters.records += 1
        else:
            self.writer.counters.invalid += 1
        self.writer.record(data, valid=valid, unit=unit)


def stored(store, run_id):
    return [row.data for row in iter_records(store, run_id, valid=None)]


def pending(store, run_id):
    return [data for _, _, data in pending_requests(store, run_id)]


def taken_over(store, writer):
    """Return what another process finds that takes the Run over, as after a kill."""
    with store.writing() as connection:
        connection.execute(text("UPDATE runs SET status = 6"))
    other = RunWriter(store, writer.run_id, batch_seconds=60)
    return other, other.start(1, durable=True)


def test_records_of_a_request_are_stored_with_the_mark_that_it_is_done(store, work):
    writer = work()
    crawl = Crawl(writer)
    page = crawl.request()
    crawl.record(page, b"1")
    child = crawl.request(page)
    writer.flush()
    # The request is there, and nothing of what it brought so far.
    assert stored(store, writer.run_id) == []
    assert pending(store, writer.run_id) == [b"r1"]
    assert get_run(store, writer.run_id).counters["records"] == 0
    writer.done(page)
    writer.flush()
    assert stored(store, writer.run_id) == [b"1"]
    assert pending(store, writer.run_id) == [b"r2"]
    assert get_run(store, writer.run_id).counters["records"] == 1
    writer.done(child)
    writer.flush()
    assert pending(store, writer.run_id) == []
    assert list(fingerprints(store, writer.run_id)) == [b"", b"f1", b"f2"]


def test_a_request_that_is_done_in_the_batch_that_it_came_in_is_there_as_done(store, work):
    writer = work(batch_count=100)
    crawl = Crawl(writer)
    page = crawl.request()
    crawl.record(page, b"1")
    writer.done(page)
    writer.flush()
    assert pending(store, writer.run_id) == []
    assert stored(store, writer.run_id) == [b"1"]


def test_a_child_may_be_done_before_the_request_that_made_it(store, work):
    writer = work()
    crawl = Crawl(writer)
    page = crawl.request()
    child = crawl.request(page)
    crawl.record(child, b"c")
    writer.done(child)
    writer.flush()
    assert stored(store, writer.run_id) == [b"c"]
    other, progress = taken_over(store, writer)
    # The page is made again, and its child is known by its fingerprint.
    assert pending(store, writer.run_id) == [b"r1"]
    assert set(fingerprints(store, writer.run_id)) == {b"", b"f1", b"f2"}
    assert progress.counters.records == 1
    other.finish(Status.COMPLETED)


def test_a_child_that_no_fingerprint_tells_waits_for_the_request_that_made_it(store, work):
    writer = work()
    crawl = Crawl(writer)
    page = crawl.request()
    child = crawl.request(page, filtered=False)
    crawl.record(child, b"c")
    writer.done(child)
    writer.flush()
    assert stored(store, writer.run_id) == []
    crawl.record(page, b"p")
    writer.done(page)
    writer.flush()
    assert sorted(stored(store, writer.run_id)) == [b"c", b"p"]
    assert pending(store, writer.run_id) == []


def test_what_a_request_brings_beyond_a_batch_goes_when_it_is_made_again(store, work):
    writer = work(batch_count=5)
    crawl = Crawl(writer)
    page, other_page = crawl.request(), crawl.request()
    crawl.record(other_page, b"o")
    for number in range(12):
        crawl.record(page, b"%d" % number, valid=number % 2 == 0)
    writer.done(other_page)
    writer.flush()
    assert len(stored(store, writer.run_id)) == 11
    run = get_run(store, writer.run_id)
    assert (run.counters["records"], run.counters["invalid"]) == (6, 5)
    other, progress = taken_over(store, writer)
    assert stored(store, writer.run_id) == [b"o"]
    assert (progress.counters.records, progress.counters.invalid) == (1, 0)
    run = get_run(store, writer.run_id)
    assert (run.counters["records"], run.counters["invalid"]) == (1, 0)
    assert pending(store, writer.run_id) == [b"r1"]
    other.finish(Status.COMPLETED)


def test_one_that_came_to_its_end_stays_whole(store, work):
    writer = work(batch_count=5)
    crawl = Crawl(writer)
    page = crawl.request()
    for number in range(12):
        crawl.record(page, b"%d" % number)
    writer.done(page)
    writer.flush()
    other, progress = taken_over(store, writer)
    assert len(stored(store, writer.run_id)) == progress.counters.records == 12
    other.finish(Status.COMPLETED)


def test_what_is_broken_off_is_shown_until_it_is_made_again(store, work):
    writer = work()
    crawl = Crawl(writer)
    page = crawl.request()
    crawl.record(page, b"1")
    writer.break_off([page])
    writer.finish(Status.STOPPED, resumable=True)
    run = get_run(store, writer.run_id)
    assert (run.counters["records"], run.resumable) == (1, True)
    assert stored(store, writer.run_id) == [b"1"]
    other = RunWriter(store, writer.run_id)
    assert other.start(run.epoch, durable=True).counters.records == 0
    assert stored(store, writer.run_id) == []
    other.finish(Status.COMPLETED)


def test_a_run_that_came_to_its_end_keeps_no_requests(store, work):
    writer = work()
    crawl = Crawl(writer)
    crawl.request()
    writer.state = lambda: {"cookies": b"[]"}
    writer.finish(Status.COMPLETED)
    assert get_run(store, writer.run_id).resumable is False
    with store.reading() as connection:
        for table in ("run_requests", "run_parts", "run_state"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_state_is_kept_as_it_was_last(store, work):
    writer = work()
    newest = iter([{"cookies": b"1"}, {}, {"cookies": b"2"}])
    writer.state = lambda: next(newest, {})
    for _ in range(3):
        Crawl(writer).number += 1
        writer.event("info", "a", "u", "w")
        writer.flush()
    other, progress = taken_over(store, writer)
    assert progress.state == {"cookies": b"2"}
    other.finish(Status.COMPLETED)


def test_the_beginning_of_a_run_is_a_request_of_its_own(store, work):
    writer = work()
    start = Unit(START, b"", written=True)
    first = Crawl(writer).request(start)
    writer.flush()
    other, progress = taken_over(store, writer)
    assert (progress.started, progress.last_number) == (False, START)
    other.finish(Status.STOPPED, resumable=True)
    again = RunWriter(store, writer.run_id, batch_seconds=60)
    again.start(2, durable=True)
    again.request(first)
    again.done(start)
    again.finish(Status.STOPPED, resumable=True)
    last = RunWriter(store, writer.run_id)
    progress = last.start(3, durable=True)
    assert (progress.started, progress.last_number) == (True, 1)
    last.finish(Status.COMPLETED)


def test_a_process_whose_run_was_taken_over_writes_nothing_more(store, work):
    writer = work()
    crawl = Crawl(writer)
    page = crawl.request()
    writer.flush()
    other, _ = taken_over(store, writer)
    crawl.record(page, b"late")
    writer.done(page)
    with pytest.raises(StoreError, match="another process works on the Run"):
        writer.flush()
    assert isinstance(writer.failed, TakenOverError)
    with pytest.raises(StoreError, match="another process works on the Run"):
        writer.finish(Status.COMPLETED)
    assert stored(store, writer.run_id) == []
    assert get_run(store, writer.run_id).status is Status.RUNNING
    other.finish(Status.COMPLETED)


def test_only_the_process_that_saw_a_run_as_it_is_takes_it_over(store, work):
    writer = work()
    writer.finish(Status.STOPPED, resumable=True)
    RunWriter(store, writer.run_id).start(1)
    with pytest.raises(StoreError, match="taken over by another process"):
        RunWriter(store, writer.run_id).start(1)

"""Processes that stand still with the store in their hands: nobody waits for them for ever."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from sequentum_scrapy.control import stopping
from sequentum_scrapy.store import Status, Store, StoreBusyError, get_run, reap_dead_runs
from sequentum_scrapy.store.processes import kill_process
from sequentum_scrapy.store.tables import runs
from sequentum_scrapy.store.times import utc_now

FROZEN_IN_A_BATCH = """
import os, signal, sys, time
from sequentum_scrapy.store import *
from sequentum_scrapy.store import engine, writer
engine.BUSY_SECONDS = 2.0

class Writer(RunWriter):
    def __init__(self, store, run_id):
        super().__init__(store, run_id, batch_seconds=0.1)

written = writer.write_batch
def write_batch(connection, batch, **more):
    orders = written(connection, batch, **more)
    print("holds it", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    # The stop may reach this thread a moment later.
    time.sleep(1)
    return orders

with Store.open(sys.argv[1]) as store:
    run_id = create_run(store, NewRun("books", b"x", "test"))
    made = Writer(store, run_id)
    made.start()
    writer.write_batch = write_batch
    made.counters.records += 1
    made.record(b"{}")
    try:
        made.finish(Status.COMPLETED)
    except StoreError as error:
        print(error)
"""


@pytest.fixture
def frozen(store, processes):
    """Return a process that has stopped in the middle of a batch of Run 1."""
    process = processes.start(FROZEN_IN_A_BATCH, store.url)
    assert process.stdout.readline() == "holds it\n", process.stderr.read()
    return process


def test_looking_for_dead_runs_does_not_wait_for_one(store, frozen):
    began = time.monotonic()
    assert reap_dead_runs(store, older_than=0) == []
    assert get_run(store, 1).status is Status.RUNNING
    assert time.monotonic() - began < 5


def test_a_kill_ends_one_that_keeps_all_others_from_writing(store, frozen):
    assert stopping.kill(store, 1).status is Status.STOPPED
    assert frozen.wait(timeout=10) == -signal.SIGKILL


def test_a_server_takes_back_what_one_holds_and_it_writes_nothing_more(
    empty_postgresql_url, processes
):
    with Store.open(empty_postgresql_url) as store:
        frozen = processes.start(FROZEN_IN_A_BATCH, empty_postgresql_url)
        assert frozen.stdout.readline() == "holds it\n", frozen.stderr.read()
        deadline = time.monotonic() + 20
        while not reap_dead_runs(store, older_than=0):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        with store.writing() as connection:
            connection.execute(runs.update().values(epoch=runs.c.epoch + 1))
        frozen.send_signal(signal.SIGCONT)
        out, _ = frozen.communicate(timeout=60)
        run = get_run(store, 1)
    assert "another process works on the Run 1 now" in out
    assert (run.status, run.counters["records"]) == (Status.FAILURE, 0)


def test_a_writer_waits_as_long_as_it_was_told(store):
    with store.writing() as connection:
        connection.execute(runs.select().with_for_update())
        if store.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE runs")
        began = time.monotonic()
        with pytest.raises(StoreBusyError), store.writing(wait=0.3) as other:
            other.execute(runs.update().values(message="x"))
        assert 0.2 < time.monotonic() - began < 5


HANGING = "import re; print('on', flush=True); re.match('(a+)+$', 'a' * 40 + 'b')"


def test_one_that_was_to_stop_and_hangs_is_killed_by_whoever_finds_it(store, run_id):
    hanging = subprocess.Popen([sys.executable, "-c", HANGING], stdout=subprocess.PIPE)
    try:
        assert hanging.stdout.readline() == b"on\n"
        time.sleep(1.1)
        with store.writing() as connection:
            connection.execute(
                runs.update().values(pid=hanging.pid, status=Status.STOPPING, heartbeat=utc_now())
            )
        time.sleep(0.1)
        assert reap_dead_runs(store, older_than=0.05) == [run_id]
        assert get_run(store, run_id).status is Status.STOPPED
        assert hanging.wait(timeout=10) == -signal.SIGKILL
    finally:
        hanging.kill()
        hanging.communicate()


def test_a_process_that_was_given_the_number_of_one_that_ended_is_left_alone():
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert kill_process(other.pid, utc_now() - timedelta(seconds=60)) is False
        assert other.poll() is None
        assert kill_process(other.pid, utc_now() + timedelta(seconds=1)) is True
        assert other.wait(timeout=10) == -signal.SIGKILL
        assert kill_process(other.pid, utc_now()) is False
    finally:
        other.kill()
        other.communicate()

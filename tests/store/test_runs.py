from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from sequentum_scrapy.store import (
    NewRun,
    RunWriter,
    Status,
    StoreError,
    ask_to_stop,
    create_run,
    end_run,
    get_definition,
    get_run,
    iter_records,
    kill_run,
    list_runs,
    publish,
    reap_dead_runs,
)
from sequentum_scrapy.store.tables import runs
from sequentum_scrapy.store.times import utc_now


def silence(store, run_id, seconds, **values):
    """Let a Run's heart have beaten last so many seconds ago."""
    heartbeat = utc_now() - timedelta(seconds=seconds)
    with store.writing() as connection:
        changed = update(runs).where(runs.c.id == run_id)
        connection.execute(changed.values(heartbeat=heartbeat, **values))
    return heartbeat


def test_a_new_run_keeps_what_it_runs_and_who_started_it(store):
    publish(store, "books", b"one")
    before = utc_now()
    new = NewRun("books", b"one", "api", 1, 1, {"q": "tea ☕", "n": [1, None]}, "/tmp/log")
    run = get_run(store, create_run(store, new))
    assert (run.run_id, run.agent_id, run.agent_name, run.version_number) == (1, 1, "books", 1)
    assert (run.started_by, run.inputs, run.log_file) == ("api", new.inputs, "/tmp/log")
    assert (run.pid, run.host) == (os.getpid(), socket.gethostname())
    assert (run.status, run.message, run.end) == (Status.STARTING, "", None)
    assert before <= run.start == run.heartbeat <= utc_now()
    assert set(run.counters.values()) == {0}
    assert get_definition(store, run.content_hash) == b"one"


def test_a_run_of_a_draft_keeps_the_draft(store):
    run = get_run(store, create_run(store, NewRun("books", b"a draft", "cli")))
    assert (run.agent_id, run.version_number) == (None, None)
    assert get_definition(store, run.content_hash) == b"a draft"


def test_a_run_of_an_agent_that_is_not_there_is_an_error(store):
    with pytest.raises(StoreError):
        create_run(store, NewRun("books", b"one", "cli", 99, 1))
    assert list_runs(store) == []


@pytest.mark.parametrize("run_id", [1, 0, -5, 10**30])
def test_a_run_that_is_not_there_is_none(store, run_id):
    assert get_run(store, run_id) is None


def test_runs_are_listed_newest_first_in_pages(store):
    publish(store, "books", b"one")
    for number in range(6):
        mine = (1, 1) if number % 2 else (None, None)
        create_run(store, NewRun("books" if number < 4 else "tea", b"one", "test", *mine))

    def ids(**choice):
        return [run.run_id for run in list_runs(store, **choice)]

    assert ids() == [6, 5, 4, 3, 2, 1]
    assert ids(limit=2) == [6, 5]
    assert ids(limit=2, before_id=5) == [4, 3]
    assert ids(agent_id=1) == [6, 4, 2]
    assert ids(agent_name="tea") == [6, 5]
    assert ids(agent_id=1, agent_name="books", before_id=4) == [2]


@pytest.mark.parametrize("status", [Status.RUNNING, Status.STARTING, Status.EXPORTING])
def test_a_run_whose_heart_stopped_is_a_failure_that_ended_then(store, run_id, status):
    heartbeat = silence(store, run_id, 61, status=status)
    assert reap_dead_runs(store) == [run_id]
    run = get_run(store, run_id)
    assert (run.status, run.end) == (Status.FAILURE, heartbeat)
    said = f"the process died: no heartbeat since {heartbeat:%Y-%m-%d %H:%M:%S}"
    assert run.message.startswith(said)
    assert reap_dead_runs(store) == []


def test_one_that_was_to_stop_is_stopped(store, run_id):
    silence(store, run_id, 61, status=Status.STOPPING, kill_time=utc_now())
    assert reap_dead_runs(store) == [run_id]
    run = get_run(store, run_id)
    assert (run.status, run.kill_time) == (Status.STOPPED, None)
    assert run.message == "the process died while it was to stop"


def test_one_that_was_to_stop_and_was_only_held_up_does_not_come_back(store, run_id):
    writer = RunWriter(store, run_id)
    writer.start()
    silence(store, run_id, 61, status=Status.STOPPING, kill_time=utc_now() + timedelta(seconds=60))
    assert reap_dead_runs(store) == [run_id]
    writer.record(b"{}")
    with pytest.raises(StoreError, match="another process works on the Run 1 now"):
        writer.finish(Status.COMPLETED)
    assert get_run(store, run_id).status is Status.STOPPED
    assert list(iter_records(store, run_id)) == []


def test_one_whose_process_is_gone_from_this_machine_is_dead_at_once(store, run_id):
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    silence(store, run_id, 1, pid=gone.pid)
    gone.wait()
    elsewhere = create_run(store, NewRun("books", b"one", "test"))
    silence(store, elsewhere, 1, pid=gone.pid, host="elsewhere")
    assert reap_dead_runs(store) == [run_id]
    assert get_run(store, elsewhere).status is Status.STARTING


def test_a_process_that_ended_and_that_nobody_waited_for_is_gone(store, run_id):
    ended = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    assert ended.stdout.read() == b""
    time.sleep(0.2)
    silence(store, run_id, 1, pid=ended.pid)
    assert reap_dead_runs(store) == [run_id]
    ended.communicate()


def test_a_stop_is_asked_for_once_and_not_of_what_is_over(store, run_id):
    first, later = utc_now() + timedelta(seconds=60), utc_now() + timedelta(seconds=90)
    silence(store, run_id, 0, status=Status.RUNNING)
    assert ask_to_stop(store, run_id, first) is Status.STOPPING
    assert ask_to_stop(store, run_id, later) is Status.STOPPING
    assert get_run(store, run_id).kill_time == later
    silence(store, run_id, 0, status=Status.SUCCESS)
    with pytest.raises(StoreError, match="a Run that is Success cannot become Stopping"):
        ask_to_stop(store, run_id, first)
    with pytest.raises(StoreError, match="there is no Run 99"):
        ask_to_stop(store, 99, first)


@pytest.mark.parametrize("status", [Status.WAITING, Status.QUEUING, Status.STARTING])
def test_a_run_that_has_not_begun_is_stopped_at_once_and_does_not_begin(store, run_id, status):
    silence(store, run_id, 0, status=status)
    assert ask_to_stop(store, run_id, utc_now()) is Status.STOPPED
    run = get_run(store, run_id)
    assert (run.message, run.kill_time) == ("stopped before it began", None)
    assert run.end is not None
    with pytest.raises(StoreError, match="taken over by another process, or stopped"):
        RunWriter(store, run_id).start(0)


def test_a_run_is_killed_by_whoever_saw_it_as_it_is(store, run_id):
    silence(store, run_id, 0, status=Status.RUNNING, epoch=3)
    with store.writing() as connection:
        assert kill_run(connection, run_id, 2) is False
        assert kill_run(connection, run_id, 3) is True
        assert kill_run(connection, run_id, 4) is False
    run = get_run(store, run_id)
    assert (run.status, run.message, run.epoch) == (Status.STOPPED, "killed", 4)


def test_a_run_that_no_process_has_begun_is_ended_by_whoever_made_it(store, run_id):
    end_run(store, run_id, Status.FAILURE, "no such pool")
    run = get_run(store, run_id)
    assert (run.status, run.message, run.end is None) == (Status.FAILURE, "no such pool", False)
    silence(store, run_id, 0, status=Status.RUNNING, epoch=1)
    with pytest.raises(StoreError, match="a process works on the Run 1 already"):
        end_run(store, run_id, Status.FAILURE, "x")


def test_a_run_whose_heart_beats_or_that_is_over_or_waits_is_left_alone(store, run_id):
    silence(store, run_id, 55)
    others = [Status.COMPLETED, Status.STOPPED, Status.QUEUING]
    ids = [create_run(store, NewRun("books", b"one", "test")) for _ in others]
    for one, status in zip(ids, others, strict=True):
        silence(store, one, 10_000, status=status)
    assert reap_dead_runs(store) == []
    assert [get_run(store, one).status for one in ids] == others
    assert reap_dead_runs(store, older_than=50) == [run_id]

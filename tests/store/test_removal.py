from __future__ import annotations

import time
from functools import partial

import pytest
from sqlalchemy import text

from sequentum_scrapy.store import (
    CUT,
    NewFile,
    NewRun,
    RunWriter,
    Status,
    StoreError,
    Unit,
    create_run,
    create_space,
    ended_runs,
    get_run,
    last_good_run,
    list_runs,
    publish,
    remove_run,
    usual_records,
)
from sequentum_scrapy.store.tables import metadata


def ended(store, name="books", status=Status.COMPLETED, records=1, message="", **more):
    run_id = create_run(store, NewRun(name, b"x", "test", **more))
    writer = RunWriter(store, run_id)
    writer.start(durable=True)
    writer.request(Unit(1, b"f", b"r"))
    for _ in range(records):
        writer.counters.records += 1
        writer.coverage.add("", ["a"])
        writer.record(b"{}")
    writer.event("error", "a", "u", "w")
    writer.file(NewFile("x", "page", 1))
    writer.finish(status, message, resumable=True)
    return run_id


def test_a_run_goes_with_all_that_is_kept_of_it(store):
    first, second = ended(store), ended(store)
    remove_run(store, first)
    assert get_run(store, first) is None
    assert get_run(store, second).counters["records"] == 1
    with store.reading() as connection:
        for name in metadata.tables:
            if name == "records" or name.startswith("run_"):
                query = text(f"SELECT count(*) FROM {name} WHERE run_id = {first}")
                assert connection.scalar(query) == 0, name


@pytest.mark.parametrize("status", [Status.RUNNING, Status.STOPPING, Status.QUEUING])
def test_a_run_that_is_not_at_its_end_stays(store, run_id, status):
    with store.writing() as connection:
        connection.execute(text(f"UPDATE runs SET status = {status.value}"))
    with pytest.raises(StoreError, match=f"the Run 1 is {status.label}: stop it first"):
        remove_run(store, run_id)
    with pytest.raises(StoreError, match="there is no Run 9"):
        remove_run(store, 9)


def test_ended_runs_are_grouped_by_agent_or_by_the_name_of_a_draft(store):
    publish(store, "books", b"x")
    known = {"agent_id": 1, "version_number": 1}
    ids = [
        ended(store, **known),
        ended(store),
        ended(store, "novels", **known),
        ended(store, "tea"),
    ]
    create_run(store, NewRun("tea", b"x", "test"))
    groups = sorted([run.run_id for run in group] for group in ended_runs(store))
    assert groups == [[ids[1]], [ids[2], ids[0]], [ids[3]]]


def test_what_is_usual_is_the_median_of_the_last_five_good_runs(store):
    for number in (1000, 10, 12, 30, 11, 13):
        ended(store, records=number)
    ended(store, records=1, status=Status.FAILURE)
    ended(store, "other", records=99)
    last = create_run(store, NewRun("books", b"x", "test"))
    assert usual_records(store, last) == 12
    assert last_good_run(store, last).counters["records"] == 13
    assert usual_records(store, 1) is None
    assert last_good_run(store, 1) is None
    assert usual_records(store, 99) is None


def test_a_run_without_records_is_nothing_to_compare_with(store):
    good = ended(store, records=20)
    ended(store, records=0)
    last = create_run(store, NewRun("books", b"x", "test"))
    assert last_good_run(store, last).run_id == good


def test_a_run_that_a_limit_of_its_own_cut_is_not_what_is_usual(store):
    whole = ended(store, records=20, arguments={"limit": 10**12})
    last = ended(store, records=18, message="ended at a limit", arguments={"limit": None})
    for _ in range(3):
        ended(store, records=5, arguments={"limit": 5})
        ended(store, records=4, message=CUT)
    this = create_run(store, NewRun("books", b"x", "test"))
    assert usual_records(store, this) == 19
    assert last_good_run(store, this).run_id == last
    (found,) = ended_runs(store)
    assert [run.run_id for run in found if run.good] == [last, whole]


def test_ended_runs_of_one_space(store):
    publish(store, "books", b"x")
    create_space(store, "team")
    known = {"agent_id": 1, "version_number": 1}
    moved = [ended(store, **known), ended(store, space="team", **known)]
    other = ended(store, "tea")
    found = {
        space: sorted([run.run_id for run in group] for group in ended_runs(store, space))
        for space in (None, "default", "team")
    }
    assert found == {None: [moved[::-1], [other]], "default": [[other]], "team": [moved[::-1]]}
    with pytest.raises(StoreError, match='there is no Space "taem"'):
        list(ended_runs(store, "taem"))


def test_a_renamed_or_moved_agent_is_compared_with_itself(store):
    publish(store, "books", b"x")
    known = {"agent_id": 1, "version_number": 1}
    good = ended(store, records=20, **known)
    ended(store, records=99)
    create_space(store, "team")
    renamed = create_run(store, NewRun("novels", b"x", "test", space="team", **known))
    assert usual_records(store, renamed) == 20
    assert last_good_run(store, renamed).run_id == good


def fill(store, status, like=1):
    """Put 100,000 Runs, like that one but for their status, into the store."""
    lite = store.engine.dialect.name == "sqlite"
    columns = (
        "space_id, agent_id, agent_name, version_number, content_hash, started_by, pid, host, heartbeat,"
        " message, inputs, arguments, requests, pages, browser_pages, records, invalid, duplicates, errors, bytes"
    )
    rows = (
        "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 100000) SELECT n FROM s)"
        if lite
        else "generate_series(1, 100000) AS n"
    )
    moment = "datetime('2026-01-01', '+' || n || ' minutes')"
    if not lite:
        moment = "timestamp '2026-01-01' + n * interval '1 minute'"
    made = (
        f"INSERT INTO runs (status, start_time, end_time, {columns}) "
        f"SELECT {status}, {moment}, {moment}, {columns} "
        f"FROM runs, {rows} WHERE runs.id = {like}"
    )
    with store.writing() as connection:
        connection.exec_driver_sql(made)
        connection.exec_driver_sql("ANALYZE")


def fastest(call):
    """Return what a call gives, and the seconds that it takes at least."""
    spent = 9.0
    for _ in range(3):
        begin = time.perf_counter()
        found = call()
        spent = min(spent, time.perf_counter() - begin)
    return found, spent


def test_a_hundred_thousand_runs_are_listed_quickly(store, run_id):
    fill(store, "CASE WHEN n / 1000 * 1000 = n THEN 6 ELSE 9 END")
    for choice in (
        {},
        {"space": "default"},
        {"agent_name": "books"},
        {"status": Status.FAILURE},
        {"space": "default", "status": Status.FAILURE},
        {"before_id": 50_000},
        {"since": get_run(store, 90_000).start, "until": get_run(store, 90_100).start},
    ):
        found, spent = fastest(partial(list_runs, store, limit=50, **choice))
        assert len(found) == 50, choice
        assert spent < 0.3, (choice, spent)


def test_what_is_usual_is_found_quickly_among_a_hundred_thousand_runs(store):
    publish(store, "books", b"x")
    known = {"agent_id": 1, "version_number": 1}
    good = ended(store, records=7, **known)
    ended(store, records=5, arguments={"limit": 5}, **known)
    fill(store, "9", like=2)
    this = create_run(store, NewRun("books", b"x", "test", **known))
    assert this > 100_000
    for ask, expected in ((usual_records, 7), (lambda *a: last_good_run(*a).run_id, good)):
        found, spent = fastest(partial(ask, store, this))
        assert (found, spent < 0.3) == (expected, True), spent

from __future__ import annotations

import pytest
from sqlalchemy import text

from sequentum_scrapy.store import NewRun, Status, Store, create_run, end_run, find_faults, publish


def change(store, *statements):
    with store.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


def unguard(store, table):
    if store.engine.dialect.name == "postgresql":
        return [f"DROP TRIGGER {table}_refuse_change ON {table}"]
    return [f"DROP TRIGGER {table}_refuse_{way}" for way in ("update", "delete")]


def test_a_store_with_things_in_it_is_sound(store):
    for number in range(3):
        publish(store, "books", b"%d" % number)
    run_id = create_run(store, NewRun("books", b"1", "test"))
    end_run(store, run_id, Status.FAILURE, "x")
    assert list(find_faults(store)) == []


@pytest.mark.parametrize("table", ["agent_log", "agent_versions", "definitions"])
def test_a_missing_trigger_is_found(store, table):
    change(store, *unguard(store, table))
    (fault,) = find_faults(store)
    assert fault.startswith(f"nothing keeps the rows of {table} from being changed")


def test_a_trigger_that_does_not_fire_here_is_missed(empty_postgresql_url):
    with Store.open(empty_postgresql_url) as store:
        change(store, "ALTER TABLE agent_log ENABLE REPLICA TRIGGER agent_log_refuse_change")
        (fault,) = find_faults(store)
        assert fault.startswith("nothing keeps the rows of agent_log from being changed")


def test_a_lost_version_a_changed_text_and_a_wrong_counter_are_found(store):
    for number in range(3):
        publish(store, "books", b"%d" % number)
    publish(store, "tea", b"t")
    run_id = create_run(store, NewRun("books", b"1", "test"))
    end_run(store, run_id, Status.STOPPED, "x")
    blob = "CAST('\\x39' AS bytea)" if store.engine.dialect.name == "postgresql" else "x'39'"
    change(
        store,
        *unguard(store, "agent_versions"),
        *unguard(store, "definitions"),
        "DELETE FROM agent_versions WHERE agent_id = 1 AND version_number = 2",
        "UPDATE agents SET active_version = 7 WHERE name = 'tea'",
        f"UPDATE definitions SET text = {blob} WHERE size = 1 AND content_hash LIKE '5feceb66%'",
        "UPDATE runs SET records = 4, end_time = NULL",
    )
    faults = [f for f in find_faults(store) if "trigger" not in f]
    assert faults == [
        "Agent 1 (books) has 2 versions, and the highest is 3",
        "Agent 2 (tea): its active version, 7, is not there",
        "Run 1 says that it has 4 records, and has 0",
        "Run 1 is at its end, and has no time of it",
        "the definition 5feceb66ffc8 is not what was saved",
    ]


def test_a_missing_table_is_found(store):
    change(store, "DROP TABLE run_parts")
    assert list(find_faults(store)) == ["the table run_parts is missing"]


def test_a_damaged_file_is_found(sqlite_url, tmp_path):
    with Store.open(sqlite_url) as store:
        for number in range(300):
            publish(store, "books", b"%d" % number * 200)
        with store.reading() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    path = tmp_path / ".sequentum" / "store.db"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = b"\xff" * 3000
    path.write_bytes(data)
    with Store.open(sqlite_url) as store:
        assert any(fault.startswith("the database file is damaged") for fault in find_faults(store))

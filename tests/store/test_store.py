from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import make_url, select

from sequentum_scrapy.definition.errors import AgentError
from sequentum_scrapy.store import Store, StoreBusyError, StoreError
from sequentum_scrapy.store import engine as engine_module
from sequentum_scrapy.store.tables import spaces

OPEN = """
import sys, time
from sequentum_scrapy.store import Store
started = time.perf_counter()
Store.open(sys.argv[1]).close()
print(time.perf_counter() - started, "alembic" in sys.modules)
"""

OPEN_TOGETHER = """
import sys
from sequentum_scrapy.store import Store, list_agents
print("ready", flush=True)
input()
with Store.open(sys.argv[1]) as store:
    list_agents(store)
print("opened")
"""


def test_an_empty_database_becomes_a_store_with_the_default_space(store):
    with store.reading() as connection:
        assert connection.scalars(select(spaces.c.name)).all() == ["default"]


def test_an_sqlite_store_is_in_wal_mode_with_foreign_keys(sqlite_url):
    with Store.open(sqlite_url) as store, store.reading() as connection:
        pragmas = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    assert found == ["wal", 1, 2, 30_000]


def test_opening_a_store_that_is_up_to_date_is_quick_and_leaves_alembic_alone(
    store, store_url, processes
):
    seconds, has_alembic = processes.answer(processes.start(OPEN, store_url)).split()
    assert has_alembic == "False"
    if store_url.startswith("sqlite"):
        assert float(seconds) < 0.03


def test_processes_that_open_a_new_store_at_the_same_time_all_succeed(store_url, processes):
    assert processes.together(OPEN_TOGETHER, store_url) == ["opened"] * 4


def test_what_is_written_is_there_when_opened_again(store, store_url):
    with store.writing() as connection:
        time = connection.scalar(select(spaces.c.created))
        connection.execute(spaces.insert().values(name="second", created=time))
    with Store.open(store_url) as again, again.reading() as connection:
        names = connection.scalars(select(spaces.c.name).order_by(spaces.c.id)).all()
    assert names == ["default", "second"]


def test_an_error_inside_a_transaction_undoes_all_of_it(store):
    def delete_and_fail():
        with store.writing() as connection:
            connection.execute(spaces.delete())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        delete_and_fail()
    with store.reading() as connection:
        assert connection.scalars(select(spaces.c.name)).all() == ["default"]


def test_an_error_of_the_database_is_a_store_error_of_one_line(store):
    with pytest.raises(StoreError) as caught, store.reading() as connection:
        connection.exec_driver_sql("SELECT * FROM no_such_table")
    assert "no_such_table" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, AgentError)
    assert not isinstance(caught.value, StoreBusyError)


def test_a_locked_store_is_a_busy_error(sqlite_url, monkeypatch):
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.05)
    with Store.open(sqlite_url) as store, ExitStack() as stack:
        stack.enter_context(store.writing())
        with pytest.raises(StoreBusyError, match="database is locked"):
            stack.enter_context(store.writing())


def test_a_new_store_waits_for_another_process_that_is_making_it(tmp_path):
    path = tmp_path / "store.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, lambda: (other.execute("COMMIT"), other.close()))
    done.start()
    Store.open(f"sqlite:///{path}").close()
    done.join()


def test_a_connection_that_the_server_cut_while_idle_is_made_again(empty_postgresql_url):
    with Store.open(empty_postgresql_url) as store, Store.open(empty_postgresql_url) as other:
        with other.reading() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with store.reading() as connection:
            assert _time(connection) is not None


def test_a_reader_does_not_wait_for_a_writer(store):
    with store.writing() as writing, store.reading() as reading:
        writing.execute(spaces.insert().values(name="new", created=_time(reading)))
        assert reading.scalars(select(spaces.c.name)).all() == ["default"]


def _time(connection):
    return connection.scalar(select(spaces.c.created))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("not a url", "not the URL of a store"),
        ("mysql://u:hush@h/d", 'cannot keep a store in "mysql"'),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////dev/null/x/store.db", "cannot make the folder"),
        ("postgresql://u:hush@127.0.0.1:1/d?connect_timeout=2", "cannot read the store"),
    ],
)
def test_a_url_that_cannot_be_used_says_why_and_hides_the_password(url, message):
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(url)
    assert "hush" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_store_error(tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(b"this is not a database, it is a text of some length" * 40)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"this is not")


def test_a_missing_driver_says_which_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'sequentum-scrapy\[postgres\]'"):
        Store.open("postgresql://u@127.0.0.1/d")


def test_the_plain_names_of_postgresql_mean_psycopg():
    for name in ("postgres", "postgresql", "postgresql+psycopg"):
        assert engine_module.parse_url(f"{name}://u@h/d").drivername == "postgresql+psycopg"


def test_the_password_is_not_shown_but_the_url_keeps_it():
    url = engine_module.parse_url("postgresql://u:hush@h/d")
    made = Store("postgresql://u:hush@h/d", engine_module.make_engine(url))
    assert "hush" not in repr(made)
    assert "hush" in made.url


def test_a_value_that_no_database_holds_is_a_store_error(store):
    for name in ("\udc80", "nul \x00" if store.engine.dialect.name != "sqlite" else "\udc81"):
        with pytest.raises(StoreError), store.writing() as connection:
            connection.execute(spaces.insert().values(name=name, created=_time(connection)))


def test_a_replace_does_not_get_past_the_triggers(sqlite_url):
    with Store.open(sqlite_url) as store:
        insert = "INSERT OR REPLACE INTO definitions VALUES ('h', x'00', 1, '2024-01-01')"
        with store.writing() as connection:
            connection.exec_driver_sql(insert)
        with pytest.raises(StoreError, match="immutable"), store.writing() as connection:
            connection.exec_driver_sql(insert)
    # Nor from a connection that knows nothing of our settings.
    plain = sqlite3.connect(make_url(sqlite_url).database)
    with closing(plain), pytest.raises(sqlite3.IntegrityError, match="immutable"):
        plain.execute(insert)
    assert sqlite3.sqlite_version_info >= (3, 32), "insert_rows counts on 32,766 values"

"""Engines: how this program talks to SQLite and to PostgreSQL."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from .errors import StoreBusyError, StoreError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Dialect, Engine

BUSY_SECONDS = 30.0
WRITING = "sequentum_writing"
"""The execution option of a connection whose transaction is going to write: so many seconds it waits for
others that do, or None for as many as usual."""

_SQLITE = "sqlite"
# So libpq notices within half a minute that a server, or the way to it, is gone.
_LIFELINES = {
    "connect_timeout": 30,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_TAKEN = ("too many clients", "too many connections", "remaining connection slots")
_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


def parse_url(text: str) -> URL:
    """Return the URL of a store with the driver that is used for it. Raises StoreError."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        hint = "sqlite:///PATH or postgresql://USER@HOST/DATABASE"
        raise StoreError(f"not the URL of a store, which is {hint}") from error
    if url.drivername in _POSTGRES:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != _SQLITE:
        known = "a store is sqlite or postgresql"
        raise StoreError(f'cannot keep a store in "{url.drivername}": {known}')
    if not url.database or url.database == ":memory:":
        raise StoreError("an SQLite store needs a file: sqlite:///.sequentum/store.db")
    return url


def make_engine(url: URL) -> Engine:
    """Return an engine; nothing is connected yet. Raises StoreError when the driver is missing."""
    if url.drivername == _SQLITE:
        return _sqlite_engine(url)
    try:
        # Many more Runs than a server has connections write to it, each about once a second: so
        # none keeps one in between. To make one takes about 5 ms.
        lifelines = {name: value for name, value in _LIFELINES.items() if name not in url.query}
        engine = create_engine(url, poolclass=NullPool, connect_args=lifelines)
    except ImportError as error:
        install = "pip install 'sequentum-scrapy[postgres]'"
        raise StoreError(f"a PostgreSQL store needs psycopg: {install}") from error
    event.listen(engine, "do_connect", _wait_for_connection)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # A process that is frozen, or a machine that is lost, in the middle of a batch would keep its Run's row for
    # ever, and all that wait for it. In the transaction, as a pooler in between knows no more of a session.
    wait = _seconds_to_write(connection)
    if wait is not None:
        connection.exec_driver_sql(
            "SELECT set_config('lock_timeout', %s, true), "
            "set_config('idle_in_transaction_session_timeout', %s, true)",
            (f"{int(wait * 1000)}ms", f"{int(BUSY_SECONDS * 1000)}ms"),
        )


def _wait_for_connection(dialect: Dialect, _record: object, args: Any, kwargs: Any) -> Any:
    """Connect; where all connections of the server are taken, wait for one, as SQLite does for its turn."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return dialect.connect(*args, **kwargs)
        except Exception as error:
            if time.monotonic() > deadline or not any(sign in str(error) for sign in _TAKEN):
                raise
        # Not all at the same moment again.
        time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - no secret is made of it


def _sqlite_engine(url: URL) -> Engine:
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of the store, {folder}: {error}") from error
    # The driver's own transactions begin late and cannot be immediate: we begin them ourselves.
    arguments = {"timeout": BUSY_SECONDS, "isolation_level": None}
    engine = create_engine(url, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    # What was published is to be there after a power cut; there is about one commit a second.
    connection.execute("PRAGMA synchronous = FULL")
    # Else REPLACE would delete rows past the triggers that guard them.
    connection.execute("PRAGMA recursive_triggers = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes is refused at once when another has written
    # in between; one that says at its start that it will write waits for its turn.
    wait = _seconds_to_write(connection)
    seconds = BUSY_SECONDS if wait is None else wait
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    connection.exec_driver_sql("BEGIN" if wait is None else "BEGIN IMMEDIATE")


def _seconds_to_write(connection: Connection) -> float | None:
    """Return how long a transaction that is going to write waits for others; None for one that reads."""
    options = connection.get_execution_options()
    if WRITING not in options:
        return None
    wait = options[WRITING]
    return BUSY_SECONDS if wait is None else float(wait)


def enable_wal(engine: Engine) -> None:
    """Let readers of an SQLite store go on while one writes; it is kept in the file.

    SQLite does not wait for its turn at this one statement, so that we do. Raises StoreError.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while not _try_wal(engine, last=time.monotonic() > deadline):
        time.sleep(0.01)


def _try_wal(engine: Engine, *, last: bool) -> bool:
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if last or "locked" not in str(error):
            raise translate(error, engine, "prepare") from error
        return False
    else:
        return True
    finally:
        connection.close()


def translate(error: Exception, engine: Engine, doing: str) -> StoreError:
    """Return a database's error as ours: one line, without the statement and the password."""
    reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    where = engine.url.render_as_string(hide_password=True)
    kind = StoreBusyError if _is_passing(error, engine, reason) else StoreError
    return kind(f"cannot {doing} the store {where}: {reason}")


def _is_passing(error: Exception, engine: Engine, reason: str) -> bool:
    if getattr(error, "connection_invalidated", False):
        return True
    if not isinstance(error, OperationalError):
        return False
    # To SQLite a missing table is operational too; to PostgreSQL it is what comes and goes.
    return "locked" in reason or engine.dialect.name != _SQLITE

"""Writing many rows at once, and rows that may be there already, on both databases."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

_CHUNKS = (1000, 100, 10, 1)


def insert_rows(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    on_conflict: str = "",
) -> None:
    """Insert rows of values that the driver takes as they are.

    One statement takes up to 1,000 rows. ``executemany`` would do as well, were it not that sqlite3
    gives up the interpreter's lock at every row, and a busy thread is slow to give it back: beside
    one, a row was measured at 50 to 600 µs, against 15 in one statement (and 3 alone). Few lengths,
    so that the driver's cache of prepared statements stays small; at most 32 columns, for SQLite's
    limit of 32,766 values.
    """
    start = 0
    for size in _CHUNKS:
        while len(rows) - start >= size:
            statement = _insert(connection.dialect.name, table.name, columns, size, on_conflict)
            values = tuple(chain.from_iterable(rows[start : start + size]))
            connection.exec_driver_sql(statement, values)
            start += size


def change_rows(
    connection: Connection, change: str, column: str, run_id: int, values: Sequence[int]
) -> None:
    """Run a change (``UPDATE … SET …``, ``DELETE FROM …``) for those rows of a Run that have such a value."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    start = 0
    for size in _CHUNKS:
        while len(values) - start >= size:
            marks = ", ".join([mark] * size)
            statement = f"{change} WHERE run_id = {mark} AND {column} IN ({marks})"
            connection.exec_driver_sql(statement, (run_id, *values[start : start + size]))
            start += size


@lru_cache(maxsize=64)
def _insert(dialect: str, table: str, columns: tuple[str, ...], size: int, on_conflict: str) -> str:
    mark = "?" if dialect == "sqlite" else "%s"
    row = f"({', '.join([mark] * len(columns))})"
    values = ", ".join([row] * size)
    # The names are those of our tables, never from outside.
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}"  # noqa: S608
    return f"{insert} ON CONFLICT {on_conflict}" if on_conflict else insert


def replace_on(keys: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """Return what ``insert_rows`` takes so that a row which is there takes the new values."""
    new = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    return f"({', '.join(keys)}) DO UPDATE SET {new}"


def insert_if_absent(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row unless one with its key is there, also one that another process is writing."""
    insert: Any = sqlite.insert
    if connection.dialect.name == "postgresql":
        # It takes a tenth of the time that a command takes to begin, and few have one.
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        insert = postgresql.insert
    connection.execute(insert(table).values(**values).on_conflict_do_nothing())

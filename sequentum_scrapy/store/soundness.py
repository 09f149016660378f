"""Telling whether a store is sound: what its triggers, keys and transactions should have kept true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, inspect, select, text

from .definitions import hash_of
from .status import Status
from .tables import agent_versions, agents, definitions, metadata, records, runs

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .store import Store

IMMUTABLE = ("agent_log", "agent_versions", "definitions")
"""The tables whose rows a trigger keeps as they are."""
_PAGE = 500
_FINAL = tuple(status for status in Status if status.final)


def find_faults(store: Store) -> Iterator[str]:
    """Yield what is wrong with a store, a sentence each; a sound one yields nothing.

    It reads every definition and counts every record. Raises StoreError.
    """
    with store.reading() as connection:
        faults = list(_of_the_database(connection))
        yield from faults
        if faults:
            # What a broken file says of the rest is worth nothing.
            return
        yield from _missing_guards(connection)
        yield from _versions(connection)
        yield from _counters(connection)
    yield from _definitions(store)


def _of_the_database(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        lines = [line for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
        if lines != ["ok"]:
            yield from (f"the database file is damaged: {line}" for line in lines)
            return
        for table, row, other, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} refers to a row of {other} that is not there"
    there = set(inspect(connection).get_table_names())
    for name in sorted(set(metadata.tables) - there):
        yield f"the table {name} is missing"


def _missing_guards(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        # One trigger for each way to change a row: update, delete, replace.
        ways, query = 3, "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    else:
        # One for its rows, one for the whole table.
        ways = 2
        query = (
            "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        )
    guarded = list(connection.scalars(text(query)))
    for table in IMMUTABLE:
        if guarded.count(table) < ways:
            yield f"nothing keeps the rows of {table} from being changed: a trigger is missing"


def _versions(connection: Connection) -> Iterator[str]:
    number = agent_versions.c.version_number
    highest, count = func.max(number), func.count(number)
    query = (
        select(agents.c.id, agents.c.name, agents.c.active_version, highest, count)
        .join(agent_versions, agent_versions.c.agent_id == agents.c.id, isouter=True)
        .group_by(agents.c.id, agents.c.name, agents.c.active_version)
        .order_by(agents.c.id)
    )
    for agent_id, name, active, last, versions in connection.execute(query):
        who = f"Agent {agent_id} ({name})"
        if last != versions:
            yield f"{who} has {versions} versions, and the highest is {last}"
        if active is None or last is None or not 1 <= active <= last:
            yield f"{who}: its active version, {active}, is not there"


def _counters(connection: Connection) -> Iterator[str]:
    mine = and_(records.c.run_id == runs.c.id, records.c.valid.is_(True))
    stored = select(func.count()).where(mine).correlate(runs).scalar_subquery()
    query = select(runs.c.id, runs.c.records, stored.label("stored")).where(
        runs.c.status.in_(_FINAL)
    )
    for run_id, counted, found in connection.execute(query):
        if counted != found:
            yield f"Run {run_id} says that it has {counted} records, and has {found}"
    open_ends = select(runs.c.id).where(runs.c.status.in_(_FINAL), runs.c.end_time.is_(None))
    for run_id in connection.scalars(open_ends):
        yield f"Run {run_id} is at its end, and has no time of it"


def _definitions(store: Store) -> Iterator[str]:
    query = select(definitions.c.content_hash, definitions.c.text).order_by(
        definitions.c.content_hash
    )
    last = ""
    while True:
        after: Any = query.where(definitions.c.content_hash > last).limit(_PAGE)
        with store.reading() as connection:
            page = connection.execute(after).all()
        for content_hash, content in page:
            if hash_of(content) != content_hash:
                yield f"the definition {content_hash[:12]} is not what was saved"
        if len(page) < _PAGE:
            return
        last = page[-1].content_hash

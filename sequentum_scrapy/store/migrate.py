"""Bringing a database to this program's tables, and telling when it is not at them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select, text

from .engine import enable_wal
from .errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .store import Store

HEAD = "0003"
"""The newest revision in ``migrations/``. They are numbers, so that older and newer compare."""

MIGRATIONS = Path(__file__).parent / "migrations"
_TABLE = "alembic_version"
_ADVISORY_LOCK = 0x53455155454E  # any number, the same in every version of this program
_upgrading = threading.Lock()  # Alembic keeps the migration under way in a global


def check_revision(store: Store) -> None:
    """Make sure that a store just opened is at HEAD; upgrade it where nobody has to be asked.

    Raises StoreError.
    """
    with store.reading() as connection:
        found = read_revision(connection)
    if found == HEAD:
        return
    _refuse_newer(store, found)
    if found is not None and store.engine.dialect.name != "sqlite":
        is_older = f"is older than this program (revision {found}, not {HEAD})"
        raise StoreError(f"{store!r} {is_older}: run: sequentum store upgrade")
    upgrade(store)


def upgrade(store: Store) -> bool:
    """Run the migrations that are missing, in one transaction; return whether there were any.

    Processes that do it at the same time wait for the first. Raises StoreError.
    """
    if store.engine.dialect.name == "sqlite":
        enable_wal(store.engine)
    with _upgrading, store.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        found = read_revision(connection)
        if found == HEAD:
            return False
        _refuse_newer(store, found)
        _migrate(connection)
    return True


def read_revision(connection: Connection) -> str | None:
    """Return the revision that the database is at, None if it is not a store yet."""
    if not inspect(connection).has_table(_TABLE):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _refuse_newer(store: Store, found: str | None) -> None:
    if found is None or (found.isdecimal() and found < HEAD):
        return
    known = f"this program knows up to {HEAD}"
    raise StoreError(f"{store!r} is newer (revision {found}; {known}): install a newer version")


def _migrate(connection: Connection) -> None:
    # A store at HEAD, which is nearly every one, opens without the 100 ms that Alembic takes.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")

"""The store: one database that keeps Agents, their versions, Runs and records."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from .engine import WRITING, make_engine, parse_url, translate
from .migrate import check_revision, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sqlalchemy import Connection, Engine
    from typing_extensions import Self

# The last two are values that no database can hold: a lone surrogate, an integer over 64 bits.
_ERRORS = (SQLAlchemyError, UnicodeError, OverflowError)


class Store:
    """An open store. Threads may share it; a process that forks opens its own.

    ``url`` is what it was opened with, password included; ``repr()`` hides that.
    """

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the store at ``url``, an SQLite file or a PostgreSQL database.

        An empty database is made a store. An older SQLite store is upgraded by itself; an older
        store elsewhere, which other machines may use, is for a person to upgrade.

        Raises StoreError when the store cannot be reached, is older, or newer than this program.
        """
        store = cls(url, make_engine(parse_url(url)))
        try:
            check_revision(store)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.engine.url.render_as_string(hide_password=True)!r})"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for reading. Raises StoreError for any error of the database."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except _ERRORS as error:
            raise translate(error, self.engine, "read") from error

    @contextmanager
    def writing(self, wait: float | None = None) -> Iterator[Connection]:
        """Give a transaction that is committed at the end. Raises StoreError: nothing is written.

        On SQLite only one is open at a time, in all processes. ``wait``: how many seconds others that write
        are waited for, if not half a minute; StoreBusyError after that.
        """
        try:
            with self.engine.connect() as plain:
                connection = plain.execution_options(**{WRITING: wait})
                with connection.begin():
                    yield connection
        except _ERRORS as error:
            raise translate(error, self.engine, "write to") from error


def upgrade_store(url: str) -> bool:
    """Bring the store at ``url`` to this program's tables; return whether there was anything to do.

    Raises StoreError.
    """
    store = Store(url, make_engine(parse_url(url)))
    with store:
        return upgrade(store)

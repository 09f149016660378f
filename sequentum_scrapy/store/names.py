"""The order of names: that of their code points, as Python has it, whatever collation a database has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement

    from .store import Store


def by_code_point(store: Store, column: Column[str]) -> ColumnElement[str]:
    """Return a column as it is to be compared and ordered; SQLite compares by code point anyway.

    Pages are cut by names that Python has put in order: a database with another order would leave Agents out.
    """
    return column.collate("C") if store.engine.dialect.name == "postgresql" else column

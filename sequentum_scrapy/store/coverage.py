"""Coverage: in how many of its records a Run has a value for each field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select

from .tables import run_fields

if TYPE_CHECKING:
    from .store import Store

FieldValues = tuple[str, str, int]
"""Record type, field, number of records; the field "" stands for all records of the type."""
Shape = tuple[str, tuple[str, ...]]
"""A record type, and the fields that have a value."""


class Coverage:
    """Counts records by the fields that they have: records of a type look alike, so that it is one count each.

    The writer's thread may ask for ``values()`` while the crawl counts on.
    """

    def __init__(self) -> None:
        self._shapes: Counter[Shape] = Counter()

    def add(self, record_type: str, fields: Iterable[str]) -> None:
        self._shapes[record_type, tuple(fields)] += 1

    def values(self) -> list[FieldValues]:
        """Return the rows to write."""
        counts: Counter[tuple[str, str]] = Counter()
        for (kind, fields), number in list(self._shapes.items()):
            counts[kind, ""] += number
            for field in fields:
                counts[kind, field] += number
        return [(kind, field, number) for (kind, field), number in counts.items()]


def shares(values: Iterable[FieldValues]) -> dict[tuple[str, str], float]:
    """Return the share of the records of its type that have a field, by type and field."""
    counts = {(kind, field): number for kind, field, number in values}
    return {
        (kind, field): number / counts[kind, ""]
        for (kind, field), number in counts.items()
        if field and counts[kind, ""]
    }


def get_coverage(store: Store, run_id: int) -> dict[tuple[str, str], float]:
    """Return the coverage of a Run: shares from 0 to 1, by record type and field."""
    columns = (run_fields.c.record_type, run_fields.c.field, run_fields.c.present)
    query = select(*columns).where(run_fields.c.run_id == run_id)
    with store.reading() as connection:
        return shares((row[0], row[1], row[2]) for row in connection.execute(query))


def get_record_types(store: Store, run_id: int) -> set[str]:
    """Return the types of which a Run has records, the main one as ""."""
    counts = run_fields.c.field == ""
    query = select(run_fields.c.record_type).where(run_fields.c.run_id == run_id, counts)
    with store.reading() as connection:
        return set(connection.scalars(query))

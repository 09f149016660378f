"""What a Run brought: its records, its events, the health of its commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import case, select

from .events import LEVELS
from .tables import records, run_events, run_health

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select

    from .store import Store

_PAGE_BYTES = 4 * 2**20
_FIRST_PAGE = 100
_LARGEST_PAGE = 2000


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record; ``data`` is its JSON as it was stored, ``reasons`` say why it is invalid."""

    sequence: int
    record_type: str
    valid: bool
    data: bytes
    reasons: list[Any]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event, or ``count`` of a kind: then ``url`` and ``detail`` are those of the last."""

    level: str
    first: datetime
    last: datetime
    address: str
    url: str
    what: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True)
class HealthRow:
    """How a command fared; ``seconds`` are all that it took together."""

    address: str
    ran: int
    matched: int
    missed: int
    fallback: int
    failed: int
    seconds: float


def iter_records(
    store: Store, run_id: int, *, valid: bool | None = True, record_type: str | None = None
) -> Iterator[RecordRow]:
    """Stream the records of a Run in the order they were written; ``valid`` None means all.

    They are read in pages of about 4 MiB, with no transaction open in between: the memory is
    that of a page, and a slow reader keeps nobody from writing.
    """
    query = _records(run_id, valid, record_type)
    last, size = 0, _FIRST_PAGE
    while True:
        after = query.where(records.c.sequence > last).limit(size)
        with store.reading() as connection:
            page = connection.execute(after).all()
        yield from map(_record_row, page)
        if len(page) < size:
            return
        last, size = page[-1].sequence, _next_size(page)


def list_events(store: Store, run_id: int, limit: int = 1000) -> list[EventRow]:
    """Return the events of a Run as they are kept, worst first: by level, then by count."""
    query = (
        select(run_events)
        .where(run_events.c.run_id == run_id)
        .order_by(_badness(), run_events.c.count.desc(), run_events.c.sequence)
        .limit(limit)
    )
    with store.reading() as connection:
        return [_event_row(row) for row in connection.execute(query)]


def worst_events(store: Store, run_id: int, limit: int = 5) -> list[EventRow]:
    """Return the kinds of event of a Run, worst first, each as one row with its true count."""
    kinds: dict[tuple[str, str, str], EventRow] = {}
    for event in list_events(store, run_id, limit=100_000):
        kind = (event.level, event.address, event.what)
        kinds[kind] = _merge(kinds[kind], event) if kind in kinds else event
    # Sorting keeps the order of what is equal: by level, as they came.
    worst = sorted(kinds.values(), key=lambda event: (_rank(event.level), -event.count))
    return worst[:limit]


def list_health(store: Store, run_id: int) -> list[HealthRow]:
    """Return the health of each command of a Run, by address."""
    columns = [column for column in run_health.c if column.name != "run_id"]
    query = select(*columns).where(run_health.c.run_id == run_id).order_by(run_health.c.address)
    with store.reading() as connection:
        return [HealthRow(*row) for row in connection.execute(query)]


def _records(run_id: int, valid: bool | None, record_type: str | None) -> Select[Any]:  # noqa: FBT001
    query = (
        select(
            records.c.sequence,
            records.c.record_type,
            records.c.valid,
            records.c.data,
            records.c.reasons,
        )
        .where(records.c.run_id == run_id)
        .order_by(records.c.sequence)
    )
    if valid is not None:
        query = query.where(records.c.valid.is_(valid))
    if record_type is not None:
        query = query.where(records.c.record_type == record_type)
    return query


def _record_row(row: Row[Any]) -> RecordRow:
    reasons = [] if row.reasons is None else orjson.loads(row.reasons)
    return RecordRow(row.sequence, row.record_type, row.valid, row.data, reasons)


def _next_size(page: Sequence[Row[Any]]) -> int:
    average = sum(len(row.data) for row in page) // len(page) + 1
    return max(1, min(_LARGEST_PAGE, _PAGE_BYTES // average))


def _rank(level: str) -> int:
    return next((rank for rank, name in enumerate(LEVELS) if name == level), len(LEVELS))


def _badness() -> Any:
    return case({name: rank for rank, name in enumerate(LEVELS)}, value=run_events.c.level)


def _event_row(row: Row[Any]) -> EventRow:
    return EventRow(
        level=row.level,
        first=row.first_time,
        last=row.last_time,
        address=row.address,
        url=row.url,
        what=row.what,
        detail=row.detail,
        count=row._mapping["count"],  # noqa: SLF001 - a row is a tuple, which has a count() too
    )


def _merge(one: EventRow, other: EventRow) -> EventRow:
    newer = max(one, other, key=lambda event: event.last)
    first = min(one.first, other.first)
    return replace(newer, first=first, count=one.count + other.count)

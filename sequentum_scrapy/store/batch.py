"""A batch: what a Run's writer puts into the store in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from .bulk import insert_rows, replace_on
from .counters import Counters
from .errors import StoreError
from .runs import this_process
from .status import Status
from .tables import records, run_events, run_health, runs
from .times import UtcDateTime, utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from .events import EventValues
    from .health import HealthValues
    from .intake import RecordValues

_RECORD = ("run_id", "sequence", "record_type", "valid", "data", "digest", "reasons")
_EVENT = (
    "run_id", "sequence", "level", "address", "what", "url", "detail", "first_time", "last_time",
    "count",
)  # fmt: skip
_HEALTH = ("run_id", "address", "ran", "matched", "missed", "fallback", "failed", "seconds")
_NEW_EVENT = replace_on(("run_id", "sequence"), _EVENT)
_NEW_HEALTH = replace_on(("run_id", "address"), _HEALTH)
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a Run has come: a writer goes on from there."""

    counters: Counters
    sequence: int
    event_sequence: int
    health: dict[str, HealthValues]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that are new; counters, events and health as they are now; the end, if it is that.

    Writing a batch a second time, when nobody knows whether the first was committed, is harmless.
    """

    run_id: int
    records: Sequence[RecordValues]
    counters: Counters
    events: Sequence[EventValues]
    health: Sequence[HealthValues]
    final: tuple[Status, str] | None = None


def take_over(connection: Connection, run_id: int) -> Progress:
    """Make this process the one that works on a Run. Raises StoreError when it is not there."""
    mine = runs.update().where(runs.c.id == run_id)
    running = {"status": Status.RUNNING, "end_time": None, "message": "", "heartbeat": utc_now()}
    if not connection.execute(mine.values(**running, **this_process())).rowcount:
        raise StoreError(f"there is no Run {run_id}")
    run = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().one()
    health = select(*(run_health.c[name] for name in _HEALTH[1:]))
    rows = connection.execute(health.where(run_health.c.run_id == run_id)).all()
    return Progress(
        counters=Counters.from_columns(dict(run)),
        sequence=_last(connection, records, run_id),
        event_sequence=_last(connection, run_events, run_id),
        health={row.address: tuple(row) for row in rows},
    )


def write_batch(connection: Connection, batch: Batch, *, again: bool = False) -> None:
    """Write a batch. ``again`` says that the same batch may be there already."""
    run_id = batch.run_id
    rows = [
        (run_id, sequence, kind, valid, data, _digest(data), reasons)
        for sequence, kind, valid, data, reasons in batch.records
    ]
    insert_rows(connection, records, _RECORD, rows, "DO NOTHING" if again else "")
    health = [(run_id, *values) for values in batch.health]
    insert_rows(connection, run_health, _HEALTH, health, _NEW_HEALTH)
    _write_events(connection, batch)
    _write_run(connection, batch)


def fail_run(connection: Connection, run_id: int, message: str) -> None:
    """End a Run whose records the store did not take."""
    end = {"status": Status.FAILURE, "end_time": utc_now(), "message": message}
    connection.execute(runs.update().where(runs.c.id == run_id).values(**end))


def _write_events(connection: Connection, batch: Batch) -> None:
    # These rows go past SQLAlchemy's types, and sqlite3 takes no datetime.
    convert = UtcDateTime().bind_processor(connection.dialect) or (lambda value: value)
    rows = [
        (batch.run_id, *texts, convert(first), convert(last), count)
        for *texts, first, last, count in batch.events
    ]
    insert_rows(connection, run_events, _EVENT, rows, _NEW_EVENT)


def _write_run(connection: Connection, batch: Batch) -> None:
    values: dict[str, Any] = dict(zip(Counters.names(), batch.counters.values(), strict=True))
    if batch.final:
        status, message = batch.final
        values |= {"status": status, "message": message, "end_time": utc_now()}
    else:
        # It was given up for dead, and lives.
        ended = runs.c.end_time.is_not(None)
        values["status"] = case((ended, int(Status.RUNNING)), else_=runs.c.status)
        values["message"] = case((ended, ""), else_=runs.c.message)
        values["end_time"] = None
    mine = runs.update().where(runs.c.id == batch.run_id)
    if not connection.execute(mine.values(heartbeat=utc_now(), **values)).rowcount:
        raise StoreError(f"the Run {batch.run_id} is not in the store any more")


def _last(connection: Connection, table: Any, run_id: int) -> int:
    highest = func.coalesce(func.max(table.c.sequence), 0)
    last: int = connection.execute(select(highest).where(table.c.run_id == run_id)).scalar_one()
    return last


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()

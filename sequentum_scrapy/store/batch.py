"""A batch: what a Run's writer puts into the store in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from .bulk import change_rows, insert_rows, replace_on
from .counters import Counters
from .errors import StoreError, TakenOverError
from .files import NewFile, write_files
from .misses import FIRST_MISSES
from .status import Status, follow
from .tables import (
    records,
    run_events,
    run_fields,
    run_health,
    run_parts,
    run_requests,
    run_state,
    runs,
)
from .times import UtcDateTime, utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from .coverage import FieldValues
    from .events import EventValues
    from .health import HealthValues
    from .intake import Rows

_RECORD = ("run_id", "sequence", "record_type", "valid", "data", "digest", "reasons")
_EVENT = (
    "run_id", "sequence", "level", "address", "what", "url", "detail", "first_time", "last_time",
    "count",
)  # fmt: skip
HEALTH = ("run_id", "address", "ran", "matched", "missed", "fallback", "failed", "seconds")
_REQUEST = ("run_id", "number", "fingerprint", "data")
_PART = ("run_id", "first", "last", "number")
_FIELD = ("run_id", "record_type", "field", "present")
_NEW_FIELD = replace_on(_FIELD[:-1], _FIELD)
_NEW_EVENT = replace_on(("run_id", "sequence"), _EVENT)
_NEW_HEALTH = replace_on(("run_id", "address"), HEALTH)
_NEW_STATE = replace_on(("run_id", "name"), ("run_id", "name", "data"))
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Final:
    """The end of a Run; ``resumable``: its requests are kept for a restart."""

    status: Status
    message: str
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What is new; counters, events, health and state as they are now; the end, if it is that.

    Writing a batch a second time, when nobody knows whether the first was committed, is harmless.
    """

    run_id: int
    epoch: int
    rows: Rows
    counters: Counters
    events: Sequence[EventValues]
    health: Sequence[HealthValues]
    state: dict[str, bytes]
    fields: Sequence[FieldValues] = ()
    files: Sequence[NewFile] = ()
    final: Final | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """What others ask of a Run: to stop, and from a time on to be killed."""

    stop: bool = False
    kill_time: datetime | None = None


def write_batch(connection: Connection, batch: Batch, *, again: bool = False) -> Orders:
    """Write a batch. ``again`` says that the same batch may be there already.

    Raises TakenOverError where another process works on the Run: nothing is written then.
    """
    run_id, rows = batch.run_id, batch.rows
    # First, so that whoever takes the Run over waits for this batch or keeps it out.
    run = _mine(connection, run_id, batch.epoch, lock=True)
    passing = "DO NOTHING" if again else ""
    new = [
        (run_id, sequence, kind, valid, data, _digest(data), reasons)
        for sequence, kind, valid, data, reasons in rows.records
    ]
    insert_rows(connection, records, _RECORD, new, passing)
    _write_queue(connection, batch, passing)
    health = [(run_id, *values) for values in batch.health]
    insert_rows(connection, run_health, HEALTH, health, _NEW_HEALTH)
    state = [(run_id, name, data) for name, data in batch.state.items()]
    insert_rows(connection, run_state, ("run_id", "name", "data"), state, _NEW_STATE)
    fields = [(run_id, *values) for values in batch.fields]
    insert_rows(connection, run_fields, _FIELD, fields, _NEW_FIELD)
    write_files(connection, run_id, batch.files)
    _write_events(connection, batch)
    _write_run(connection, batch, Status(run.status))
    return _orders(run)


def read_orders(connection: Connection, run_id: int, epoch: int) -> Orders:
    """Return what others ask of a Run. Raises TakenOverError."""
    return _orders(_mine(connection, run_id, epoch, lock=False))


def fail_run(connection: Connection, run_id: int, epoch: int, message: str) -> None:
    """End a Run whose records the store did not take, unless it is another's by now."""
    end = {"status": Status.FAILURE, "end_time": utc_now(), "message": message}
    mine = runs.update().where(runs.c.id == run_id, runs.c.epoch == epoch)
    connection.execute(mine.values(**end))


def forget_queue(connection: Connection, run_id: int) -> None:
    """Delete what only a restart needs."""
    for table in (run_requests, run_parts):
        connection.execute(delete(table).where(table.c.run_id == run_id))
    state = run_state.c.run_id == run_id, run_state.c.name != FIRST_MISSES
    connection.execute(delete(run_state).where(*state))


def _write_queue(connection: Connection, batch: Batch, passing: str) -> None:
    run_id, rows = batch.run_id, batch.rows
    insert_rows(
        connection, run_requests, _REQUEST, [(run_id, *row) for row in rows.requests], passing
    )
    parts = [(run_id, *part) for part in rows.parts]
    insert_rows(connection, run_parts, _PART, parts, passing)
    change_rows(connection, "UPDATE run_requests SET data = NULL", "number", run_id, rows.done)
    change_rows(connection, "DELETE FROM run_parts", "number", run_id, rows.whole)


def _write_events(connection: Connection, batch: Batch) -> None:
    # These rows go past SQLAlchemy's types, and sqlite3 takes no datetime.
    convert = UtcDateTime().bind_processor(connection.dialect) or (lambda value: value)
    rows = [
        (batch.run_id, *texts, convert(first), convert(last), count)
        for *texts, first, last, count in batch.events
    ]
    insert_rows(connection, run_events, _EVENT, rows, _NEW_EVENT)


def _write_run(connection: Connection, batch: Batch, now: Status) -> None:
    values: dict[str, Any] = dict(zip(Counters.names(), batch.counters.values(), strict=True))
    if now.final and not (batch.final and now is batch.final.status):
        # It was given up for dead, and lives.
        now = follow(now, Status.RUNNING)
        values |= {"status": now, "message": "", "end_time": None}
    if batch.final is not None:
        values |= {"status": follow(now, batch.final.status), "message": batch.final.message}
        values |= {"end_time": utc_now(), "kill_time": None}
        if not batch.final.resumable:
            forget_queue(connection, batch.run_id)
    mine = runs.update().where(runs.c.id == batch.run_id)
    connection.execute(mine.values(heartbeat=utc_now(), **values))


def _mine(connection: Connection, run_id: int, epoch: int, *, lock: bool) -> Any:
    query = select(runs.c.status, runs.c.epoch, runs.c.kill_time).where(runs.c.id == run_id)
    # Not FOR UPDATE: the rows of the batch refer to this one, and hold it shared already.
    run = connection.execute(query.with_for_update(key_share=True) if lock else query).first()
    if run is None:
        raise StoreError(f"the Run {run_id} is not in the store any more")
    if run.epoch != epoch:
        raise TakenOverError(f"another process works on the Run {run_id} now")
    return run


def _orders(run: Any) -> Orders:
    return Orders(run.status == Status.STOPPING, run.kill_time)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()

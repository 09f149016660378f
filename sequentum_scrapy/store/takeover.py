"""Taking a Run over: one process works on it, and goes on where the one before came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, select

from .batch import HEALTH
from .counters import Counters
from .errors import StoreError
from .runs import this_process
from .status import Status, follow
from .tables import records, run_events, run_health, run_parts, run_requests, run_state, runs
from .times import utc_now
from .units import START

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .health import HealthValues
    from .store import Store

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a Run has come: a writer goes on from there.

    ``started``: the requests that it begins with are all made. ``last_number`` is that of its newest unit.
    """

    epoch: int
    counters: Counters
    sequence: int
    event_sequence: int
    health: dict[str, HealthValues]
    last_number: int = START
    started: bool = False
    state: dict[str, bytes] = field(default_factory=dict)


def take_over(
    connection: Connection,
    run_id: int,
    epoch: int,
    *,
    durable: bool = False,
    log_file: str | None = None,
) -> Progress:
    """Make this process the one that works on a Run, if none has taken it since that epoch.

    ``durable``: it is to keep its requests, from the first on. What requests brought that were not done
    goes, for they are made again. Raises StoreError for a Run that is not there, that another process
    has taken, or that is at its end.
    """
    run = connection.execute(
        select(runs).where(runs.c.id == run_id).with_for_update(key_share=True)
    ).first()
    if run is None:
        raise StoreError(f"there is no Run {run_id}")
    if run.epoch != epoch:
        raise StoreError(f"the Run {run_id} has been taken over by another process, or stopped")
    values: dict[str, Any] = {"status": follow(Status(run.status), Status.RUNNING)}
    values |= {"end_time": None, "message": "", "heartbeat": utc_now(), "kill_time": None}
    values |= {"epoch": epoch + 1, **this_process()}
    if log_file is not None:
        values["log_file"] = log_file
    valid, invalid = _take_parts_out(connection, run_id)
    values |= {"records": run.records - valid, "invalid": run.invalid - invalid}
    connection.execute(runs.update().where(runs.c.id == run_id).values(**values))
    last_number = _last(connection, run_requests.c.number, run_id)
    if durable and last_number is None:
        start = {"number": START, "fingerprint": b"", "data": b"{}"}
        connection.execute(run_requests.insert().values(run_id=run_id, **start))
    health = select(*(run_health.c[name] for name in HEALTH[1:]))
    rows = connection.execute(health.where(run_health.c.run_id == run_id)).all()
    counted = {**run._mapping, **values}  # noqa: SLF001 - SQLAlchemy's public name for it
    state = select(run_state.c.name, run_state.c.data).where(run_state.c.run_id == run_id)
    return Progress(
        epoch=epoch + 1,
        counters=Counters.from_columns(counted),
        sequence=_last(connection, records.c.sequence, run_id) or 0,
        event_sequence=_last(connection, run_events.c.sequence, run_id) or 0,
        health={row.address: tuple(row) for row in rows},
        last_number=last_number or START,
        started=_is_started(connection, run_id),
        state={row.name: row.data for row in connection.execute(state)},
    )


def fingerprints(store: Store, run_id: int) -> Iterator[bytes]:
    """Yield the fingerprints of all requests that a Run has scheduled."""
    for row in _pages(store, run_id, run_requests.c.fingerprint, run_requests.c.fingerprint):
        yield row.fingerprint


def pending_requests(store: Store, run_id: int) -> Iterator[tuple[int, bytes | None, bytes]]:
    """Yield number, fingerprint and data of the requests that a Run has yet to make, oldest first."""
    columns = (run_requests.c.fingerprint, run_requests.c.data)
    for row in _pages(store, run_id, run_requests.c.data, *columns):
        if row.number != START:
            yield row.number, row.fingerprint, row.data


def _pages(store: Store, run_id: int, present: Any, *columns: Any) -> Iterator[Any]:
    query = (
        select(run_requests.c.number, *columns)
        .where(run_requests.c.run_id == run_id, present.is_not(None))
        .order_by(run_requests.c.number)
        .limit(_PAGE)
    )
    last = -1
    while True:
        with store.reading() as connection:
            page = connection.execute(query.where(run_requests.c.number > last)).all()
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1].number


def _take_parts_out(connection: Connection, run_id: int) -> tuple[int, int]:
    """Delete the records of units that were not done; return how many valid and invalid ones."""
    parts = select(run_parts.c.first, run_parts.c.last).where(run_parts.c.run_id == run_id)
    valid = invalid = 0
    for first, last in connection.execute(parts).all():
        these = and_(records.c.run_id == run_id, records.c.sequence.between(first, last))
        good = select(func.count()).select_from(records).where(these, records.c.valid.is_(True))
        number: int = connection.execute(good).scalar_one()
        valid += number
        invalid += connection.execute(delete(records).where(these)).rowcount - number
    connection.execute(delete(run_parts).where(run_parts.c.run_id == run_id))
    return valid, invalid


def _is_started(connection: Connection, run_id: int) -> bool:
    query = select(run_requests.c.data).where(
        run_requests.c.run_id == run_id, run_requests.c.number == START
    )
    row = connection.execute(query).first()
    return row is not None and row.data is None


def _last(connection: Connection, column: Any, run_id: int) -> int | None:
    query = select(func.max(column)).where(column.table.c.run_id == run_id)
    last: int | None = connection.scalar(query)
    return last

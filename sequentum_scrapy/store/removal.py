"""Removing Runs, with all that they brought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select

from .comparison import is_good
from .errors import StoreError
from .spaces import find_space
from .status import Status
from .tables import (
    records,
    run_events,
    run_fields,
    run_files,
    run_health,
    run_parts,
    run_requests,
    run_state,
    runs,
)

if TYPE_CHECKING:
    from datetime import datetime

    from .store import Store

_CHILDREN = (
    records, run_events, run_fields, run_files, run_health, run_parts, run_requests, run_state,
)  # fmt: skip
_FINAL = tuple(status for status in Status if status.final)


@dataclass(frozen=True, slots=True)
class Ended:
    """A Run that is at its end, as retention sees it; ``good``: it is one to compare others with."""

    run_id: int
    space_id: int | None
    agent_id: int | None
    agent_name: str
    status: Status
    start: datetime
    good: bool


def remove_run(store: Store, run_id: int) -> None:
    """Delete a Run, its records and all else that is kept of it. Raises StoreError where it is not at its end."""
    with store.writing() as connection:
        query = select(runs.c.status).where(runs.c.id == run_id).with_for_update()
        status = connection.scalar(query)
        if status is None:
            raise StoreError(f"there is no Run {run_id}")
        if not Status(status).final:
            raise StoreError(f"the Run {run_id} is {Status(status).label}: stop it first")
        for table in _CHILDREN:
            connection.execute(delete(table).where(table.c.run_id == run_id))
        connection.execute(delete(runs).where(runs.c.id == run_id))


def ended_runs(store: Store, space: str | None = None) -> Iterator[Sequence[Ended]]:
    """Yield the Runs that are at their end, newest first, those of each Agent together.

    With a ``space`` those of Agents whose newest is there. Raises StoreError for one that is not there.
    """
    query = (
        select(
            runs.c.id, runs.c.space_id, runs.c.agent_id, runs.c.agent_name, runs.c.status,
            runs.c.start_time, and_(is_good(), runs.c.records > 0),
        )
        .where(runs.c.status.in_(_FINAL))
        .order_by(runs.c.id.desc())
    )  # fmt: skip
    groups: dict[tuple[object, ...], list[Ended]] = {}
    with store.reading() as connection:
        wanted = None if space is None else find_space(connection, space)
        for run_id, space_id, agent, name, status, start, good in connection.execute(query):
            # One that was renamed is the same; a draft is known by its name only.
            key = (agent,) if agent is not None else (space_id, name)
            one = Ended(run_id, space_id, agent, name, Status(status), start, bool(good))
            groups.setdefault(key, []).append(one)
    for group in groups.values():
        if wanted is None or group[0].space_id == wanted:
            yield group

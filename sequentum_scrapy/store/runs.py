"""Runs: one execution of one definition each, and what is kept of it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import select

from .agents import MAX_ID
from .counters import Counters
from .definitions import keep_definition
from .status import ALIVE, Status
from .tables import runs
from .times import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping

    from .store import Store

StartedBy = Literal["cli", "scrapy", "api", "mcp", "schedule", "test"]


@dataclass(frozen=True, slots=True)
class NewRun:
    """A Run about to start; ``version_number`` None is a draft. Secrets are masked already."""

    agent_name: str
    text: bytes
    started_by: StartedBy
    agent_id: int | None = None
    version_number: int | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    log_file: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A Run, which ran ``get_definition(content_hash)``; ``counters`` are named as on the wire."""

    run_id: int
    agent_id: int | None
    agent_name: str
    version_number: int | None
    content_hash: str
    started_by: str
    status: Status
    start: datetime
    end: datetime | None
    heartbeat: datetime
    message: str
    counters: dict[str, int]
    inputs: dict[str, Any]
    log_file: str | None
    pid: int
    host: str


def create_run(store: Store, new: NewRun) -> int:
    """Keep a Run that starts now in this process, and return its runId."""
    now = utc_now()
    with store.writing() as connection:
        inserted = connection.execute(
            runs.insert().values(
                agent_id=new.agent_id,
                agent_name=new.agent_name,
                version_number=new.version_number,
                content_hash=keep_definition(connection, new.text),
                started_by=new.started_by,
                status=Status.RUNNING,
                start_time=now,
                heartbeat=now,
                message="",
                inputs=new.inputs,
                log_file=new.log_file,
                **this_process(),
                **dict.fromkeys(Counters.names(), 0),
            )
        )
        return cast("tuple[int]", inserted.inserted_primary_key)[0]


def this_process() -> dict[str, Any]:
    """Return what a Run says of the process that works on it."""
    return {"pid": os.getpid(), "host": socket.gethostname()}


def get_run(store: Store, run_id: int) -> RunRow | None:
    if abs(run_id) > MAX_ID:
        return None
    with store.reading() as connection:
        row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    return _run_row(row) if row else None


def list_runs(
    store: Store,
    *,
    agent_id: int | None = None,
    agent_name: str | None = None,
    limit: int = 50,
    before_id: int | None = None,
) -> list[RunRow]:
    """Return Runs, newest first; ``before_id`` is the last runId of the page before."""
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if agent_id is not None:
        query = query.where(runs.c.agent_id == agent_id)
    if agent_name is not None:
        query = query.where(runs.c.agent_name == agent_name)
    if before_id is not None:
        query = query.where(runs.c.id < before_id)
    with store.reading() as connection:
        return [_run_row(row) for row in connection.execute(query).mappings()]


def reap_dead_runs(store: Store, older_than: float = 60.0) -> list[int]:
    """Find Runs whose process died, and make them Failures that ended at their last heartbeat.

    A Run is dead when its heart has not beaten for ``older_than`` seconds; a writer beats every 5.
    One that was only held up (a suspended machine) is Running again as soon as it writes.
    Returns the runIds.
    """
    silent_since = utc_now() - timedelta(seconds=older_than)
    seems_dead = (runs.c.status.in_(ALIVE), runs.c.heartbeat < silent_since)
    with store.writing() as connection:
        found = connection.execute(
            select(runs.c.id, runs.c.heartbeat).where(*seems_dead).order_by(runs.c.id)
        ).all()
        return [
            run_id
            for run_id, heartbeat in found
            # Asked again: on PostgreSQL it may have beaten since.
            if connection.execute(
                runs.update()
                .where(runs.c.id == run_id, *seems_dead)
                .values(status=Status.FAILURE, end_time=heartbeat, message=_death(heartbeat))
            ).rowcount
        ]


def _death(heartbeat: datetime) -> str:
    return f"the process died: no heartbeat since {heartbeat.isoformat(' ', 'seconds')}"


def _run_row(row: RowMapping) -> RunRow:
    return RunRow(
        run_id=row["id"],
        agent_id=row["agent_id"],
        agent_name=row["agent_name"],
        version_number=row["version_number"],
        content_hash=row["content_hash"],
        started_by=row["started_by"],
        status=Status(row["status"]),
        start=row["start_time"],
        end=row["end_time"],
        heartbeat=row["heartbeat"],
        message=row["message"],
        counters=Counters.from_columns(dict(row)).as_dict(),
        inputs=row["inputs"],
        log_file=row["log_file"],
        pid=row["pid"],
        host=row["host"],
    )

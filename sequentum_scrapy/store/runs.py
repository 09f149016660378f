"""Runs: one execution of one definition each, and what is kept of it."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import and_, exists, or_, select

from .agents import MAX_ID
from .counters import Counters
from .definitions import keep_definition
from .errors import StoreBusyError, StoreError
from .processes import is_here, is_process, kill_process
from .spaces import DEFAULT_SPACE, find_space
from .status import ALIVE, Status, follow
from .tables import run_requests, runs, spaces
from .times import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping, Select

    from .store import Store

DEAD_SECONDS = 60.0
_REAPING_SECONDS = 1.0
"""So long looking for dead Runs waits for others that write."""
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
    arguments: dict[str, Any] = field(default_factory=dict)
    """What a restart needs beside these."""
    space: str = DEFAULT_SPACE
    job_id: str | None = None
    """What scrapyd, or whatever else started the process, calls it."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A Run, which ran ``get_definition(content_hash)``; ``counters`` are named as on the wire."""

    run_id: int
    space: str
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
    arguments: dict[str, Any]
    job_id: str | None
    epoch: int
    kill_time: datetime | None
    resumable: bool
    """Whether a restart has something to go on with."""

    @property
    def seconds(self) -> float | None:
        """How long it took, None while it goes on; 0 where clocks that differ would make it less."""
        return max(0.0, (self.end - self.start).total_seconds()) if self.end else None


def create_run(store: Store, new: NewRun) -> int:
    """Keep a Run that is starting in this process, and return its runId."""
    with store.writing() as connection:
        return _insert(connection, new, Status.STARTING, utc_now())


def skip_run(store: Store, new: NewRun, reason: str) -> int:
    """Keep a Run that was due and did not begin, and return its runId."""
    with store.writing() as connection:
        now = utc_now()
        return _insert(connection, new, Status.SKIPPED, now, message=reason, end_time=now)


def _insert(connection: Connection, new: NewRun, status: Status, now: datetime, **more: Any) -> int:
    values = {
        "space_id": find_space(connection, new.space),
        "agent_id": new.agent_id,
        "agent_name": new.agent_name,
        "version_number": new.version_number,
        "content_hash": keep_definition(connection, new.text),
        "started_by": new.started_by,
        "status": status,
        "start_time": now,
        "heartbeat": now,
        "message": "",
        "inputs": new.inputs,
        "log_file": new.log_file,
        "arguments": new.arguments,
        "job_id": new.job_id,
        "epoch": 0,
        **this_process(),
        **dict.fromkeys(Counters.names(), 0),
    }
    inserted = connection.execute(runs.insert().values(values | more))
    return cast("tuple[int]", inserted.inserted_primary_key)[0]


def this_process() -> dict[str, Any]:
    """Return what a Run says of the process that works on it."""
    return {"pid": os.getpid(), "host": socket.gethostname()}


def get_run(store: Store, run_id: int) -> RunRow | None:
    if abs(run_id) > MAX_ID:
        return None
    with store.reading() as connection:
        row = connection.execute(_runs().where(runs.c.id == run_id)).mappings().first()
    return _run_row(row) if row else None


def list_runs(
    store: Store,
    *,
    agent_id: int | None = None,
    agent_name: str | None = None,
    space: str | None = None,
    status: Status | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    before_id: int | None = None,
) -> list[RunRow]:
    """Return Runs, newest first: those that began from ``since`` on and before ``until``.

    ``before_id`` is the last runId of the page before.
    """
    query = _runs().order_by(runs.c.id.desc()).limit(limit)
    if agent_id is not None:
        query = query.where(runs.c.agent_id == agent_id)
    if agent_name is not None:
        query = query.where(runs.c.agent_name == agent_name)
    if space is not None:
        query = query.where(runs.c.space_id == _space(space))
    if status is not None:
        query = query.where(runs.c.status == status)
    if since is not None:
        query = query.where(runs.c.start_time >= since)
    if until is not None:
        query = query.where(runs.c.start_time < until)
    if before_id is not None:
        query = query.where(runs.c.id < before_id)
    with store.reading() as connection:
        return [_run_row(row) for row in connection.execute(query).mappings()]


def ask_to_stop(store: Store, run_id: int, kill_time: datetime) -> Status:
    """Ask a Run to stop, and return the status that it has now; from ``kill_time`` on it is killed.

    One that no process works on yet is Stopped at once. Raises StoreError where it is at its end.
    """
    with store.writing() as connection:
        now = _status(connection, run_id)
        values: dict[str, Any] = {"kill_time": kill_time}
        if now in (Status.WAITING, Status.QUEUING, Status.STARTING):
            # Its process, which may be on its way, finds that it is not the Run's any more.
            values = {"end_time": utc_now(), "message": "stopped before it began"}
            values["epoch"] = runs.c.epoch + 1
            now = follow(now, Status.STOPPED)
        elif now is not Status.STOPPING:
            now = follow(now, Status.STOPPING)
        mine = runs.update().where(runs.c.id == run_id)
        connection.execute(mine.values(status=now, **values))
    return now


def kill_run(connection: Connection, run_id: int, epoch: int) -> bool:
    """Take a Run away from the process that works on it, and make it Stopped; tell whether it was."""
    end = {"status": Status.STOPPED, "end_time": utc_now(), "message": "killed", "kill_time": None}
    mine = runs.update().where(runs.c.id == run_id, runs.c.epoch == epoch, runs.c.status.in_(ALIVE))
    return bool(connection.execute(mine.values(epoch=epoch + 1, **end)).rowcount)


def end_run(store: Store, run_id: int, status: Status, message: str) -> None:
    """End a Run that no process has begun to work on. Raises StoreError where one has."""
    with store.writing() as connection:
        new = follow(_status(connection, run_id), status)
        mine = runs.update().where(runs.c.id == run_id, runs.c.epoch == 0)
        end = {"status": new, "end_time": utc_now(), "message": message}
        if not connection.execute(mine.values(**end)).rowcount:
            raise StoreError(f"a process works on the Run {run_id} already")


def reap_dead_runs(store: Store, older_than: float = DEAD_SECONDS) -> list[int]:
    """Find Runs whose process died, and make them Failures that ended at their last heartbeat.

    A Run is dead when its process is gone from this machine, or its heart has not beaten for ``older_than``
    seconds; a writer beats every 5. One that was to stop is Stopped, and stays so. Another that was
    only held up (a suspended machine) is Running again as soon as it writes, unless it was taken over.
    Whoever is writing at this moment is not waited for, and what it holds is found the next time.
    Returns the runIds.
    """
    silent_since = utc_now() - timedelta(seconds=older_than)
    columns = (runs.c.id, runs.c.heartbeat, runs.c.pid, runs.c.host, runs.c.status)
    with store.reading() as connection:
        living = connection.execute(
            select(*columns).where(runs.c.status.in_(ALIVE)).order_by(runs.c.id)
        ).all()
    dead = {
        run.id: run
        for run in living
        if run.heartbeat < silent_since or (is_here(run.host) and not is_process(run.pid))
    }
    reaped: list[int] = []
    if dead:
        with suppress(StoreBusyError), store.writing(wait=_REAPING_SECONDS) as connection:
            reaped = [run.id for run in dead.values() if _reap(connection, run)]
    for run_id in reaped:
        run = dead[run_id]
        if run.status == Status.STOPPING and is_here(run.host):
            # Its process may hang where not even its own writer comes to kill it.
            kill_process(run.pid, run.heartbeat)
    return reaped


def _reap(connection: Connection, run: Any) -> bool:
    # Asked again: it may have beaten since.
    same = (runs.c.id == run.id, runs.c.status.in_(ALIVE), runs.c.heartbeat <= run.heartbeat)
    free = select(runs.c.id).where(*same).with_for_update(key_share=True, skip_locked=True)
    if connection.scalar(free) is None:
        return False
    end = {"end_time": run.heartbeat, "kill_time": None, **_death(run)}
    connection.execute(runs.update().where(runs.c.id == run.id).values(**end))
    return True


def _status(connection: Connection, run_id: int) -> Status:
    query = select(runs.c.status).where(runs.c.id == run_id).with_for_update(key_share=True)
    found = connection.scalar(query)
    if found is None:
        raise StoreError(f"there is no Run {run_id}")
    return Status(found)


def _death(run: Any) -> dict[str, Any]:
    if run.status == Status.STOPPING:
        # Should it have been held up only, it is not to come back: the Run is not its own any more.
        return {
            "status": Status.STOPPED,
            "message": "the process died while it was to stop",
            "epoch": runs.c.epoch + 1,
        }
    since = run.heartbeat.isoformat(" ", "seconds")
    return {
        "status": Status.FAILURE,
        "message": f"the process died: no heartbeat since {since}",
    }


def _space(name: str) -> Any:
    return select(spaces.c.id).where(spaces.c.name == name).scalar_subquery()


def _runs() -> Select[Any]:
    # They are kept until the Run comes to its end.
    kept = exists().where(run_requests.c.run_id == runs.c.id)
    untouched = and_(runs.c.epoch == 0, runs.c.requests == 0)
    broken_off = runs.c.status.in_((Status.FAILURE, Status.STOPPED))
    return select(
        runs,
        spaces.c.name.label("space"),
        and_(broken_off, or_(untouched, kept)).label("resumable"),
    ).join(spaces, spaces.c.id == runs.c.space_id, isouter=True)


def _run_row(row: RowMapping) -> RunRow:
    return RunRow(
        run_id=row["id"],
        space=row["space"],
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
        arguments=row["arguments"] or {},
        job_id=row["job_id"],
        epoch=row["epoch"],
        kill_time=row["kill_time"],
        resumable=row["resumable"],
    )

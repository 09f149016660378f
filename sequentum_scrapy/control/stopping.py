"""Stopping a Run: gracefully, or at once."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import (
    RunRow,
    Store,
    StoreBusyError,
    ask_to_stop,
    is_here,
    kill_process,
    kill_run,
)

from . import runs

STOP_SECONDS = 60.0
"""So long a stop may take before it becomes a kill."""
_KILLING_SECONDS = 5.0
"""So long a kill waits for others that write."""


def stop(store: Store, run_id: int) -> RunRow:
    """Ask a Run to stop: no new requests, what is under way is finished and stored.

    It notices within about a second. Raises AgentError where it is at its end.
    """
    row = _living(store, run_id)
    if row.kill_time is None:
        ask_to_stop(store, run_id, datetime.now(timezone.utc) + timedelta(seconds=STOP_SECONDS))
    return runs.get(store, run_id)


def kill(store: Store, run_id: int) -> RunRow:
    """End a Run at once, with its process if that is on this machine; what is stored stays.

    A process elsewhere finds the Run taken from it, writes nothing more and ends. Raises AgentError where
    the Run is at its end.
    """
    row = _living(store, run_id)
    try:
        killed = _kill(store, row, wait=_KILLING_SECONDS)
    except StoreBusyError:
        # It may be the one that keeps all others from writing: frozen in the middle of a batch.
        if not _end_process(row):
            raise
        killed = _kill(store, row)
    if killed:
        _end_process(row)
    return runs.get(store, run_id)


def _kill(store: Store, row: RunRow, wait: float | None = None) -> bool:
    with store.writing(wait) as connection:
        return kill_run(connection, row.run_id, row.epoch)


def _end_process(row: RunRow) -> bool:
    return is_here(row.host) and kill_process(row.pid, row.heartbeat)


def _living(store: Store, run_id: int) -> RunRow:
    row = runs.get(store, run_id)
    if row.status.final:
        raise AgentError(f"the Run {run_id} is at its end already: {row.status.label}")
    return row

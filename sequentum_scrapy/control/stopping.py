"""Stopping a Run: gracefully, or at once."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import RunRow, Store, ask_to_stop, kill_run

from . import runs

STOP_SECONDS = 60.0
"""So long a stop may take before it becomes a kill."""


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
    with store.writing() as connection:
        killed = kill_run(connection, run_id, row.epoch)
    if killed and row.host == socket.gethostname() and row.pid != os.getpid():
        with suppress(ProcessLookupError):
            os.kill(row.pid, signal.SIGKILL)
    return runs.get(store, run_id)


def _living(store: Store, run_id: int) -> RunRow:
    row = runs.get(store, run_id)
    if row.status.final:
        raise AgentError(f"the Run {run_id} is at its end already: {row.status.label}")
    return row

"""Processes of this machine: the one that a Run says works on it."""

from __future__ import annotations

import os
import signal
import socket
import time
from datetime import datetime, timezone
from pathlib import Path


def is_here(host: str) -> bool:
    """Tell whether a host is this machine."""
    return host == socket.gethostname()


def is_process(pid: int) -> bool:
    """Tell whether this machine has a process of that number that has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is another user's.
        return True
    return _state(pid)[:1] != ["Z"]


def kill_process(pid: int, seen: datetime) -> bool:
    """Kill the process of this machine that was at work at a time; return whether it was.

    One that began after that has been given the number since, and is left alone, as are this process and
    those of other users.
    """
    began = _began(pid)
    if pid == os.getpid() or (began is not None and began > seen):
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return False
    return True


def _began(pid: int) -> datetime | None:
    """Return when a process began, to about a second; None where nobody tells."""
    state = _state(pid)
    if not state:
        return None
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(state[19]) / os.sysconf("SC_CLK_TCK")
    return datetime.fromtimestamp(int(time.time() - age), timezone.utc)


def _state(pid: int) -> list[str]:
    """Return what Linux tells of a process after its name, the state first; elsewhere nothing."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()

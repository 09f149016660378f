"""What a process costs: its CPU time, wall time and peak memory."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

# Linux counts ru_maxrss in kB, macOS in bytes.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU (user and system) and of wall time, and the peak memory in bytes."""

    code: int
    cpu: float
    wall: float
    rss: int


def measure(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command in a folder, its output in files there, and return what it cost.

    Peak memory is never below that of this process, whose pages a child shares until it becomes
    the command: keep what calls this small.
    """
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        began = time.perf_counter()
        process = Popen(
            command, cwd=folder, stdout=out, stderr=err, env={**os.environ, **(environment or {})}
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(process.returncode, cpu, wall, usage.ru_maxrss * _RSS_UNIT)


def last_lines(folder: Path, count: int = 3) -> str:
    """Return the end of what a command wrote to standard error."""
    return "\n".join((folder / "stderr").read_text(errors="replace").splitlines()[-count:])

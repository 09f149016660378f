"""What a command costs with all that it starts: a browser's processes, and the program that drives it.

    python benchmarks/browser_measure.py COST COMMAND...

writes the cost as JSON into a file. Linux only: whatever outlives the process that has started it
becomes a child of this one, so that no CPU time of a process is lost.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import Popen

from measure import Cost, last_lines, measure

_SET_CHILD_SUBREAPER = 36
_PATIENCE = 20.0
"""Seconds that processes may outlive the command, before they are killed and the run is none."""


def measure_all(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None
) -> Cost:
    """Do what ``measure`` does, descendants included; ``rss`` is that of the largest process.

    ``wall`` ends with the command itself.
    """
    file = folder / "cost.json"
    # A browser that was stopped on its way keeps nothing for the next one.
    outer = measure(
        [sys.executable, __file__, str(file), *command], folder=folder, environment=environment
    )
    if not file.exists():
        raise ChildProcessError(f"exit code {outer.code}: {last_lines(folder)}")
    cost = Cost(**json.loads(file.read_text()))
    file.unlink()
    return cost


def main() -> None:
    file, *command = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    began = time.perf_counter()
    with Popen(command) as process:
        code = process.wait()
    wall = time.perf_counter() - began
    left = _wait_for_all()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(code, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)
    if left:
        sys.exit(f"{left} processes were left over")
    Path(file).write_text(json.dumps(cost.__dict__))
    sys.exit(code)


def _wait_for_all() -> int:
    """Wait until nothing is left that the command has started; return how many had to be killed."""
    end, killed = time.monotonic() + _PATIENCE, set[int]()
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return len(killed)
        if time.monotonic() > end:
            for pid in _children():
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        time.sleep(0.02)


def _children() -> list[int]:
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in text.split()]


if __name__ == "__main__":
    main()

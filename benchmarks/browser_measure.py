"""What a command costs with all that it starts: a browser's processes, and the program that drives it.

    python benchmarks/browser_measure.py COST SAMPLES COMMAND...

writes the cost as JSON into a file, and into another, unless that is -, the CPU time as it grew. Linux
only: whatever outlives the process that has started it
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
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

from measure import Cost, last_lines, measure

_SET_CHILD_SUBREAPER = 36
_SAMPLE_SECONDS = 0.05
_PATIENCE = 20.0
"""Seconds that processes may outlive the command, before they are killed and the run is none."""


def measure_all(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    samples: Path | None = None,
) -> Cost:
    """Do what ``measure`` does, descendants included; ``rss`` is that of the largest process.

    ``wall`` ends with the command itself. ``samples`` is a file for pairs of time.monotonic and the
    seconds of CPU until then.
    """
    file = folder / "cost.json"
    outer = measure(
        [sys.executable, __file__, str(file), str(samples or "-"), *command],
        folder=folder,
        environment=environment,
    )
    if not file.exists():
        raise ChildProcessError(f"exit code {outer.code}: {last_lines(folder)}")
    cost = Cost(**json.loads(file.read_text()))
    file.unlink()
    return cost


def main() -> None:
    file, samples, *command = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    began = time.perf_counter()
    with Popen(command) as process:
        if samples != "-":
            Path(samples).write_text(json.dumps(_sampled(process)))
        code = process.wait()
    wall = time.perf_counter() - began
    left = _wait_for_all()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(code, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)
    if left:
        sys.exit(f"{left} processes were left over")
    Path(file).write_text(json.dumps(cost.__dict__))
    sys.exit(code)


def _sampled(process: Popen[bytes]) -> list[tuple[float, float]]:
    """Look at the CPU time of all descendants until the command has ended."""
    spent: dict[int, float] = {}
    made = []
    while process.poll() is None:
        for pid in _descendants():
            with suppress(OSError):
                # The clock of another process, as clock_getcpuclockid makes it.
                spent[pid] = time.clock_gettime((~pid << 3) | 2)
        made.append((time.monotonic(), sum(spent.values())))
        time.sleep(_SAMPLE_SECONDS)
    return made


def _descendants() -> set[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


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

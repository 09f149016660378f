"""The states of a Run: integers in the store and on the wire, names everywhere else."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """Where a Run stands."""

    INVALID = 0
    RUNNING = 1
    EXPORTING = 2
    STARTING = 3
    QUEUING = 4
    STOPPING = 5
    FAILURE = 6
    FAILED = 7
    STOPPED = 8
    COMPLETED = 9
    SUCCESS = 10
    SKIPPED = 11
    WAITING = 12

    @property
    def label(self) -> str:
        """The name for people: ``Success``."""
        return self.name.capitalize()

    @property
    def final(self) -> bool:
        """Whether a Run in this state is over."""
        return Status.FAILURE <= self <= Status.SKIPPED


ALIVE = (Status.RUNNING, Status.EXPORTING, Status.STARTING, Status.STOPPING)
"""The states in which a process works on the Run and its heart beats."""

"""The states of a Run, integers in the store and on the wire, and which may follow which."""

from __future__ import annotations

from enum import IntEnum

from .errors import StoreError


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

_ENDS = frozenset({Status.FAILURE, Status.STOPPED, Status.COMPLETED, Status.SUCCESS})
_NEXT: dict[Status, frozenset[Status]] = {
    Status.WAITING: frozenset(
        {Status.QUEUING, Status.STARTING, Status.SKIPPED, Status.STOPPED, Status.FAILURE}
    ),
    Status.QUEUING: frozenset({Status.STARTING, Status.SKIPPED, Status.STOPPED, Status.FAILURE}),
    Status.STARTING: frozenset({Status.RUNNING, Status.STOPPING, Status.STOPPED, Status.FAILURE}),
    Status.RUNNING: _ENDS | {Status.EXPORTING, Status.STOPPING},
    Status.EXPORTING: _ENDS | {Status.STOPPING},
    # A Run may come to its own end before it has stopped.
    Status.STOPPING: _ENDS,
    # A restart, or a process that was given up for dead and lives.
    Status.FAILURE: frozenset({Status.RUNNING, Status.FAILED}),
    Status.STOPPED: frozenset({Status.RUNNING}),
}


def follow(now: Status, new: Status) -> Status:
    """Return the new status of a Run. Raises StoreError where it cannot follow on the one it has."""
    if new is not now and new not in _NEXT.get(now, frozenset()):
        raise StoreError(f"a Run that is {now.label} cannot become {new.label}")
    return new

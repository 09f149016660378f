"""The hand-over from the thread of the crawl, which gives, to the writer's, which takes."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .errors import StoreError
from .events import EventSampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from .counters import Counters
    from .events import EventValues, Level
    from .status import Status

RecordValues = tuple[int, str, bool, bytes, "bytes | None"]
"""Sequence, record type, valid, data, reasons."""


@dataclass(frozen=True, slots=True)
class Handful:
    """What the writer takes at once; ``flushes`` are done when it is written."""

    records: list[RecordValues]
    counters: Counters
    events: list[EventValues]
    final: tuple[Status, str] | None
    flushes: int


class Intake:
    """A bounded queue of closed batches, and the one that is being filled.

    ``take`` and ``written`` are for the writer's thread, the rest for the crawl's.
    """

    def __init__(
        self, counters: Counters, *, batch_count: int, batch_bytes: int, queue_batches: int
    ) -> None:
        self._counters = counters
        self._batch_count = batch_count
        self._batch_bytes = batch_bytes
        self._queue_batches = queue_batches
        self._refusal: str | None = "the writer has not been started"
        self._sequence = 0
        self._rows: list[RecordValues] = []
        self._size = 0
        self._closed: deque[tuple[list[RecordValues], Counters]] = deque()
        self._events = EventSampler()
        self._final: tuple[Status, str] | None = None
        self._flushes_asked = self._flushes_done = 0
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._has_moved = threading.Condition(self._lock)

    @property
    def full(self) -> bool:
        return len(self._closed) >= self._queue_batches

    def open(self, sequence: int, event_sequence: int) -> None:
        """Begin to accept; the numbers are the last ones that the Run has used already."""
        self._sequence = sequence
        self._events = EventSampler(event_sequence)
        self._refusal = None

    def refuse(self, reason: str) -> None:
        """Accept nothing from now on: the calls that wait, and later ones, raise StoreError."""
        with self._lock:
            self._refusal = reason
            self._has_moved.notify_all()

    def add(self, record_type: str, data: bytes, reasons: bytes | None, *, valid: bool) -> None:
        """Take a record; wait while the queue is full. Raises StoreError."""
        with self._lock:
            if self._refusal is not None:
                raise StoreError(self._refusal)
            self._sequence += 1
            self._rows.append((self._sequence, record_type, valid, data, reasons))
            self._size += len(data)
            if len(self._rows) >= self._batch_count or self._size >= self._batch_bytes:
                self._close_batch()

    def add_event(self, level: Level, address: str, url: str, what: str, detail: str) -> None:
        with self._lock:
            self._events.add(level, address, url, what, detail)

    def flush(self) -> None:
        """Wait until all that was given is written. Raises StoreError."""
        with self._lock:
            self._flushes_asked += 1
            self._has_work.notify()
            self._wait_while(lambda: self._flushes_done < self._flushes_asked)

    def finish(self, status: Status, message: str) -> None:
        """Accept no more records, and let the writer write what there is and the Run's end."""
        with self._lock:
            if self._refusal is None:
                self._refusal = "the Run is finished"
                self._final = status, message
                self._has_work.notify()

    def take(self, timeout: float) -> Handful:
        """Wait ``timeout`` seconds at most for something to do, and take what is there."""
        with self._lock:
            self._has_work.wait_for(self._is_urgent, timeout)
            rows, counters = self._closed.popleft() if self._closed else self._take_rows()
            is_all = not self._closed and not self._rows
            self._has_moved.notify_all()
            return Handful(
                records=rows,
                counters=counters,
                events=self._events.take(),
                final=self._final if is_all else None,
                flushes=self._flushes_asked if is_all else self._flushes_done,
            )

    def written(self, handful: Handful) -> None:
        """Tell that a handful is in the store."""
        with self._lock:
            self._flushes_done = handful.flushes
            self._has_moved.notify_all()

    def _close_batch(self) -> None:
        self._wait_while(lambda: self.full)
        self._closed.append(self._take_rows())
        self._has_work.notify()

    def _take_rows(self) -> tuple[list[RecordValues], Counters]:
        rows, self._rows, self._size = self._rows, [], 0
        return rows, replace(self._counters)

    def _is_urgent(self) -> bool:
        flush = self._flushes_done < self._flushes_asked
        return bool(self._closed) or flush or self._final is not None

    def _wait_while(self, condition: Callable[[], bool]) -> None:
        while self._refusal is None and condition():
            self._has_moved.wait()
        if self._refusal is not None:
            raise StoreError(self._refusal)

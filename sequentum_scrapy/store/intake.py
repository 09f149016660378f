"""The hand-over from the thread of the crawl, which gives, to the writer's, which takes."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .errors import StoreError
from .events import EventSampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .batch import Final
    from .counters import Counters
    from .events import EventValues, Level
    from .files import NewFile
    from .units import HeldRecord, Unit

RecordValues = tuple[int, str, bool, bytes, "bytes | None"]
"""Sequence, record type, valid, data, reasons."""
RequestValues = tuple[int, "bytes | None", "bytes | None"]
"""Number, fingerprint, data."""


@dataclass(slots=True, eq=False)
class Rows:
    """What is new in a batch.

    ``units`` have rows in it, which ``requests`` is; ``done`` are the numbers of units whose rows were
    in an earlier one. ``parts`` (first and last sequence, number of the unit) are records of units
    that are not done, ``whole`` the numbers of those that had such and now are.
    """

    records: list[RecordValues] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    parts: list[tuple[int, int, int]] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    requests: list[RequestValues] = field(default_factory=list)
    """The rows of the units, as they were when the batch was closed."""
    size: int = 0
    """Bytes of the records."""

    def __bool__(self) -> bool:
        return bool(self.records or self.units or self.requests or self.done)


@dataclass(frozen=True, slots=True)
class Handful:
    """What the writer takes at once; ``flushes`` are done when it is written."""

    rows: Rows
    counters: Counters
    events: list[EventValues]
    files: list[NewFile]
    final: Final | None
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
        self._rows = Rows()
        self._closed: deque[tuple[Rows, Counters]] = deque()
        self._held_valid = self._held_invalid = 0
        self._events = EventSampler()
        self._files: list[NewFile] = []
        self._final: Final | None = None
        self._flushes_asked = self._flushes_done = 0
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._has_moved = threading.Condition(self._lock)

    @property
    def full(self) -> bool:
        return len(self._closed) >= self._queue_batches

    @property
    def finished(self) -> bool:
        return self._final is not None

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

    def add(
        self,
        record_type: str,
        data: bytes,
        reasons: bytes | None,
        *,
        valid: bool,
        unit: Unit | None = None,
    ) -> None:
        """Take a record; wait while the queue is full. Raises StoreError.

        That of a unit is held until the unit is done, unless it brings more than a batch takes.
        """
        with self._lock:
            self._check()
            if unit is None or unit.over:
                self._add_record((record_type, valid, data, reasons))
                self._close_if_due(wait=True)
                return
            unit.records.append((record_type, valid, data, reasons))
            unit.size += len(data)
            self._hold(valid=valid, number=1)
            if len(unit.records) >= self._batch_count or unit.size >= self._batch_bytes:
                self._write_part(unit)
                self._close_if_due(wait=True)

    def add_request(self, unit: Unit) -> None:
        """Take a request that was scheduled. Raises StoreError."""
        with self._lock:
            self._check()
            parent = unit.parent
            if parent is None or parent.over:
                self._write_request(unit)
                self._close_if_due(wait=False)
                return
            parent.children.append(unit)
            if len(parent.children) >= self._batch_count:
                self._write_children(parent)
                self._close_if_due(wait=False)

    def end_unit(self, unit: Unit) -> None:
        """Take all that a unit brought, in one batch with the mark that it is done. Raises StoreError.

        Does not wait where the queue is full: it holds what was under way only.
        """
        with self._lock:
            self._check()
            parent = unit.parent
            if unit.fingerprint is None and parent is not None and not parent.over:
                # Its parent, once repeated, would schedule it anew: the two go together.
                parent.done_children.append(unit)
                return
            self._end(unit)
            self._close_if_due(wait=False)

    def break_off(self, units: Iterable[Unit]) -> None:
        """Take what units brought that will not come to their end; a restart takes it out again."""
        with self._lock:
            if self._refusal is None:
                for unit in units:
                    self._break_off(unit)

    def add_event(self, level: Level, address: str, url: str, what: str, detail: str) -> None:
        with self._lock:
            self._events.add(level, address, url, what, detail)

    def add_file(self, file: NewFile) -> None:
        with self._lock:
            self._files.append(file)

    def flush(self) -> None:
        """Wait until all that was given is written. Raises StoreError."""
        with self._lock:
            self._flushes_asked += 1
            self._has_work.notify()
            self._wait_while(lambda: self._flushes_done < self._flushes_asked)

    def finish(self, final: Final) -> None:
        """Accept no more records, and let the writer write what there is and the Run's end."""
        with self._lock:
            if self._refusal is None:
                self._refusal = "the Run is finished"
                self._final = final
                self._has_work.notify()

    def take(self, timeout: float) -> Handful:
        """Wait ``timeout`` seconds at most for something to do, and take what is there."""
        with self._lock:
            self._has_work.wait_for(self._is_urgent, timeout)
            rows, counters = self._closed.popleft() if self._closed else self._take_rows()
            is_all = not self._closed and not self._rows
            self._has_moved.notify_all()
            files, self._files = self._files, []
            return Handful(
                rows=rows,
                counters=counters,
                events=self._events.take(),
                files=files,
                final=self._final if is_all else None,
                flushes=self._flushes_asked if is_all else self._flushes_done,
            )

    def written(self, handful: Handful) -> None:
        """Tell that a handful is in the store."""
        with self._lock:
            self._flushes_done = handful.flushes
            self._has_moved.notify_all()

    def _check(self) -> None:
        if self._refusal is not None:
            raise StoreError(self._refusal)

    def _hold(self, *, valid: bool, number: int) -> None:
        if valid:
            self._held_valid += number
        else:
            self._held_invalid += number

    def _add_record(self, record: HeldRecord) -> None:
        self._sequence += 1
        self._rows.records.append((self._sequence, *record))
        self._rows.size += len(record[2])

    def _release(self, unit: Unit) -> None:
        for record in unit.take_records():
            self._hold(valid=record[1], number=-1)
            self._add_record(record)

    def _write_part(self, unit: Unit) -> None:
        """Write the records that a unit has brought so far, with the note that there are more."""
        self._write_row_of(unit)
        first = self._sequence + 1
        self._release(unit)
        self._rows.parts.append((first, self._sequence, unit.number))
        unit.parts = True

    def _write_row_of(self, unit: Unit) -> None:
        """Write the row of a unit before anything that refers to it."""
        if not unit.written:
            self._write_request(unit)

    def _write_request(self, unit: Unit) -> None:
        unit.written = True
        unit.batch = self._rows
        self._rows.units.append(unit)

    def _write_children(self, unit: Unit) -> None:
        children, unit.children = unit.children, []
        for child in children:
            self._write_row_of(child)

    def _end(self, unit: Unit) -> None:
        unit.over = True
        self._release(unit)
        self._write_children(unit)
        for child in unit.done_children:
            self._end(child)
        unit.done_children = []
        unit.data = None
        if unit.parts:
            self._rows.whole.append(unit.number)
        if not unit.written:
            self._write_request(unit)
        elif unit.batch is not self._rows:
            self._rows.done.append(unit.number)
        unit.batch = unit.parent = None

    def _break_off(self, unit: Unit) -> None:
        unfiltered = unit.fingerprint is None and unit.parent is not None
        if unit.records and not (unfiltered and not unit.written):
            self._write_part(unit)

    def _close_if_due(self, *, wait: bool) -> None:
        rows = self._rows
        number = len(rows.records) + len(rows.units)
        if number >= self._batch_count or rows.size >= self._batch_bytes:
            if wait:
                self._wait_while(lambda: self.full)
            self._closed.append(self._take_rows())
            self._has_work.notify()

    def _take_rows(self) -> tuple[Rows, Counters]:
        rows, self._rows = self._rows, Rows()
        # Whatever becomes of them from now on belongs to the next batch.
        rows.requests = [(unit.number, unit.fingerprint, unit.data) for unit in rows.units]
        rows.units = []
        counters = replace(self._counters)
        # Counted when they were made, stored when their unit is.
        counters.records -= self._held_valid
        counters.invalid -= self._held_invalid
        return rows, counters

    def _is_urgent(self) -> bool:
        flush = self._flushes_done < self._flushes_asked
        return bool(self._closed) or flush or self._final is not None

    def _wait_while(self, condition: Callable[[], bool]) -> None:
        while self._refusal is None and condition():
            self._has_moved.wait()
        self._check()

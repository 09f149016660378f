"""The journal of a durable Run: which request brings what, so that each is in the store whole or not at all.

A unit of work begins when its request is scheduled and is done when the engine has nothing more to do for it.
Records and requests belong to the unit in whose callback they were made; a redirect or a retry, which Scrapy's
middlewares make of a request, to the unit of that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from scrapy import Request

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import START, Progress, RunWriter, Unit

from .frozen import UNIT, Freezer

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_working: ContextVar[Unit | None] = ContextVar("sequentum_unit", default=None)


def working_unit() -> Unit | None:
    """Return the unit whose work this is; None where nobody keeps a journal."""
    return _working.get()


class Journal:
    """Keeps account of the units of one Run in this process."""

    def __init__(self, writer: RunWriter, freezer: Freezer, progress: Progress) -> None:
        self._writer = writer
        self._freezer = freezer
        self._units: dict[int, tuple[Unit, Request | None]] = {}
        self._broken: set[Unit] = set()
        self._begun = False
        self._number = progress.last_number
        self._start = Unit(START, fingerprint=b"", written=True)
        self.started = progress.started

    def follow(self, crawler: Crawler) -> None:
        """Take note of each request that the engine is through with."""
        # Scrapy has no signal for it: this is what it calls last, whatever came of a request.
        slot: Any = getattr(crawler.engine, "_slot", None)
        slot.remove_request = _both(slot.remove_request, self.done)

    def restore(self, rows: Iterable[tuple[int, bytes | None, bytes]]) -> Iterator[Request]:
        """Yield the requests that an earlier process left: number, fingerprint and data of each."""
        for number, fingerprint, data in rows:
            request = self._freezer.thaw(data, number)
            self._units[number] = Unit(number, fingerprint, data, written=True), request
            yield request

    def scheduled(self, request: Request, fingerprint: bytes | None) -> None:
        """Begin the unit of a request."""
        parent = self._parent(request)
        self._number += 1
        request.meta[UNIT] = self._number
        unit = Unit(self._number, fingerprint, self._freezer.freeze(request), parent)
        self._units[self._number] = unit, request
        self._tell(self._writer.request, unit)

    def work(self, request: Request | None) -> None:
        """From here on, in this task, the work is that of the request's unit."""
        number = request.meta.get(UNIT) if request is not None else None
        entry = self._units.get(number) if number is not None else None
        _working.set(entry[0] if entry is not None else None)

    def begin(self) -> None:
        """From here on, in this task, the work is to make the first requests."""
        _working.set(self._start)

    def begun(self, *, with_records: bool) -> None:
        """All first requests are made; ``with_records``: records too, which may still be on their way."""
        if self._start in self._broken:
            return
        self._begun = True
        if not with_records:
            self._tell(self._writer.done, self._start)

    def broken(self) -> None:
        """The unit at work ends before it has brought all: a restart does it again."""
        unit = _working.get()
        if unit is not None:
            self._broken.add(unit)

    def done(self, request: Request) -> None:
        """End the unit of a request."""
        entry = self._units.get(request.meta.get(UNIT, START))
        # Code of a project may have copied its meta into another request.
        if entry is None or entry[1] is not request:
            return
        unit = entry[0]
        if unit not in self._broken:
            del self._units[unit.number]
            self._tell(self._writer.done, unit)

    def close(self, *, drained: bool) -> None:
        """Hand over what is left of units that do not come to their end in this process.

        ``drained``: all records are through the pipelines.
        """
        if self._begun and drained and not self._start.over:
            self._tell(self._writer.done, self._start)
        units = [unit for unit, _ in self._units.values()]
        self._writer.break_off([self._start, *units])

    def _parent(self, request: Request) -> Unit | None:
        entry = self._units.get(request.meta.get(UNIT, START))
        parent = entry[0] if entry is not None else _working.get()
        return None if parent is None or parent.over else parent

    def _tell(self, what: Callable[[Unit], None], unit: Unit) -> None:
        try:
            what(unit)
        except AgentError:
            # The writer has failed, which ends the Run; what is not stored is done again.
            self._broken.add(unit)


def _both(
    first: Callable[[Request], None], second: Callable[[Request], None]
) -> Callable[[Request], None]:
    def call(request: Request) -> None:
        # Before the engine may find that nothing is left to do.
        second(request)
        first(request)

    return call

"""Units of work: what one request of a durable Run brings goes into the store whole, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field

START = 0
"""The number of the unit that makes the first requests of a Run."""

HeldRecord = tuple[str, bool, bytes, "bytes | None"]
"""Record type, valid, data, reasons."""


@dataclass(slots=True, eq=False)
class Unit:
    """A request, from when it is scheduled until all that it brought is handed over.

    ``data`` is what makes the request anew, None once it is done. ``parent`` is the unit whose work
    scheduled it: its row waits for the parent's end, so that both are in the store or neither is.
    """

    number: int
    fingerprint: bytes | None = None
    data: bytes | None = None
    parent: Unit | None = None
    records: list[HeldRecord] = field(default_factory=list)
    size: int = 0
    """Bytes of the records that are held."""
    children: list[Unit] = field(default_factory=list)
    done_children: list[Unit] = field(default_factory=list)
    """Those that came to their end first, and that no fingerprint keeps from coming again."""
    written: bool = False
    """Whether its row is in a batch."""
    over: bool = False
    parts: bool = False
    """Whether some of its records are in a batch already."""
    batch: object = None
    """The batch with its row, as long as that is open."""

    def take_records(self) -> list[HeldRecord]:
        taken, self.records, self.size = self.records, [], 0
        return taken

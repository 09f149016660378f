"""What the commands of a Run did otherwise than in the last good one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sequentum_scrapy.compiler import Program
from sequentum_scrapy.store import HealthRow, RunRow, Status

from .counterparts import Counterpart, Counterparts

FALLEN = 0.5
"""A command that matches, each time it runs, less than this part of what it did is one that fell."""
LOST = 0.2
"""A field whose coverage fell by more than this is one that fell."""
_TOO_FEW = re.compile(r"\b(max_drop|min_records): ")
"""A Run with this message has too few records: what fell most has to do with it, however little it fell."""
_GOOD = (Status.COMPLETED, Status.SUCCESS)


@dataclass(frozen=True, slots=True)
class Side:
    """What one Run shows of itself; coverage is by record type and field, shares from 0 to 1."""

    run: RunRow
    health: Mapping[str, HealthRow]
    coverage: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Outline:
    """The addresses of the commands and fields of a Run in the order of its definition.

    ``record_types`` are those of the records below the commands that have such.
    """

    addresses: list[str]
    record_types: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program) -> Outline:
        types = {
            # The commands in it have its address, but for its key, before their own.
            address.rpartition(".")[0]: kind
            for address, kind in program.record_types.items()
        }
        return cls(list(program.addresses), types)

    def place(self, record_type: str, name: str) -> str:
        """Return the address of what captures a field of a type of records."""
        found = [address for address in self.addresses if address.endswith(f"capture.{name}")] or [
            f"output.{name}"
        ]
        return next((at for at in found if self._type_at(at) == record_type), found[0])

    def _type_at(self, address: str) -> str:
        while address:
            address = address.rpartition(".")[0]
            if address in self.record_types:
                return self.record_types[address]
        return ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a command or field did otherwise; ``missed``: it finds less than it did."""

    address: str
    what: str
    missed: bool = True


@dataclass(frozen=True, slots=True)
class _Fall:
    """A command that finds less than in the good Run; ``left`` is the share that it still finds."""

    change: Change
    left: float


def changes(outline: Outline, now: Side, good: Side, counterparts: Counterparts) -> list[Change]:
    """Return what a Run did otherwise than a good one, in the order of its definition."""
    compared = {}
    for address in outline.addresses:
        was = _comparable(counterparts.of(address), now.run)
        if was is not None and was.address in good.health and address in now.health:
            compared[address] = good.health[was.address], now.health[address]
    falls = list(_falls(compared, good.run))
    found = [fall.change for fall in falls if fall.left < FALLEN]
    if falls and _TOO_FEW.search(now.run.message):
        # What is not in a record makes no fewer of them, unless it is required.
        strongest = min(falls, key=lambda fall: (".capture." in fall.change.address, fall.left))
        found.append(strongest.change)
    fallen = {change.address for change in found}
    found += [change for change in _fallbacks(compared, good.run) if change.address not in fallen]
    found += _coverage(outline, now, good, counterparts)
    rank = {address: number for number, address in enumerate(outline.addresses)}
    return sorted(dict.fromkeys(found), key=lambda change: rank.get(change.address, len(rank)))


def _comparable(was: Counterpart | None, run: RunRow) -> Counterpart | None:
    """Return what a command was, where it can be told from what it is now.

    One that was changed finds something else: nothing is wrong with that in a Run that went well.
    """
    return None if was is None or (was.changed and run.status in _GOOD) else was


def _falls(compared: Mapping[str, tuple[HealthRow, HealthRow]], good: RunRow) -> Iterator[_Fall]:
    name = f"Run {good.run_id}"
    for address, (was, now) in compared.items():
        if not (was.ran and was.matched and now.ran):
            continue
        if not now.matched:
            what = f"matched {was.matched:,} in {name}, and nothing now"
            yield _Fall(Change(address, what), 0.0)
            continue
        before, after, told = was.matched / was.ran, now.matched / now.ran, "matched {} each time"
        if address.endswith(".paginate") and was.matched < was.ran and now.matched < now.ran:
            # It runs once on each page, and the last of them leads no further.
            before, after = (line.ran / (line.ran - line.matched) for line in (was, now))
            told = "{} pages each time"
        if after < before:
            what = f"{told.format(_figure(after))}, {_figure(before)} in {name}"
            yield _Fall(Change(address, what), after / before)


def _figure(number: float) -> str:
    return f"{number:.2g}" if number < 1 else f"{number:,.1f}".removesuffix(".0")


def _fallbacks(
    compared: Mapping[str, tuple[HealthRow, HealthRow]], good: RunRow
) -> Iterator[Change]:
    for address, lines in compared.items():
        if all(line.matched for line in lines):
            before, after = (line.fallback / line.matched for line in lines)
            if after > before + FALLEN:
                what = f"took a fallback for {after:.0%}, {before:.0%} in Run {good.run_id}"
                yield Change(address, what, missed=False)


def _coverage(
    outline: Outline, now: Side, good: Side, counterparts: Counterparts
) -> Iterator[Change]:
    kinds = {kind for kind, _ in now.coverage}
    for (kind, name), share in good.coverage.items():
        left = now.coverage.get((kind, name), 0.0)
        address = outline.place(kind, name)
        # Of a type without records nothing can be told.
        if kind not in kinds or share - left <= LOST:
            continue
        captured = address in outline.addresses or now.run.content_hash == good.run.content_hash
        if not captured or _comparable(counterparts.of(address), now.run) is None:
            continue
        of_type = f" in {kind}" if kind else ""
        what = f"coverage{of_type} fell from {share:.0%} to {left:.0%} since Run {good.run.run_id}"
        yield Change(address, what)

"""Per-command health: how often each command of a Run ran, matched, missed and failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HealthValues = tuple[str, int, int, int, int, int, float]
"""Address, ran, matched, missed, fallback, failed, and seconds that it took in all."""


class Health(Protocol):
    """What counts, in the crawl, how each command fares."""

    def snapshot(self) -> Iterable[HealthValues]:
        """Return the counts of each command since the crawl began.

        The writer's thread calls it while the crawl counts on: it may not walk a dict that grows.
        """


class NoHealth:
    """For a Run whose commands nobody counts."""

    def snapshot(self) -> Iterable[HealthValues]:
        return ()


class HealthTotals:
    """Adds what the Run's earlier processes counted, and leaves out what has not changed."""

    def __init__(self, before: Mapping[str, HealthValues]) -> None:
        self._before = before
        self._last: dict[str, HealthValues] = {}

    def changed(self, snapshot: Iterable[HealthValues]) -> list[HealthValues]:
        """Return the rows to write for a snapshot."""
        rows = [values for values in snapshot if self._last.get(values[0]) != values]
        self._last.update((values[0], values) for values in rows)
        return [self._total(values) for values in rows]

    def _total(self, values: HealthValues) -> HealthValues:
        address, ran, matched, missed, fallback, failed, seconds = values
        if address not in self._before:
            return values
        _, *before, seconds_before = self._before[address]
        return (
            address,
            ran + before[0],
            matched + before[1],
            missed + before[2],
            fallback + before[3],
            failed + before[4],
            seconds + seconds_before,
        )

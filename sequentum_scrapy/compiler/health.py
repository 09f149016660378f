"""How often each command and field ran and what it found, in plain integers."""

from __future__ import annotations

from collections.abc import Sequence
from time import time

_COUNTERS = ("failed", "fallback", "matched", "missed", "ran", "seconds")


class Health:
    """Counters for each command and field of a Program, by its index."""

    __slots__ = ("addresses", "failed", "fallback", "first", "matched", "missed", "ran", "seconds")

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses
        size = len(addresses)
        self.ran = [0] * size
        self.matched = [0] * size
        self.missed = [0] * size
        self.fallback = [0] * size
        self.failed = [0] * size
        self.seconds = [0.0] * size
        self.first: dict[int, tuple[str, float]] = {}
        """Where each found nothing for the first time: the page's URL, and seconds since 1970."""

    def miss(self, index: int, url: str) -> None:
        """Count that nothing was found on a page."""
        if not self.missed[index]:
            self.first_miss(index, url)
        self.missed[index] += 1

    def first_miss(self, index: int, url: str) -> None:
        """Take note of the first page on which nothing was found."""
        self.first[index] = (url, time())

    def copy(self) -> Health:
        """Return counters of their own with the same counts."""
        made = Health(self.addresses)
        for name in _COUNTERS:
            setattr(made, name, getattr(self, name).copy())
        made.first = self.first.copy()
        return made

    def add(self, other: Health, since: Health) -> None:
        """Add what others have counted since they were these."""
        for name in _COUNTERS:
            counts = getattr(self, name)
            for index, (now, then) in enumerate(
                zip(getattr(other, name), getattr(since, name), strict=True)
            ):
                counts[index] += now - then
        self.first = {**other.first, **self.first}

    def snapshot(self) -> list[tuple[str, int, int, int, int, int, float]]:
        """Return a row for each address: ran, matched, missed, fallback used, failed, seconds."""
        return list(
            zip(
                self.addresses,
                self.ran,
                self.matched,
                self.missed,
                self.fallback,
                self.failed,
                self.seconds,
                strict=True,
            )
        )

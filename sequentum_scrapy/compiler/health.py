"""How often each command and field ran and what it found, in plain integers."""

from __future__ import annotations

from collections.abc import Sequence


class Health:
    """Counters for each command and field of a Program, by its index."""

    __slots__ = ("addresses", "failed", "fallback", "matched", "missed", "ran", "seconds")

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses
        size = len(addresses)
        self.ran = [0] * size
        self.matched = [0] * size
        self.missed = [0] * size
        self.fallback = [0] * size
        self.failed = [0] * size
        self.seconds = [0.0] * size

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

"""Run events, sampled: a million failures are a few hundred rows that say how many there were."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .times import from_seconds

Level = Literal["info", "warning", "error"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")
"""Worst first."""

EventValues = tuple[int, str, str, str, str, str, datetime, datetime, int]
"""Sequence, level, address, what, URL, detail, first and last time, count."""

SAMPLES = 10
"""So many events of a kind are kept one by one, each with its URL and detail."""
MAX_SAMPLES = 300
"""So many events of a Run are kept one by one in all."""
MAX_KINDS = 300
"""So many kinds of event are told apart; what comes after is of the kind ``OTHERS``."""
OTHERS = "(other events)"
MAX_TEXT = 2000
"""Characters of a text that are kept."""


@dataclass(slots=True)
class Event:
    """A row in the making: one event, or all of a kind that are not rows of their own.

    ``first`` and ``last`` are seconds since 1970; ``url`` and ``detail`` are those of the last.
    """

    sequence: int
    level: Level
    address: str
    what: str
    url: str
    detail: str
    first: float
    last: float
    count: int = 1

    def values(self) -> EventValues:
        """Return the row as the store takes it."""
        texts = (storable(text) for text in (self.address, self.what, self.url, self.detail))
        address, what, url, detail = texts
        first, last = from_seconds(self.first), from_seconds(self.last)
        return self.sequence, self.level, address, what, url, detail, first, last, self.count


class EventSampler:
    """Counts every event and keeps a bounded number of rows.

    A kind of event is its level, address and what. Not safe for threads: the caller has a lock.
    """

    def __init__(self, sequence: int = 0) -> None:
        """``sequence`` is the last that the Run has used already."""
        self._sequence = sequence
        self._samples = 0
        self._kinds: dict[tuple[Level, str, str], int] = {}
        self._rest: dict[tuple[Level, str, str], Event] = {}
        self._changed: dict[int, Event] = {}

    def add(self, level: Level, address: str, url: str, what: str, detail: str = "") -> None:
        kind = (level, address, what)
        if kind not in self._kinds and len(self._kinds) >= MAX_KINDS:
            kind = (level, "", OTHERS)
        rest = self._rest.get(kind)
        if rest is None:
            self._add_row(kind, url, detail)
            return
        rest.count += 1
        rest.last = time.time()
        rest.url = url
        rest.detail = detail[:MAX_TEXT]
        self._changed[rest.sequence] = rest

    def take(self) -> list[EventValues]:
        """Return the rows that are new or have changed since the last time."""
        changed, self._changed = self._changed, {}
        return [event.values() for event in changed.values()]

    def has_changed(self) -> bool:
        return bool(self._changed)

    def _add_row(self, kind: tuple[Level, str, str], url: str, detail: str) -> None:
        level, address, what = kind
        now = time.time()
        self._sequence += 1
        row = Event(self._sequence, level, address, what, url, detail[:MAX_TEXT], now, now)
        self._changed[row.sequence] = row
        seen = self._kinds.get(kind, 0)
        self._kinds[kind] = seen + 1
        if seen >= SAMPLES or self._samples >= MAX_SAMPLES:
            self._rest[kind] = row
        else:
            self._samples += 1


def storable(text: str) -> str:
    """Return a text that both databases take: no NUL, no lone surrogates, not endless."""
    clean = text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")
    return clean.replace("\x00", "\N{REPLACEMENT CHARACTER}")

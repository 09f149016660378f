"""What a Run counts."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Counters:
    """Plain integers that the crawl adds to as it goes; ``bytes`` are those of response bodies."""

    requests: int = 0
    pages: int = 0
    browser_pages: int = 0
    records: int = 0
    invalid: int = 0
    duplicates: int = 0
    errors: int = 0
    blocked: int = 0
    bytes: int = 0

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the counters' names, which are also their columns'."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def from_columns(cls, row: Mapping[str, int]) -> Counters:
        return cls(**{name: row[name] for name in cls.names()})

    def values(self) -> tuple[int, ...]:
        """Return the counts, in the order of ``names()``."""
        return astuple(self)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by the names that they have outside of Python: ``browserPages``."""
        return {_outside(name): getattr(self, name) for name in self.names()}


def _outside(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)

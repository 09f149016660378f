"""Two Runs side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from sequentum_scrapy.definition import DefinitionError, parse_definition
from sequentum_scrapy.store import (
    RunRow,
    Store,
    get_coverage,
    get_definition,
    get_record_types,
    iter_records,
    list_health,
)

from . import runs

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both Runs; None where one has none."""

    name: str
    a: float | int | str | None
    b: float | int | str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two Runs; ``key`` is what tells their records apart, and the counts are None without one."""

    a: RunRow
    b: RunRow
    lines: list[Line]
    coverage: list[Line]
    health: list[Line]
    key: list[str] = field(default_factory=list)
    only_a: int | None = None
    only_b: int | None = None
    changed: int | None = None
    same: int | None = None


def compare(store: Store, a: int, b: int) -> Comparison:
    """Compare two Runs. Raises AgentError where one is not there."""
    first, second = runs.get(store, a), runs.get(store, b)
    key = _key(store, second)
    return Comparison(
        first,
        second,
        list(_figures(first, second)),
        list(_coverage(store, a, b)),
        list(_health(store, a, b)),
        key,
        *(_records(store, a, b, key) if key else ()),
    )


def _figures(a: RunRow, b: RunRow) -> Iterator[Line]:
    yield Line("status", a.status.label, b.status.label)
    yield Line("version", a.version_number, b.version_number)
    yield Line("seconds", _rounded(a.seconds, 1), _rounded(b.seconds, 1))
    for name, count in a.counters.items():
        yield Line(name, count, b.counters[name])


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _coverage(store: Store, a: int, b: int) -> Iterator[Line]:
    sides = [(get_coverage(store, run), get_record_types(store, run)) for run in (a, b)]
    for kind, name in dict.fromkeys([*sides[0][0], *sides[1][0]]):
        # A field that none of the records has is not counted; one without records has no share.
        shares = (
            _rounded(shares.get((kind, name), 0.0 if kind in types else None), 4)
            for shares, types in sides
        )
        yield Line(f"{kind}.{name}" if kind else name, *shares)


def _health(store: Store, a: int, b: int) -> Iterator[Line]:
    """Yield what each command matched, where that is not the same."""
    before = {line.address: line.matched for line in list_health(store, a)}
    after = {line.address: line.matched for line in list_health(store, b)}
    for address in dict.fromkeys([*before, *after]):
        if before.get(address) != after.get(address):
            yield Line(address, before.get(address), after.get(address))


def _key(store: Store, run: RunRow) -> list[str]:
    try:
        return parse_definition(get_definition(store, run.content_hash)).agent.output.key
    except DefinitionError:
        # It says what another project allows.
        return []


def _records(store: Store, a: int, b: int, key: list[str]) -> tuple[int, int, int, int]:
    """Return how many records are only in one, in the other, changed and the same, by their keys.

    A record is held as two digests, 32 bytes, whatever its size.
    """
    before = dict(_digests(store, a, key))
    only_b = changed = same = 0
    for name, content in _digests(store, b, key):
        other = before.pop(name, None)
        if other is None:
            only_b += 1
        elif other == content:
            same += 1
        else:
            changed += 1
    return len(before), only_b, changed, same


def _digests(store: Store, run_id: int, key: list[str]) -> Iterator[tuple[bytes, bytes]]:
    for row in iter_records(store, run_id, record_type=""):
        values = orjson.loads(row.data)
        yield _digest([values.get(name) for name in key]), _digest(values)


def _digest(value: Any) -> bytes:
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()

"""Which command of an older definition each command of a newer one is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sequentum_scrapy.definition.commands.base import command_key
from sequentum_scrapy.definition.reading import address, parse_document

from .diffs import Path, are_commands, pair_commands

_INNER = frozenset({"do", "elif", "else", "name", "note"})
"""What of a command is no part of what it does itself."""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The same command or field in the older definition; ``changed``: it, or what encloses it, does something else."""

    address: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class _Pair:
    old_path: Path
    old: dict[str, Any]
    new: dict[str, Any]
    changed_around: bool


class Counterparts:
    """The commands of two definitions, paired as their difference tells them: by what they do."""

    def __init__(self, old: bytes, new: bytes) -> None:
        self._pairs: dict[str, _Pair | None] = {}
        if old != new:
            before, after = (parse_document(text, "").tree for text in (old, new))
            self._pairs = {
                address(path): pair for path, pair in _walk(before, after, (), (), around=False)
            }

    def of(self, wanted: str) -> Counterpart | None:
        """Return what a command or field of the newer definition was in the older; None for a new one."""
        path, rest = wanted, ""
        while path:
            path, _, last = path.rpartition(".")
            rest = f".{last}{rest}"
            if path in self._pairs:
                pair = self._pairs[path]
                return None if pair is None else _counterpart(pair, rest)
        return Counterpart(wanted)


def _counterpart(pair: _Pair, rest: str) -> Counterpart:
    key, _, fields = rest.lstrip(".").partition(".")
    changed = pair.changed_around or _changed(pair, key, fields.partition(".")[0])
    return Counterpart(f"{address(pair.old_path)}{rest}", changed)


def _changed(pair: _Pair, key: str, field: str) -> bool:
    old, new = pair.old.get(key), pair.new.get(key)
    if key == "capture" and field and isinstance(old, dict) and isinstance(new, dict):
        return bool(old.get(field) != new.get(field))
    return _itself(pair.old) != _itself(pair.new)


def _itself(command: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in command.items() if name not in _INNER}


def _walk(
    old: Any, new: Any, old_path: Path, new_path: Path, *, around: bool
) -> Iterator[tuple[Path, _Pair | None]]:
    """Yield the path of each command of the newer tree, and what it is paired with."""
    if isinstance(old, dict) and isinstance(new, dict):
        around = around or (command_key(new) is not None and _itself(old) != _itself(new))
        for name in new:
            if name in old:
                inner = (*old_path, name), (*new_path, name)
                yield from _walk(old[name], new[name], *inner, around=around)
    elif are_commands(old) and are_commands(new):
        for at, new_at in pair_commands(old, new):
            if new_at is None:
                continue
            path = (*new_path, new_at)
            if at is None:
                yield path, None
                continue
            yield path, _Pair((*old_path, at), old[at], new[new_at], around)
            yield from _walk(old[at], new[new_at], (*old_path, at), path, around=around)
    elif isinstance(old, list) and isinstance(new, list):
        for number, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _walk(one, other, (*old_path, number), (*new_path, number), around=around)

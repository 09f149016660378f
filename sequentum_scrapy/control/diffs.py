"""What changed between two versions of an Agent, told by command and field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from itertools import zip_longest
from typing import Any, Literal

import orjson

from sequentum_scrapy.definition.commands.base import command_key
from sequentum_scrapy.definition.reading import address, parse_document

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``address`` is that in the newer text, of what was removed that in the older."""

    kind: Literal["added", "removed", "changed"]
    address: str
    old: Any = None
    new: Any = None


def changes(old: bytes, new: bytes) -> list[Change]:
    """Return the differences between two definitions, as they stand in the newer. Raises DefinitionError.

    What only comments and layout tell apart is the same. Commands are told by what they do, so one that is put
    between others changes none of these.
    """
    before, after = (parse_document(text, "").tree for text in (old, new))
    return list(_compare(before, after, (), ()))


def text_diff(old: bytes, new: bytes, names: tuple[str, str]) -> Iterator[str]:
    """Yield the lines of a unified diff of two texts, without line ends."""
    before, after = (text.decode("utf-8-sig").splitlines() for text in (old, new))
    yield from unified_diff(before, after, names[0], names[1], lineterm="")


def _compare(old: Any, new: Any, old_path: Path, new_path: Path) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*new, *(name for name in old if name not in new)]:
            if name not in old:
                yield Change("added", address((*new_path, name)), new=new[name])
            elif name not in new:
                yield Change("removed", address((*old_path, name)), old=old[name])
            else:
                yield from _compare(old[name], new[name], (*old_path, name), (*new_path, name))
    elif are_commands(old) and are_commands(new):
        yield from _compare_commands(old, new, old_path, new_path)
    elif old != new or type(old) is not type(new):
        yield Change("changed", address(new_path), old, new)


def _compare_commands(
    old: list[Any], new: list[Any], old_path: Path, new_path: Path
) -> Iterator[Change]:
    for at, new_at in pair_commands(old, new):
        if at is None:
            assert new_at is not None
            yield Change("added", _name(new[new_at], (*new_path, new_at)), new=new[new_at])
        elif new_at is None:
            yield Change("removed", _name(old[at], (*old_path, at)), old=old[at])
        else:
            yield from _compare(old[at], new[new_at], (*old_path, at), (*new_path, new_at))


def pair_commands(old: list[Any], new: list[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Pair the commands of two bodies by what they do, as their numbers; one that is alone has None beside it."""
    matcher = SequenceMatcher(
        None, [_mark(c) for c in old], [_mark(c) for c in new], autojunk=False
    )
    for what, first, last, new_first, new_last in matcher.get_opcodes():
        before, after = range(first, last), range(new_first, new_last)
        if what == "replace":
            yield from _paired(old, new, before, after)
        else:
            yield from zip_longest(before, after)


def _paired(
    old: list[Any], new: list[Any], before: range, after: range
) -> Iterator[tuple[int | None, int | None]]:
    """Pair commands of the same kind in the order they come; the others are pairs with nothing."""
    rest = list(before)
    for new_at in after:
        key = command_key(new[new_at])
        same = next((at for at in rest if command_key(old[at]) == key), None)
        if same is not None:
            rest.remove(same)
        yield same, new_at
    for at in rest:
        yield at, None


def are_commands(value: Any) -> bool:
    """Tell whether a value of a definition is the body of a container."""
    return isinstance(value, list) and bool(value) and all(command_key(item) for item in value)


def _mark(command: dict[str, Any]) -> str:
    """Return what a command is known by: its kind and name, else what it is about."""
    key = command_key(command)
    assert key is not None
    told = command.get("name")
    if told is None:
        about = command[key]
        told = sorted(about) if key == "capture" and isinstance(about, dict) else about
    return key + orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def _name(command: dict[str, Any], path: Path) -> str:
    return f"{address(path)}.{command_key(command)}"

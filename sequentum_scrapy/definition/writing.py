"""Trees of JSON values as YAML that reads well, and reads back as the same tree.

ruamel's own writer is not used: it loses a text that ends in several empty lines, and in ``{…}``
a key that begins with ``?`` or ``:``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .document import HALF_PAIR, MAX_DEPTH
from .errors import AgentError
from .yaml_document import MAX_DIGITS, plain_value

_PLAIN = re.compile(r"(?![-?:,\[\]{}#&*!|>'\"%@`\s]|\.\.\.)(?:(?!: | #).)+(?<![:\s])")
_NOT_INLINE = re.compile(r"[,\[\]{}:?]")
_SHORT_KEY = 1000
"""A longer key needs the mark ``?``: YAML looks for the colon in 1024 characters."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How many columns a mapping, and the dash of a list, are further in than their key."""

    mapping: int = 2
    dash: int = 2


DEFAULT = Layout()


def dump_yaml(tree: Any) -> str:
    """Return a tree of JSON values as YAML in blocks, keys in their order.

    Raises AgentError for what JSON does not have, and for a tree that is nested too deep.
    """
    if isinstance(tree, (dict, list)) and tree:
        return "\n".join(block_lines(tree, DEFAULT)) + "\n"
    return inline(tree) + "\n"


def block_lines(value: dict[str, Any] | list[Any], layout: Layout, depth: int = 0) -> list[str]:
    """Return the lines of a mapping or list in block style, the outermost at the margin."""
    if depth >= MAX_DEPTH:
        raise AgentError(f"nested over {MAX_DEPTH} deep")
    if isinstance(value, list):
        entries = (_entry("-", item, layout, depth) for item in value)
    else:
        entries = (_pair(key, item, layout, depth) for key, item in value.items())
    return [line for entry in entries for line in entry]


def _pair(key: Any, value: Any, layout: Layout, depth: int) -> list[str]:
    name = _key(key)
    if len(name) < _SHORT_KEY:
        return _entry(f"{name}:", value, layout, depth)
    return [f"? {name}", *_entry(":", value, Layout(layout.mapping, 2), depth)]


def _entry(head: str, value: Any, layout: Layout, depth: int) -> list[str]:
    if isinstance(value, (dict, list)) and value:
        lines = block_lines(value, layout, depth + 1)
        if head == "-":
            return [f"- {lines[0]}", *_indented(lines[1:], 2)]
        by = layout.dash if isinstance(value, list) else layout.mapping
        return [head, *_indented(lines, by)]
    if isinstance(value, str) and _is_literal(value):
        mark = "|" if value.endswith("\n") else "|-"
        return [f"{head} {mark}", *_indented(value.removesuffix("\n").split("\n"), 2)]
    return [f"{head} {inline(value, depth + 1, block=True)}"]


def _indented(lines: Iterable[str], by: int) -> list[str]:
    return [" " * by + line if line else "" for line in lines]


def inline(value: Any, depth: int = 0, *, block: bool = False) -> str:
    """Return a value as YAML on one line, for use within brackets, or else after a key."""
    if depth > MAX_DEPTH:
        raise AgentError(f"nested over {MAX_DEPTH} deep")
    if isinstance(value, dict):
        pairs = (f"{_key(key, block=False)}: {inline(value[key], depth + 1)}" for key in value)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(inline(item, depth + 1) for item in value)}]"
    if isinstance(value, str):
        return _text(value, block=block)
    if isinstance(value, int) and abs(value) >= 10 ** (MAX_DIGITS - 1):
        raise AgentError(f"a number of over {MAX_DIGITS} digits")
    if value is None or (isinstance(value, (bool, int, float)) and math.isfinite(value)):
        return json.dumps(value)
    raise AgentError(f"{value!r} is no JSON value")


def _key(key: Any, *, block: bool = True) -> str:
    if not isinstance(key, str):
        raise AgentError(f"the key {key!r} is not a text")
    if key == "<<":
        return '"<<"'
    name = _text(key, block=block)
    return name if block or len(name) < _SHORT_KEY else f"? {name}"


def _text(text: str, *, block: bool) -> str:
    """Return a text without quotes if it can do without, else in those that need no escapes."""
    if HALF_PAIR.search(text):
        raise AgentError("half a surrogate pair in the text")
    if not text.isprintable():
        return re.sub(".", _escaped, json.dumps(text, ensure_ascii=False))
    if _PLAIN.fullmatch(text) and _is_text(text) and (block or not _NOT_INLINE.search(text)):
        return text
    if ('"' in text or "\\" in text) and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_text(text: str) -> bool:
    try:
        return isinstance(plain_value(text), str)
    except ValueError:
        return False


def _is_literal(text: str) -> bool:
    """Whether a text of several lines can stand as it is: no spaces that nobody sees."""
    lines = text.removesuffix("\n").split("\n")
    first = next((line for line in lines if line), "")
    return (
        "\n" in text
        and lines[-1] != ""
        and not first.startswith((" ", "\t"))
        and all(line.replace("\t", "").isprintable() for line in lines)
        and all(line == line.rstrip() for line in lines)
    )

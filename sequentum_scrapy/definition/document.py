"""The text of a definition as a tree of plain values that remember where they stood.

YAML (1.2, what JSON has and no more) and JSON. A definition comes from someone else: its size,
depth and number of values are bounded, and nothing in it makes objects of other types.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from .errors import DefinitionError, Finding

MAX_BYTES = 1024 * 1024
MAX_LINES = 100_000
MAX_DEPTH = 64
MAX_NODES = 20_000

PathInTree = tuple[str | int, ...]
Position = tuple[int, int]
"""Line and column, from 1."""

HALF_PAIR = re.compile("[\ud800-\udfff]")
"""What an escape can put into a text, and no encoding can write."""

_BOM = b"\xef\xbb\xbf"
_REFUSED = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Document:
    """A definition as it was read: its text, its tree, and the positions of keys and values."""

    file: str
    text: str
    tree: Any
    values: Mapping[PathInTree, Position]
    keys: Mapping[PathInTree, Position]

    def position(self, path: Sequence[str | int], *, key: bool = False) -> Position:
        """Return where the value at a path stands, or its key; for none, its nearest ancestor."""
        place = tuple(path)
        if key and place in self.keys:
            return self.keys[place]
        while place and place not in self.values:
            place = place[:-1]
        return self.values.get(place, (1, 1))


class Builder:
    """Collects positions and counts values; shared by the readers of both formats."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.values: dict[PathInTree, Position] = {}
        self.keys: dict[PathInTree, Position] = {}

    def fail(self, at: Position, message: str, hint: str = "") -> NoReturn:
        raise DefinitionError([Finding(self.file, *at, "", "error", message, hint)])

    def value(self, path: PathInTree, at: Position) -> None:
        """Note where a value stands."""
        if len(path) > MAX_DEPTH:
            self.fail(at, f"nested over {MAX_DEPTH} deep")
        if len(self.values) >= MAX_NODES:
            self.fail(at, f"over {MAX_NODES:,} values", "keep data in a file of its own")
        self.values[path] = at

    def key(self, path: PathInTree, at: Position) -> None:
        """Note where a key stands; a second one of the same name fails."""
        if path in self.keys:
            line, column = self.keys[path]
            name = shown(str(path[-1]))
            self.fail(at, f'the key "{name}" is here twice, first at {line}:{column}')
        self.keys[path] = at


def shown(text: str) -> str:
    """Return a text as it is put into a message: the beginning of a long one."""
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def read_bytes(path: Path) -> bytes:
    """Read a definition file. Raises DefinitionError for what is no file, or too large."""
    file = str(path)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            _fail(file, "not a file")
        if found.st_size > MAX_BYTES:
            _fail(file, f"over {MAX_BYTES:,} bytes", "keep pages and data in files of their own")
        with path.open("rb") as opened:
            # The size of a file in /proc, or of one that grows, is not what stat says.
            return opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        _fail(file, f"cannot be read: {(reason or str(error)).lower()}")


def decode(data: bytes | str, file: str) -> str:
    """Return the text of a definition: UTF-8, without control characters."""
    if len(data) > MAX_BYTES:
        _fail(file, f"over {MAX_BYTES:,} bytes", "keep pages and data in files of their own")
    text = _decoded(data, file) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    refused = _REFUSED.search(text)
    if refused:
        code = ord(refused[0])
        name = "a NUL" if code == 0 else f"the control character U+{code:04X}"
        _fail(file, f"{name} in the text", "save it as plain text", _place(text, refused.start()))
    if text.count("\n") > MAX_LINES:
        _fail(file, f"over {MAX_LINES:,} lines", "keep pages and data in files of their own")
    if not text.strip():
        _fail(file, "the file is empty")
    return text


def _decoded(data: bytes, file: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        _fail(file, "the file is in UTF-16", "save it as UTF-8")
    data = data.removeprefix(_BOM)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        at = _place(data[: error.start].decode(), error.start)
        _fail(file, "the file is not in UTF-8", "save it as UTF-8", at)


def _place(text: str, index: int) -> Position:
    before = text[:index]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _fail(file: str, message: str, hint: str = "", at: Position = (1, 1)) -> NoReturn:
    raise DefinitionError([Finding(file, *at, "", "error", message, hint)])

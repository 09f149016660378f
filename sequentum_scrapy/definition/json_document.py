"""Definitions in JSON, with the positions that Python's own reader does not keep."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from .document import HALF_PAIR, Builder, Document, PathInTree, Position

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
_MAX_DIGITS = 300


def parse_json(text: str, file: str) -> Document:
    """Parse a definition in JSON. Raises DefinitionError."""
    reader = _Reader(text, file)
    tree, end = reader.value(0, ())
    end = reader.skip(end)
    if end != len(text):
        reader.fail(end, "more text after the end")
    return Document(file, text, tree, reader.builder.values, reader.builder.keys)


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.builder = Builder(file)
        # Where each line begins: counting lines anew for each value would take ages.
        self._line, self._begin, self._seen = 1, 0, 0

    def fail(self, index: int, message: str, hint: str = "") -> NoReturn:
        self.builder.fail(self.at(index), message, hint)

    def at(self, index: int) -> Position:
        """Return the position of an index; they are asked for in rising order."""
        lines = self.text.count("\n", self._seen, index)
        if lines:
            self._line += lines
            self._begin = self.text.rfind("\n", 0, index) + 1
        self._seen = max(self._seen, index)
        return self._line, index - self._begin + 1

    def skip(self, index: int) -> int:
        found = _SPACE.match(self.text, index)
        return found.end() if found else index

    def value(self, index: int, path: PathInTree) -> tuple[Any, int]:
        index = self.skip(index)
        self.builder.value(path, self.at(index))
        start = self.text[index : index + 1]
        if start == "{":
            return self._object(index + 1, path)
        if start == "[":
            return self._array(index + 1, path)
        if start == '"':
            return self._string(index)
        for word, value in _WORDS.items():
            if self.text.startswith(word, index):
                return value, index + len(word)
        found = _NUMBER.match(self.text, index)
        if not found:
            odd = self.text.startswith(_NO_NUMBERS, index)
            hint = "JSON has no such number" if odd else ""
            self.fail(index, "not JSON: expected a value", hint)
        if len(found[0]) > _MAX_DIGITS:
            self.fail(index, f"a number of over {_MAX_DIGITS} digits")
        number = json.loads(found[0])
        if number in (float("inf"), float("-inf")):
            self.fail(index, f"{found[0]} is too large a number")
        return number, found.end()

    def _string(self, index: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.text, index + 1)
        except json.JSONDecodeError as error:
            self.fail(error.pos, *_explained(error))
        if HALF_PAIR.search(text):
            self.fail(index, "half a surrogate pair in the text")
        return text, end

    def _object(self, index: int, path: PathInTree) -> tuple[dict[str, Any], int]:
        mapping: dict[str, Any] = {}
        index = self.skip(index)
        if self.text.startswith("}", index):
            return mapping, index + 1
        while True:
            index = self.skip(index)
            if not self.text.startswith('"', index):
                self.fail(index, "not JSON: expected a key in double quotes")
            at = self.at(index)
            key, index = self._string(index)
            self.builder.key((*path, key), at)
            index = self.skip(index)
            if not self.text.startswith(":", index):
                self.fail(index, "not JSON: expected a colon")
            mapping[key], index = self.value(index + 1, (*path, key))
            index, more = self._next(index, "}")
            if not more:
                return mapping, index

    def _array(self, index: int, path: PathInTree) -> tuple[list[Any], int]:
        items: list[Any] = []
        index = self.skip(index)
        if self.text.startswith("]", index):
            return items, index + 1
        while True:
            item, index = self.value(index, (*path, len(items)))
            items.append(item)
            index, more = self._next(index, "]")
            if not more:
                return items, index

    def _next(self, index: int, end: str) -> tuple[int, bool]:
        index = self.skip(index)
        if self.text.startswith(",", index):
            return index + 1, True
        if not self.text.startswith(end, index):
            self.fail(index, f"not JSON: expected a comma or {end}")
        return index + 1, False


def _explained(error: json.JSONDecodeError) -> tuple[str, str]:
    """Return what is wrong with a string of JSON, in words, and what to do."""
    if error.msg.startswith("Unterminated"):
        return "not JSON: a quote that is not closed", "close it on the same line"
    if error.msg.startswith("Invalid control character"):
        return "not JSON: a line break or tab in a text", "close the quote, or write \\n or \\t"
    return f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}", ""

"""Definitions in YAML: read event by event, so that a hostile one is refused before it grows."""

from __future__ import annotations

import math
import re
from typing import Any

from ruamel.yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .document import HALF_PAIR, Builder, Document, PathInTree, Position, shown
from .yaml_events import yaml_events

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_HEX = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
MAX_DIGITS = 300


def parse_yaml(text: str, file: str) -> Document:
    """Parse a definition in YAML. Raises DefinitionError."""
    builder = Builder(file)
    tree = YamlReader(text, builder).document()
    return Document(file, text, tree, builder.values, builder.keys)


def plain_value(text: str) -> Any:
    """Return what a text without quotes means (YAML 1.2, core schema).

    Raises ValueError for a number that JSON has not, or that is out of bounds.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NOT_FINITE.match(text):
        raise ValueError(f"{text} is not a number that JSON has")
    kind = next((kind for kind in (_INTEGER, _HEX, _FLOAT) if kind.match(text)), None)
    if kind is None:
        return text
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of over {MAX_DIGITS} digits")
    if kind is not _FLOAT:
        return int(text, 0 if kind is _HEX else 10)
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{shown(text)} is too large a number")
    return number


class YamlReader:
    """Makes the tree of a YAML text, and notes positions in a builder."""

    def __init__(self, text: str, builder: Builder) -> None:
        self.builder = builder
        self.events = yaml_events(text, builder)

    def document(self) -> Any:
        tree: Any = None
        seen = False
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                if seen:
                    message = "a second document in the file"
                    self.builder.fail(_at(event), message, "one Agent a file")
                seen = True
                tree = self.node(next(self.events), ())
        return tree

    def node(self, event: Event, path: PathInTree, at: Position | None = None) -> Any:
        at = at or _at(event)
        self.builder.value(path, at)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, ScalarEvent)
        return self._scalar(event, at)

    def _mapping(self, path: PathInTree) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            key, at = self.key(event), _at(event)
            inner = (*path, key)
            self.builder.key(inner, at)
            value = next(self.events)
            # Where nothing follows a key, ruamel's mark is at the next key, lines below.
            mapping[key] = self.node(value, inner, at if is_bare(value) else None)
        return mapping

    def _sequence(self, path: PathInTree) -> list[Any]:
        items: list[Any] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self.node(event, (*path, len(items))))
        return items

    def key(self, event: Event) -> str:
        at = _at(event)
        if not isinstance(event, ScalarEvent):
            self.builder.fail(at, "a key is a text", "quote it, if it is one")
        if event.style is None and event.value == "<<":
            self.builder.fail(at, "merge keys (<<) are not allowed", "write it out")
        key = self._scalar(event, at)
        if not isinstance(key, str):
            name = event.value or "null"
            self.builder.fail(at, f"the key {shown(name)} is not a text", f'quote it: "{name}"')
        return key

    def _scalar(self, event: ScalarEvent, at: Position) -> Any:
        text: str = event.value
        if event.style is None:
            try:
                return plain_value(text)
            except ValueError as error:
                self.builder.fail(at, str(error), "quote it, if it is a text")
        return self._whole(text, at) if HALF_PAIR.search(text) else text

    def _whole(self, text: str, at: Position) -> str:
        """Join what two escapes wrote, as JSON does: the halves of one character."""
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self.builder.fail(at, "half a surrogate pair in the text")


def is_bare(event: Event) -> bool:
    """Whether an event is the null of a key or dash that nothing follows."""
    begin: int = event.start_mark.index
    return isinstance(event, ScalarEvent) and begin == event.end_mark.index


def _at(event: Event) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1

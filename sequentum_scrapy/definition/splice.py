"""One value of a YAML text changed or added, every other character left as it was.

ruamel's round trip is not used for it: it joins what stands on several lines within brackets,
and a comment that follows a list stays with the item above, so that a new item lands below it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.events import Event, MappingStartEvent, ScalarEvent, SequenceStartEvent

from .document import Builder, PathInTree, Position
from .writing import Layout, block_lines, inline
from .yaml_document import YamlReader, is_bare

_SHORT = 80


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a value stands: indexes into the text."""

    begin: int
    end: int
    head: int
    """Where the key of the value ends; without a key, where the value begins."""
    kind: str
    """``flow`` for brackets, ``block`` for lines, ``literal`` for ``|`` and ``>``, ``scalar``."""


def replace_value(text: str, path: PathInTree, value: Any) -> str:
    """Return the text with another value at a path that is there."""
    return _Text(text).replace(path, value)


def insert_value(text: str, path: PathInTree, value: Any) -> str:
    """Return the text with a new key at the end of a mapping, or a new item at that of a list."""
    return _Text(text).insert(path, value)


class _SpanReader(YamlReader):
    def __init__(self, text: str) -> None:
        super().__init__(text, Builder(""))
        self.text = text
        self.spans: dict[PathInTree, _Span] = {}
        self.events = self._followed(self.events)
        self._end = 0
        self._key_end = 0

    def _followed(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            begin, end = event.start_mark.index, event.end_mark.index
            if isinstance(event, ScalarEvent):
                self._end = end if self._keeps_lines(event) else self._trimmed(begin, end)
            elif end > begin:
                self._end = end
            yield event

    def _keeps_lines(self, event: ScalarEvent) -> bool:
        begin = event.start_mark.index
        return event.style in ("|", ">") and "+" in self.text[begin : begin + 3]

    def _trimmed(self, begin: int, end: int) -> int:
        return begin + len(self.text[begin:end].rstrip(" \n"))

    def key(self, event: Event) -> str:
        key = super().key(event)
        self._key_end = event.end_mark.index
        return key

    def node(self, event: Event, path: PathInTree, at: Position | None = None) -> Any:
        begin = event.start_mark.index
        head = self._key_end if path and isinstance(path[-1], str) else begin
        value = super().node(event, path, at)
        if is_bare(event):
            begin = self._end = self.text.find(":", head, begin) + 1 or begin
        self.spans[path] = _Span(begin, self._end, head, _kind(event))
        return value


def _kind(event: Event) -> str:
    if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
        return "flow" if event.flow_style else "block"
    return "literal" if getattr(event, "style", None) in ("|", ">") else "scalar"


class _Text:
    def __init__(self, text: str) -> None:
        reader = _SpanReader(text)
        self.text = text
        self.tree = reader.document()
        self.spans = reader.spans
        self.builder = reader.builder

    def insert(self, path: PathInTree, value: Any) -> str:
        parent, name = path[:-1], path[-1]
        children = self._children(parent)
        entry = {name: value} if isinstance(name, str) else [value]
        if not children:
            return self.replace(parent, entry)
        if self._inline(path):
            at = max(self.spans[child].end for child in children)
            return f"{self.text[:at]}, {inline(entry)[1:-1]}{self.text[at:]}"
        at = self._line_end(self.spans[parent].end)
        margin = self._column(self.spans[parent].begin)
        lines = block_lines(entry, self._layout())
        return self._joined(self.text[:at], lines, margin, self.text[at:])

    def replace(self, path: PathInTree, value: Any) -> str:
        span = self.spans[path]
        if self._inline(path) or (span.kind == "flow" and self._fits(path, value)):
            space = " " if span.begin == span.end else ""
            return self.text[: span.begin] + space + inline(value) + self.text[span.end :]
        if isinstance(path[-1], str):
            head = self.text.index(":", span.head) + 1
            margin = self.builder.keys[path][1] - 1
            lines = block_lines({"k": value}, self._layout())
            lines[0] = lines[0].removeprefix("k:")
        else:
            head = self.text.rindex("-", 0, span.begin) + 1
            margin = self._column(head - 1)
            lines = block_lines([value], self._layout())
            lines[0] = lines[0].removeprefix("-")
        before = self.text[:head] + lines[0] + self._comment(span, head)
        return self._joined(before, lines[1:], margin, self.text[self._line_end(span.end) :])

    def _inline(self, path: PathInTree) -> bool:
        """Whether a path leads into brackets, where all is written in line."""
        return any(self.spans[path[:depth]].kind == "flow" for depth in range(len(path)))

    def _children(self, path: PathInTree) -> list[PathInTree]:
        return [inner for inner in self.spans if inner and inner[:-1] == path]

    def _fits(self, path: PathInTree, value: Any) -> bool:
        """Whether a value can stand in brackets where others stood."""
        if not self._children(path) or not isinstance(value, (dict, list)):
            return False
        return len(inline(value)) <= _SHORT

    def _comment(self, span: _Span, head: int) -> str:
        """Return the comment on the line of a key or dash, which a new value keeps."""
        if span.kind in ("scalar", "flow"):
            line = self.text[span.end : self._line_end(span.end)]
        elif span.kind == "literal":
            mark = self.text[span.begin : self._line_end(span.begin)]
            line = mark[mark.find(" #") :] if " #" in mark else ""
        else:
            line = self.text[head : min(span.begin, self._line_end(head))]
        return line.rstrip()

    def _line_end(self, index: int) -> int:
        if index and self.text[index - 1] == "\n":
            return index - 1
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end

    def _column(self, index: int) -> int:
        return index - self.text.rfind("\n", 0, index) - 1

    def _layout(self) -> Layout:
        """Return how far in mappings and lists are in this text, in most places."""
        mappings: Counter[int] = Counter()
        dashes: Counter[int] = Counter()
        for path, (line, column) in self.builder.keys.items():
            span, place = self.spans[path], self.builder.values[path]
            if span.kind == "block" and place[0] > line:
                counter = dashes if self.text[span.begin] == "-" else mappings
                counter[place[1] - column] += 1
        usual = Layout()
        return Layout(
            mappings.most_common(1)[0][0] if mappings else usual.mapping,
            dashes.most_common(1)[0][0] if dashes else usual.dash,
        )

    def _joined(self, before: str, lines: list[str], margin: int, after: str) -> str:
        indented = (" " * margin + line if line else "" for line in lines)
        return "\n".join([before, *indented]) + (after or "\n")

"""What is done to a value once it is read: extracted, rewritten, translated, converted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sequentum_scrapy.definition.fields import FieldSpec
from sequentum_scrapy.definition.selectors import compile_regex

from .conversions import converter
from .errors import ValueFailure
from .selectors import group
from .text import as_text

MISSING: Any = object()
"""What there is where a source gives nothing, or a change leaves nothing."""

Change = Callable[[Any], Any]


def compile_changes(spec: FieldSpec) -> tuple[Change, ...]:
    """Return what is done to a value, in the order of the language."""
    changes: list[Change] = []
    if spec.regex is not None and spec.source != "regex":
        changes.append(_extract(spec.regex))
    if spec.replace:
        changes.append(_rewrite(spec.replace))
    if spec.map is not None:
        changes.append(_translate(spec.map))
    if spec.as_ is not None and spec.as_ != "url":
        changes.append(converter(spec.as_, date_format=spec.format, decimal=spec.decimal))
    return tuple(changes)


def _extract(pattern: str) -> Change:
    search = compile_regex(pattern).search

    def change(value: Any) -> Any:
        found = search(as_text(value))
        return (group(found) or MISSING) if found else MISSING

    return change


def _rewrite(replace: Mapping[str, str]) -> Change:
    rules = [(compile_regex(pattern), text) for pattern, text in replace.items()]

    def change(value: Any) -> Any:
        text = as_text(value)
        for pattern, replacement in rules:
            text = pattern.sub(replacement, text)
        return text or MISSING

    return change


def _translate(mapping: Mapping[str, Any]) -> Change:
    def change(value: Any) -> Any:
        key = as_text(value)
        if key not in mapping:
            raise ValueFailure(f'"{key[:80]}" is not in map')
        return mapping[key]

    return change

"""What is wrong with a value, in words for the author of a definition."""

from __future__ import annotations

import re
from typing import Any

from .words import nearest

_KINDS = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "none_required": "nothing",
    "finite_number": "a number",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("over", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("under", "lt"),
}
_QUOTED = re.compile(r"'([^']*)'")


def explain(error: Any) -> tuple[str, str]:
    """Return what an error of pydantic says, and what to do, in the words of the language."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind in _KINDS:
        number = kind.startswith(("int", "float"))
        hint = "without the quotes" if number and isinstance(value, str) else ""
        return f"expected {_KINDS[kind]}, not {shown(value)}", hint
    if kind == "literal_error":
        return _choice(value, _QUOTED.findall(context["expected"]))
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"must be {words} {context[name]:g}, not {shown(value)}", ""
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is no name", "letters, digits, - and _, without spaces"
    return _simple(error), ""


def _simple(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return f'"{error["loc"][-1]}" is missing'
    if kind in ("too_short", "string_too_short"):
        return "is empty"
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters"
    message: str = error["msg"]
    return message if message[:2].isupper() else message[:1].lower() + message[1:]


def shown(value: Any) -> str:
    """Return a value as a message may show it: as it is written, or what it is if it is large."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else "a long text"
    if isinstance(value, (int, float)):
        return str(value)
    return "a list" if isinstance(value, list) else "a mapping"


def _choice(value: Any, allowed: list[str]) -> tuple[str, str]:
    words = f"{', '.join(allowed[:-1])} or {allowed[-1]}" if len(allowed) > 1 else "".join(allowed)
    near = nearest(value, allowed) if isinstance(value, str) else None
    # YAML reads yes, no, on and off as texts here, but true and false as truths.
    return f"{shown(value)} is none of {words}", f'did you mean "{near}"?' if near else ""

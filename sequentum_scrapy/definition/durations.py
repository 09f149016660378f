"""Lengths of time: seconds as a number, or a text with its unit."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from .base import custom_error

_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        found = _TEXT.fullmatch(value)
        if found is None:
            raise custom_error(f'"{value}" is no length of time', "as 500ms, 2s, 5m, 1h or 1d")
        return float(found[1]) * _UNITS[found[2]]
    return value


Duration = Annotated[
    float,
    BeforeValidator(_seconds, json_schema_input_type=float | str),
    Field(ge=0, description="Seconds as a number, or a text as 500ms, 2s, 5m, 1h or 1d."),
]
"""Seconds."""

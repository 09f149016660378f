"""Sizes of files: bytes as a number, or a text with its unit."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from .base import custom_error

_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kMG]?)B\s*")
_UNITS = {"": 1, "k": 1000, "M": 1000**2, "G": 1000**3}


def _bytes(value: Any) -> Any:
    if isinstance(value, str):
        found = _TEXT.fullmatch(value)
        if found is None:
            raise custom_error(f'"{value}" is no size', "as 500kB, 20MB or 1GB")
        return int(float(found[1]) * _UNITS[found[2]])
    return value


Size = Annotated[
    int,
    BeforeValidator(_bytes, json_schema_input_type=int | str),
    Field(ge=1, description="Bytes as a number, or a text as 500kB, 20MB or 1GB."),
]
"""Bytes."""

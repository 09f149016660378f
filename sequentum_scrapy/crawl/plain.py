"""Values as JSON bytes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def to_json(value: Any, *, sort_keys: bool = False) -> bytes:
    """Return a value as JSON; what JSON has no form for becomes the nearest that it has."""
    sorting = orjson.OPT_SORT_KEYS if sort_keys else 0
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS | sorting)
    except TypeError:
        # orjson takes no integer over 64 bits, and no lone surrogate.
        text = json.dumps(value, default=_plain, sort_keys=sort_keys, ensure_ascii=False)
        return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)

"""Patterns of addresses: those of a page's requests and of where it is, and those of what it may not load."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache


def matches(pattern: str, url: str) -> bool:
    """Tell whether an address is one of a pattern: * is any text without /, ** any text."""
    return _of_requests(pattern).fullmatch(url) is not None


def is_blocked(pattern: str, url: str) -> bool:
    """Tell whether an address is one of a pattern of ``block``, which means what it means to Chromium."""
    return _of_blocked(pattern).fullmatch(url) is not None


@lru_cache(maxsize=256)
def _of_requests(pattern: str) -> re.Pattern[str]:
    return _expression(pattern, {"**": ".*", "*": "[^/]*"})


@lru_cache(maxsize=256)
def _of_blocked(pattern: str) -> re.Pattern[str]:
    return _expression(pattern, {"*": ".*", "?": "."})


def _expression(pattern: str, signs: Mapping[str, str]) -> re.Pattern[str]:
    parts = re.split(f"({'|'.join(map(re.escape, signs))})", pattern)
    return re.compile("".join(signs.get(part) or re.escape(part) for part in parts), re.DOTALL)

"""Signs of a page, compiled: whether one is seen, and which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sequentum_scrapy.definition import signs as language
from sequentum_scrapy.definition.selectors import compile_regex

from .errors import READ_ERRORS
from .scope import Scope
from .selectors import compile_selector

Seen = Callable[[Scope], "str | None"]
"""Returns the sign that is seen on the page of a scope, in words that do not change; None without."""


def compile_signs(signs: language.Signs) -> Seen:
    """Compile signs. A page that cannot be read as a sign needs it does not show that sign."""
    tests: list[Seen] = []
    if signs.status:
        tests.append(_status(frozenset(signs.status)))
    if signs.min_bytes is not None:
        tests.append(_short(signs.min_bytes))
    if signs.selector is not None:
        tests.append(_selector(signs.selector))
    if signs.text is not None:
        tests.append(_text(signs.text))
    if isinstance(signs, language.Trouble) and signs.fewer is not None:
        tests.append(_fewer(signs.fewer))

    def seen(scope: Scope) -> str | None:
        for test in tests:
            try:
                sign = test(scope)
            except READ_ERRORS:
                continue
            if sign is not None:
                return sign
        return None

    return seen


def _status(statuses: frozenset[int]) -> Seen:
    return lambda scope: f"HTTP {scope.page.status}" if scope.page.status in statuses else None


def _short(least: int) -> Seen:
    what = f"under {least} bytes"
    return lambda scope: what if len(scope.page.body) < least else None


def _selector(selector: Any) -> Seen:
    first = compile_selector(selector).first
    return lambda scope: "selector matched" if first(scope)[0] else None


def _text(pattern: str) -> Seen:
    search = compile_regex(pattern).search
    return lambda scope: "text found" if search(scope.page.text) else None


def _fewer(few: language.Few) -> Seen:
    select = compile_selector(few.of).all
    what = f"fewer than {few.than} matches"
    return lambda scope: what if len(select(scope)[0]) < few.than else None

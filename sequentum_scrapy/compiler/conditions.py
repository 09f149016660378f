"""Conditions, compiled: from a scope to a truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sequentum_scrapy.definition.conditions import Exists, Missing
from sequentum_scrapy.definition.templates import compile_expression

from .errors import ValueFailure
from .fields import TEMPLATE_ERRORS
from .scope import Scope
from .selectors import compile_selector

Holds = Callable[[Scope], bool]


def compile_condition(condition: Any) -> Holds:
    """Compile a condition. Its function raises ValueFailure and PageError."""
    if isinstance(condition, Exists):
        first = compile_selector(condition.exists).first
        return lambda scope: bool(first(scope)[0])
    if isinstance(condition, Missing):
        first = compile_selector(condition.missing).first
        return lambda scope: not first(scope)[0]
    evaluate = compile_expression(condition)

    def holds(scope: Scope) -> bool:
        try:
            return bool(evaluate(scope.names()))
        except TEMPLATE_ERRORS as error:
            raise ValueFailure(f'"{condition}": {error}') from None

    return holds

"""Conditions: when a branch is taken, a container left, a pagination ended."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from .base import Model
from .selectors import Selector
from .templates import Expression


class Exists(Model):
    """Holds where a selector matches something."""

    exists: Selector
    """What must be there: CSS or XPath, relative to the scope."""


class Missing(Model):
    """Holds where a selector matches nothing."""

    missing: Selector
    """What must not be there: CSS or XPath, relative to the scope."""


def _shape(value: Any) -> str | None:
    if isinstance(value, str):
        return "<expression>"
    if isinstance(value, (dict, Model)):
        absent = isinstance(value, Missing) or (isinstance(value, dict) and "missing" in value)
        return "<missing>" if absent else "<exists>"
    return None


Condition = Annotated[
    Annotated[Expression, Tag("<expression>")]
    | Annotated[Exists, Tag("<exists>")]
    | Annotated[Missing, Tag("<missing>")],
    Discriminator(
        _shape,
        custom_error_type="condition",
        custom_error_message="a condition is an expression, {exists: selector} or {missing: selector}",
    ),
]

"""The command that calls a function of the project: script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from sequentum_scrapy.definition.fields import FieldName
from sequentum_scrapy.definition.templates import JsonTemplate

from .base import Name, RepeatingBase

FunctionPath = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z]\w*)+$", max_length=200)]


class Script(RepeatingBase):
    """Call a Python function of the project: for values to capture, or for the scopes that ``do`` runs in."""

    key = "script"
    joins = True

    script: FunctionPath
    """Its dotted path, as myproject.scripts.unit_price; the project's SEQUENTUM_SCRIPTS allows its module."""
    with_: dict[Name, JsonTemplate] = Field(default={}, alias="with")
    """Arguments by name; their texts are templates."""
    captures_: list[FieldName] = Field(default=[], alias="captures")
    """The fields that the mapping which it returns has."""

    @property
    def reads_page(self) -> bool:
        return False

    def captures(self) -> Iterable[tuple[str, tuple[str | int, ...]]]:
        return ((name, ("captures", number)) for number, name in enumerate(self.captures_))

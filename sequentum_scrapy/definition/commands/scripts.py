"""The command that calls a function of the project: script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from sequentum_scrapy.definition.base import Model
from sequentum_scrapy.definition.fields import FieldName
from sequentum_scrapy.definition.templates import JsonTemplate

from .base import Name, RepeatingBase

FunctionPath = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z]\w*)+$", max_length=200)]


class JavaScript(Model):
    """A function in JavaScript, which runs in the page; the word javascript in SEQUENTUM_SCRIPTS allows it."""

    javascript: str = Field(min_length=1, max_length=100_000)
    """Its text, as (args, element) => …: args are those of with, element is the one that the scope stands on."""


def _is_script(value: Any) -> str | None:
    if isinstance(value, (dict, JavaScript)):
        return "<javascript>"
    return "<function>" if isinstance(value, str) else None


Function = Annotated[
    Annotated[FunctionPath, Tag("<function>")] | Annotated[JavaScript, Tag("<javascript>")],
    Discriminator(
        _is_script,
        custom_error_type="script",
        custom_error_message="expected the dotted path of a function, or {javascript: …}",
    ),
]


class Script(RepeatingBase):
    """Call a function: for values to capture, or for the scopes that ``do`` runs in."""

    key = "script"
    joins = True

    script: Function
    """A Python function of the project by its dotted path, as myproject.scripts.unit_price (the project's
    SEQUENTUM_SCRIPTS allows its module), or {javascript: …} in a live page."""
    with_: dict[Name, JsonTemplate] = Field(default={}, alias="with")
    """Arguments by name; their texts are templates."""
    captures_: list[FieldName] = Field(default=[], alias="captures")
    """The fields that the mapping which it returns has."""

    @property
    def reads_page(self) -> bool:
        return self.needs_browser

    @property
    def needs_browser(self) -> bool:
        return isinstance(self.script, JavaScript)

    def captures(self) -> Iterable[tuple[str, tuple[str | int, ...]]]:
        return ((name, ("captures", number)) for number, name in enumerate(self.captures_))

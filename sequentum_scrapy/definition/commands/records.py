"""The commands that make records: capture, export; and exit, which ends what makes them."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from sequentum_scrapy.definition.conditions import Condition
from sequentum_scrapy.definition.fields import Fields, field_alternatives, responses

from .base import CommandBase, Name


class Capture(CommandBase):
    """Save values into the record."""

    key = "capture"
    joins = True

    capture: Fields
    """The fields: name to source."""

    @property
    def reads_page(self) -> bool:
        sources = {
            spec.source for value in self.capture.values() for spec in field_alternatives(value)
        }
        return sources != {"value"}

    @property
    def needs_browser(self) -> bool:
        return any(True for _ in responses(self.capture))

    def captures(self) -> Iterable[tuple[str, tuple[str | int, ...]]]:
        return ((name, ("capture", name)) for name in self.capture)


class Export(CommandBase):
    """Say that the record is complete here, in place of the default rule."""

    key = "export"

    export: Name | None
    """The type of the record (output.records); nothing: the type of the scope."""

    @property
    def reads_page(self) -> bool:
        return False


class Exit(CommandBase):
    """Leave a container: nothing more of it runs on this page, and no further page of it."""

    key = "exit"

    exit: Name | None
    """The name of an enclosing container, or run to end the run; nothing: the nearest list."""
    if_: Condition | None = Field(default=None, alias="if")
    """Leave only where this holds."""

    @property
    def reads_page(self) -> bool:
        return False

"""The commands that hold others on the same page: list, group, for_each, branch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, JsonValue, Tag

from sequentum_scrapy.definition.base import Model
from sequentum_scrapy.definition.conditions import Condition
from sequentum_scrapy.definition.row_files import RowFile
from sequentum_scrapy.definition.selectors import Selector

from .base import Commands, ContainerBase, Name, RepeatingBase


class List(RepeatingBase):
    """Run ``do`` once for each matched element or JSON item; selections inside are relative to it."""

    key = "list"

    list: Selector
    """The elements, or {jmespath: …} for the items of a JSON document."""
    limit: int | None = Field(default=None, ge=1)
    """Take at most this many."""
    keep_empty: bool = False
    """Emit the record so far where nothing matched."""


class Group(ContainerBase):
    """Hold commands together; with a selector, narrow the scope to one area of the page."""

    key = "group"
    joins = True

    group: Selector | None
    """The area: the first match. Nothing: the scope stays as it is."""

    @property
    def reads_page(self) -> bool:
        return self.group is not None


class InputRows(Model):
    """Rows from an input of the run."""

    input: Name
    """The name of an input that is a list."""


Row = dict[str, JsonValue]


def _is_rows(value: Any) -> str | None:
    if isinstance(value, list):
        return "<rows>"
    if isinstance(value, RowFile) or (isinstance(value, dict) and "input" not in value):
        return "<file>"
    return "<input>" if isinstance(value, (dict, InputRows)) else None


Rows = Annotated[
    Annotated[list[Row], Tag("<rows>")]
    | Annotated[InputRows, Tag("<input>")]
    | Annotated[RowFile, Tag("<file>")],
    Discriminator(
        _is_rows,
        custom_error_type="rows",
        custom_error_message="expected a list of rows, {input: NAME} or {file: …}",
    ),
]


class ForEach(RepeatingBase):
    """Run ``do`` once for each row of data; ``{{ row.name }}`` reads its values."""

    key = "for_each"

    for_each: Rows
    """The rows: typed in (a list of mappings), {input: NAME} or {file: …}."""
    limit: int | None = Field(default=None, ge=1)
    """Take at most this many."""
    keep_empty: bool = False
    """Emit the record so far where there are no rows."""

    @property
    def reads_page(self) -> bool:
        return False


class Elif(Model):
    """A further case of a branch."""

    if_: Condition = Field(alias="if")
    """The condition."""
    do: Commands
    """The commands to run where it holds and none before did."""


class Branch(ContainerBase):
    """Run ``do`` where a condition holds, else the first ``elif`` that does, else ``else``."""

    key = "branch"
    joins = True

    branch: Condition
    """The condition: an expression, {exists: selector} or {missing: selector}."""
    elif_: list[Elif] = Field(default=[], alias="elif")
    """Further cases, in order."""
    else_: Commands = Field(default=[], alias="else")
    """The commands to run where no case holds."""

    @property
    def reads_page(self) -> bool:
        return not isinstance(self.branch, str)

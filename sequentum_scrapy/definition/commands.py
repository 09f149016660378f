"""The commands of the language, one class each.

A command is a mapping with exactly one *command key*, its other properties beside it and its
sub-commands under ``do``. The class of a command is named as its key.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, NoReturn

from pydantic import (
    Discriminator,
    Field,
    JsonValue,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails
from typing_extensions import Self

from .base import UNKNOWN_COMMAND, Model, custom_error, details
from .conditions import Condition
from .fields import Fields
from .selectors import JmespathText, Selector, is_url
from .templates import RequestTemplate, Template
from .words import did_you_mean, nearest

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", max_length=100)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class CommandBase(Model):
    """What every command may carry."""

    key: ClassVar[str]

    name: Name | None = None
    """A name to refer to, as in exit."""
    note: str | None = None
    """A remark for people."""
    disabled: bool = False
    """Leave this command, and what is under it, out."""
    on_error: Literal["stop", "skip", "keep"] | None = None
    """When it fails: stop the run, skip the record, or keep the record as it is."""


class ContainerBase(CommandBase):
    """A command that holds others."""

    do: Commands = []
    """The commands to run, in order."""


class Url(Model):
    """An address, where a selector could be meant."""

    url: RequestUrl
    """The address, absolute or relative to the page; a template."""


def _is_target(value: Any) -> str | None:
    if isinstance(value, (str, dict, Model)):
        is_address = isinstance(value, Url) or (isinstance(value, dict) and "url" in value)
        if is_address:
            return "<url>"
        return "<address>" if isinstance(value, str) and is_url(value) else "<selector>"
    return "<selector>" if isinstance(value, list) else None


RequestUrl = Annotated[Template, Field(min_length=1)]
Target = Annotated[
    Annotated[RequestUrl, Tag("<address>")]
    | Annotated[Url, Tag("<url>")]
    | Annotated[Selector, Tag("<selector>")],
    Discriminator(
        _is_target,
        custom_error_type="target",
        custom_error_message="expected an address, {url: …} or a selector of links",
    ),
]


class RequestBase(ContainerBase):
    """A command that asks for pages."""

    method: Method = "GET"
    """The HTTP method."""
    headers: dict[str, RequestTemplate] = {}
    """Header fields for these requests."""
    body: RequestTemplate | None = None
    """The body, as text."""
    json_: JsonValue = Field(default=None, alias="json")
    """The body, as JSON; its texts are templates."""

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.json_ is not None:
            raise custom_error("body and json exclude each other")
        return self


class Open(RequestBase):
    """Open an address, or every link that a selector matches; ``do`` runs on each page."""

    key = "open"

    open: Target
    """What to open: an absolute address or template, {url: …} for a relative one, or a selector of links."""
    first: bool = False
    """Follow the first matching link only."""
    limit: int | None = Field(default=None, ge=1)
    """Follow at most this many links of a page."""
    once: bool = False
    """Open each address once in a run, whatever record leads to it."""
    keep_empty: bool = False
    """Emit the record so far where no link matched."""
    record: Name | None = None
    """The records made below are of this type (output.records)."""


class Cursor(Model):
    """Pagination of an API: the answer says where the next page is."""

    cursor: JmespathText
    """Where the answer holds the cursor; absent, null, false or empty ends the pagination."""
    url: RequestUrl | None = None
    """The address of the next page, with {{ page.cursor }}; without it the cursor is the address."""


def _is_pages(value: Any) -> str | None:
    if isinstance(value, (Url, Cursor)):
        return "<cursor>" if isinstance(value, Cursor) else "<url>"
    if isinstance(value, dict):
        if "cursor" in value:
            return "<cursor>"
        known = any(key in value for key in ("css", "xpath", "jmespath", "regex"))
        return "<selector>" if known else "<url>"
    return "<selector>" if isinstance(value, (str, list, Model)) else None


Pages = Annotated[
    Annotated[Url, Tag("<url>")]
    | Annotated[Cursor, Tag("<cursor>")]
    | Annotated[Selector, Tag("<selector>")],
    Discriminator(
        _is_pages,
        custom_error_type="pages",
        custom_error_message="expected a selector of the next link, {url: …} or {cursor: …}",
    ),
]


class Paginate(ContainerBase):
    """Run ``do`` on this page, then on the next, and so on."""

    key = "paginate"

    paginate: Pages
    """How to reach the next page: a selector of its link, {url: template with page.number} or {cursor: …}."""
    max_pages: int | None = Field(default=None, ge=1)
    """Stop after this many pages, the first included."""
    until: Condition | None = None
    """Stop after the page on which this holds."""
    record: Name | None = None
    """The records made below are of this type (output.records)."""


class List(ContainerBase):
    """Run ``do`` once for each matched element or JSON item; selections inside are relative to it."""

    key = "list"

    list: Selector
    """The elements, or {jmespath: …} for the items of a JSON document."""
    limit: int | None = Field(default=None, ge=1)
    """Take at most this many."""
    keep_empty: bool = False
    """Emit the record so far where nothing matched."""
    record: Name | None = None
    """The records made below are of this type (output.records)."""


class Group(ContainerBase):
    """Hold commands together; with a selector, narrow the scope to one area of the page."""

    key = "group"

    group: Selector | None
    """The area: the first match. Nothing: the scope stays as it is."""


class InputRows(Model):
    """Rows from an input of the run."""

    input: Name
    """The name of an input that is a list."""


Row = dict[str, JsonValue]
Rows = Annotated[
    Annotated[list[Row], Tag("<rows>")] | Annotated[InputRows, Tag("<input>")],
    Discriminator(
        lambda value: "<rows>" if isinstance(value, list) else "<input>",
    ),
]


class ForEach(ContainerBase):
    """Run ``do`` once for each row of data; ``{{ row.name }}`` reads its values."""

    key = "for_each"

    for_each: Rows
    """The rows: typed in (a list of mappings), or {input: NAME}."""
    limit: int | None = Field(default=None, ge=1)
    """Take at most this many."""
    keep_empty: bool = False
    """Emit the record so far where there are no rows."""
    record: Name | None = None
    """The records made below are of this type (output.records)."""


class Elif(Model):
    """A further case of a branch."""

    if_: Condition = Field(alias="if")
    """The condition."""
    do: Commands
    """The commands to run where it holds and none before did."""


class Branch(ContainerBase):
    """Run ``do`` where a condition holds, else the first ``elif`` that does, else ``else``."""

    key = "branch"

    branch: Condition
    """The condition: an expression, {exists: selector} or {missing: selector}."""
    elif_: list[Elif] = Field(default=[], alias="elif")
    """Further cases, in order."""
    else_: Commands = Field(default=[], alias="else")
    """The commands to run where no case holds."""


class Exit(CommandBase):
    """Leave a container: nothing more of it runs on this page, and no further page of it."""

    key = "exit"

    exit: Name | None
    """The name of an enclosing container, or run to end the run; nothing: the nearest list."""
    if_: Condition | None = Field(default=None, alias="if")
    """Leave only where this holds."""


class Capture(CommandBase):
    """Save values into the record."""

    key = "capture"

    capture: Fields
    """The fields: name to source."""


class Lookup(RequestBase):
    """Open a page and wait for it: what is captured there joins the current record."""

    key = "lookup"

    lookup: Target
    """The page: an address or the first link that a selector matches."""


class Export(CommandBase):
    """Say that the record is complete here, in place of the default rule."""

    key = "export"

    export: Name | None
    """The type of the record (output.records); nothing: the type of the scope."""


CLASSES: dict[str, type[CommandBase]] = {
    kind.key: kind
    for kind in (Open, Paginate, List, Group, ForEach, Branch, Exit, Capture, Lookup, Export)
}


def command_key(value: Any) -> str | None:
    """Return the command key of a command as it is read; None where there is not exactly one."""
    keys = [key for key in value if key in CLASSES] if isinstance(value, dict) else []
    # "else" of a branch and the like are no command keys, so one is the rule.
    return keys[0] if len(keys) == 1 else None


def _one_command(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, CommandBase) or command_key(value):
        return handler(value)
    if not isinstance(value, dict):
        raise custom_error("a command is a mapping", "as: - open: h3 a")
    found = [key for key in value if key in CLASSES]
    if found:
        raise custom_error(
            f"more than one command in one mapping: {' and '.join(found)}",
            "begin each with its own -",
        )
    for key in value:
        near = nearest(str(key), CLASSES)
        if near:
            return _misspelled(value, key, near, handler)
    first = next(iter(value), "")
    raise custom_error(
        f'no command here: "{first}" is none' if value else "an empty command",
        did_you_mean(str(first), CLASSES),
    )


def _misspelled(
    value: dict[Any, Any], key: Any, near: str, handler: ValidatorFunctionWrapHandler
) -> NoReturn:
    """Raise the misspelling, and with it what is wrong inside the command that was meant."""
    problem = custom_error(
        f'unknown key "{key}"', f'did you mean "{near}"?', kind=f"{UNKNOWN_COMMAND}{key}"
    )
    problems = [InitErrorDetails(type=problem, loc=(), input=value)]
    try:
        handler({near if name == key else name: item for name, item in value.items()})
    except ValidationError as error:
        problems += details(error)
    raise ValidationError.from_exception_data("command", problems)


def _tag(value: Any) -> str | None:
    key = value.key if isinstance(value, CommandBase) else command_key(value)
    return f"<{key}>"


Command = Annotated[
    Annotated[Open, Tag("<open>")]
    | Annotated[Paginate, Tag("<paginate>")]
    | Annotated[List, Tag("<list>")]
    | Annotated[Group, Tag("<group>")]
    | Annotated[ForEach, Tag("<for_each>")]
    | Annotated[Branch, Tag("<branch>")]
    | Annotated[Exit, Tag("<exit>")]
    | Annotated[Capture, Tag("<capture>")]
    | Annotated[Lookup, Tag("<lookup>")]
    | Annotated[Export, Tag("<export>")],
    Discriminator(_tag),
    WrapValidator(_one_command),
]
Commands = list[Command]

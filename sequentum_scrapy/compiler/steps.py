"""The steps of a Program: each command as it is run, with its templates, selectors and conditions compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sequentum_scrapy.definition.row_files import RowFile

from .conditions import Holds
from .fields import Field
from .form_fields import SetField
from .links import FindLinks
from .selectors import Selection
from .signs import Seen
from .transforms import Transform as Change

Render = Callable[[Mapping[str, Any]], str]


class Start:
    """Where a run begins."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Step:
    """What every compiled command has: its address, and the index of its counters."""

    address: str
    index: int
    on_error: str | None

    def in_same_scope(self) -> tuple[Body, ...]:
        """Return the bodies that run in the scope that the command stands in."""
        return ()

    def on_same_page(self) -> tuple[Body, ...]:
        """Return the bodies that run on the page that the command stands on."""
        return self.in_same_scope()


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A sequence of commands in one scope."""

    steps: tuple[Step, ...] = ()
    waits: bool = False
    """A lookup is among them, here or in a list on the same page."""
    exports: bool = False
    """An explicit export takes the place of the default rule."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What a command asks for besides the address; None where it is a plain GET."""

    method: str
    headers: Mapping[str, Render]
    body: Callable[[Mapping[str, Any]], bytes] | None


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Where a navigating command leads: an address, or the links that a selector matches."""

    url: Render | None = None
    links: Selection | None = None
    rules: FindLinks | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Container(Step):
    body: Body

    def in_same_scope(self) -> tuple[Body, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Repeating(Container):
    """A container whose rows are scopes of their own."""

    record_type: str
    makes_records: bool
    """Records of the enclosing scope's type come to an end below."""
    limit: int | None = None
    keep_empty: bool = False

    def in_same_scope(self) -> tuple[Body, ...]:
        return ()

    def on_same_page(self) -> tuple[Body, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Open(Repeating):
    target: Target
    request: Request | None
    first: bool
    once: bool
    follow: bool
    """Its links are opened on its own pages too."""
    any_status: bool
    """The commands below look at page.status, so error pages are theirs to judge."""

    def on_same_page(self) -> tuple[Body, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Paginate(Repeating):
    next: Selection | None
    url: Render | None
    cursor: Callable[[Any], Any] | None
    request: Request | None
    max_pages: int | None
    until: Holds | None
    any_status: bool
    finds_rows: bool
    """The body looks for rows, so a page without any is the end of numbered pages."""
    click: Selection | None
    """The button of a live page that brings more of it."""
    scroll: Selection | Literal[True] | None
    """The box of a live page that brings more when it is scrolled; True is the page."""
    wait: float
    """Seconds that more may take."""

    @property
    def grows(self) -> bool:
        """Whether its pages come about on one live page."""
        return self.click is not None or self.scroll is not None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class List(Repeating):
    select: Selection
    left_early: bool
    """An exit below may leave it, so its rows go one after another."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ForEach(Repeating):
    rows: Sequence[Mapping[str, Any]] | None
    input: str | None
    file: tuple[RowFile, Render] | None
    """A file of rows, and its path."""
    left_early: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Group(Container):
    area: Selection | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Branch(Step):
    cases: tuple[tuple[Holds | None, Body], ...]
    """Conditions and bodies in order; None is the else."""

    def in_same_scope(self) -> tuple[Body, ...]:
        return tuple(body for _, body in self.cases)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Exit(Step):
    target: str | None
    """The address of the container to leave; None ends the run."""
    condition: Holds | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Capture(Step):
    fields: tuple[Field, ...]
    responses: tuple[str, ...]
    """The patterns of requests of the live page whose bodies it reads."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Transform(Step):
    changes: tuple[tuple[Change, bool], ...]
    """Changes in order, each with whether it must find something."""
    optional: bool
    responses: tuple[str, ...]
    """As of Capture."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Download(Step):
    target: Target
    clicked: Selection | None
    """What is clicked for it, in the place of a target."""
    field: str
    all: bool
    path: Render | None
    types: tuple[str, ...]
    max_bytes: int | None
    optional: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Run(Repeating):
    starts: tuple[Start, ...]
    """Where what it runs begins; nothing where that goes on with the page."""
    inputs: Callable[[Mapping[str, Any]], dict[str, Any]]
    accepts: Callable[[Mapping[str, Any]], Sequence[str]]
    """Returns why inputs do not fit."""
    any_status: bool

    def in_same_scope(self) -> tuple[Body, ...]:
        return () if self.starts else (self.body,)

    def on_same_page(self) -> tuple[Body, ...]:
        return self.in_same_scope()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Script(Repeating):
    function: str
    """Its dotted path; empty where it is JavaScript."""
    javascript: str | None
    arguments: Callable[[Mapping[str, Any]], dict[str, Any]]
    argument_names: tuple[str, ...]
    captures: tuple[str, ...]
    has_rows: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lookup(Container):
    target: Target
    request: Request | None
    any_status: bool

    def on_same_page(self) -> tuple[Body, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class FieldKey:
    """How a command names a field of a form: by its name, or by a selector where it is one."""

    text: str
    selection: Selection | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FormAction(Step):
    """Sets fields of a form; ``set_one`` decides by the command what a value means."""

    set_one: SetField
    values: tuple[tuple[FieldKey, Callable[[Mapping[str, Any]], Any]], ...]
    form: Selection | None
    optional: bool
    timeout: float | None
    typed: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LiveStep(Step):
    """A command of a live page; ``timeout`` in seconds, None for that of the settings."""

    timeout: float | None
    optional: bool


@dataclass(frozen=True, slots=True, eq=False)
class Dialog:
    """What is done with a dialog."""

    accept: bool
    answer: Render | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Click(LiveStep):
    target: Selection
    at: tuple[int, int] | None
    dialog: Dialog | None
    body: Body
    """What runs in the tab that it opens."""

    def in_same_scope(self) -> tuple[Body, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hover(LiveStep):
    target: Selection


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Press(LiveStep):
    keys: tuple[str, ...]
    target: Selection | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scroll(LiveStep):
    """Scrolls by pixels, to an end, or to an element."""

    by: int | None
    end: str | None
    target: Selection | None
    box: Selection | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Wait(LiveStep):
    """Waits for exactly one of these."""

    present: Selection | None
    gone: Selection | None
    text: Render | None
    url: Render | None
    idle: bool
    seconds: float | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frame(LiveStep):
    target: Selection
    body: Body

    def in_same_scope(self) -> tuple[Body, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Screenshot(LiveStep):
    target: Selection | None
    field: str
    full: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Submit(Repeating):
    button: Selection | None
    postback: tuple[Render, Render] | None
    """Target and argument of a postback."""
    form: Selection | None
    any_status: bool

    def on_same_page(self) -> tuple[Body, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Login(Container):
    """How a session logs in; it is no part of the body that it stands in."""

    url: Render
    verify: Holds
    ended: Holds | None

    def in_same_scope(self) -> tuple[Body, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Retry(Container):
    trouble: Seen
    attempts: int
    backoff: float
    """Seconds before the first attempt, doubled for each further one."""
    fresh_session: bool
    any_status: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Export(Step):
    record_type: str

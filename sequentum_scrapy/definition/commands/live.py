"""The commands that only a live page has: click, hover, press, scroll, wait, frame, screenshot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from sequentum_scrapy.definition.base import Model, custom_error
from sequentum_scrapy.definition.durations import Duration
from sequentum_scrapy.definition.fields import FieldName
from sequentum_scrapy.definition.selectors import Css, Selector, XPath, alternatives
from sequentum_scrapy.definition.templates import RequestTemplate, Template

from .base import CommandBase, ContainerBase

Patience = Annotated[Duration, Field(gt=0)]


def _clickable(selector: Any) -> Any:
    for way in alternatives(selector):
        if not isinstance(way, (Css, XPath)) or (isinstance(way, Css) and "::" in way.css):
            raise custom_error("only an element can be acted on", "CSS or XPath of an element")
    return selector


Element = Annotated[Selector, AfterValidator(_clickable)]
"""A selector of an element of a live page."""


class LiveCommand(CommandBase):
    """A command that needs a live page."""

    live = True
    joins = True

    timeout: Patience | None = None
    """How long to wait until it can be done; absent: settings.browser.timeout."""
    optional: bool = False
    """Do it if it can be done now, and go on without a word where it cannot."""


class Answer(Model):
    """An answer to a dialog that asks for a text."""

    answer: RequestTemplate
    """The text."""


def _is_answer(value: Any) -> str:
    return "<answer>" if isinstance(value, (dict, Answer)) else "<word>"


Dialog = Annotated[
    Annotated[Literal["accept", "dismiss"], Tag("<word>")] | Annotated[Answer, Tag("<answer>")],
    Discriminator(_is_answer),
]
Point = Annotated[list[int], Field(min_length=2, max_length=2)]


class Click(LiveCommand, ContainerBase):
    """Click an element; ``do`` runs in the tab or window that the click opens."""

    key = "click"

    click: Element
    """The element; it is waited for, and scrolled to."""
    at: Point | None = None
    """Where in the element, in pixels from its top left corner; absent: its middle."""
    dialog: Dialog | None = None
    """What to do with the dialog that the click opens: accept, dismiss or {answer: text}; absent: it is dismissed."""


class Hover(LiveCommand):
    """Move the mouse over an element."""

    key = "hover"

    hover: Element
    """The element."""


def _is_list(value: Any) -> str:
    return "<list>" if isinstance(value, list) else "<key>"


Key = Annotated[str, Field(min_length=1, max_length=50)]
Keys = Annotated[
    Annotated[Key, Tag("<key>")] | Annotated[list[Key], Field(min_length=1), Tag("<list>")],
    Discriminator(_is_list),
]


class Press(LiveCommand):
    """Press keys, in the element that has the focus, or in one that is given it."""

    key = "press"

    press: Keys
    """A key as Enter, ArrowDown, a or Control+A, or a list of keys in order."""
    on: Element | None = None
    """The element that is given the focus first."""


class ScrollBy(Model):
    """So far down."""

    by: int
    """Pixels; less than 0: up."""


def _is_scroll(value: Any) -> str:
    if value in ("bottom", "top"):
        return "<end>"
    by = isinstance(value, ScrollBy) or (isinstance(value, dict) and "by" in value)
    return "<by>" if by else "<element>"


ScrollTo = Annotated[
    Annotated[Literal["bottom", "top"], Tag("<end>")]
    | Annotated[ScrollBy, Tag("<by>")]
    | Annotated[Element, Tag("<element>")],
    Discriminator(_is_scroll),
]


class Scroll(LiveCommand):
    """Scroll the page, or a box in it."""

    key = "scroll"

    scroll: ScrollTo
    """Where to: bottom, top, {by: pixels}, or a selector of the element to bring into sight."""
    in_: Element | None = Field(default=None, alias="in")
    """The box that scrolls; absent: the page."""


class Waiting(Model):
    """What to wait for: exactly one of these."""

    selector: Selector | None = None
    """Something that it matches."""
    text: Template | None = None
    """A text on the page."""
    gone: Selector | None = None
    """Nothing that it matches any more."""
    url: Template | None = None
    """An address of the page, with * for any part of it, and ** for any parts."""
    idle: Literal[True] | None = None
    """No request of the page under way, for half a second."""
    time: Patience | None = None
    """So long."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in self.keys() if getattr(self, name) is not None]
        if len(given) != 1:
            message = "nothing to wait for" if not given else "more than one thing to wait for"
            raise custom_error(message, f"one of {', '.join(self.keys())}")
        return self


def _is_wait(value: Any) -> str | None:
    if isinstance(value, Waiting) or (
        isinstance(value, dict)
        and not any(key in value for key in ("css", "xpath", "jmespath", "regex"))
    ):
        return "<waiting>"
    return "<selector>" if isinstance(value, (str, dict, list, Model)) else None


WaitFor = Annotated[
    Annotated[Waiting, Tag("<waiting>")] | Annotated[Selector, Tag("<selector>")],
    Discriminator(
        _is_wait,
        custom_error_type="wait",
        custom_error_message="expected a selector or {selector: …}, {text: …}, {gone: …}, {url: …}, {idle: true} …",
    ),
]


class Wait(LiveCommand):
    """Wait until something is there."""

    key = "wait"

    wait: WaitFor
    """A selector of what is to come, or a mapping that says what to wait for."""
    optional: bool = False
    """Go on without a word where it has not come in its time."""


class Frame(LiveCommand, ContainerBase):
    """Run ``do`` in the page inside a frame; what is captured there joins the current record."""

    key = "frame"

    frame: Element
    """The iframe."""


class Screenshot(LiveCommand):
    """Save a picture of the page or of an element; the record gets its name, size, checksum and path."""

    key = "screenshot"

    screenshot: Element | None
    """The element; nothing: the page, as far as it is in sight."""
    as_: FieldName = Field(alias="as")
    """The field of the record that tells of the picture."""
    full: bool = False
    """The whole page, down to its end."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.full and self.screenshot is not None:
            raise custom_error("full is of the page, not of an element", "screenshot: null")
        return self

    def captures(self) -> Iterable[tuple[str, tuple[str | int, ...]]]:
        return ((self.as_, ("as",)),)

"""The commands for forms: fill, select, check, upload, and submit, which sends what they set."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from sequentum_scrapy.definition.base import Model
from sequentum_scrapy.definition.durations import Duration
from sequentum_scrapy.definition.row_files import FilePath
from sequentum_scrapy.definition.selectors import Selector
from sequentum_scrapy.definition.templates import RequestTemplate, Template

from .base import CommandBase, RepeatingBase


def _as_text(value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(value) if is_number else value


FormText = Annotated[
    RequestTemplate, BeforeValidator(_as_text, json_schema_input_type=str | int | float)
]
"""A text for a form; a number is what it is written as."""
FormKey = Annotated[str, Field(min_length=1)]
"""The name of a field, or a selector of it."""


def _is_list(value: Any) -> str:
    return "<list>" if isinstance(value, list) else "<text>"


Choices = Annotated[
    Annotated[FormText, Tag("<text>")]
    | Annotated[list[FormText], Field(min_length=1), Tag("<list>")],
    Discriminator(_is_list),
]


def _is_check(value: Any) -> str:
    return "<bool>" if isinstance(value, bool) else _is_list(value)


Checks = Annotated[
    Annotated[bool, Tag("<bool>")]
    | Annotated[FormText, Tag("<text>")]
    | Annotated[list[FormText], Field(min_length=1), Tag("<list>")],
    Discriminator(_is_check),
]


class FormAction(CommandBase):
    """A command that sets fields of a form; what it sets is sent by the next submit."""

    form: Selector | None = None
    """The form, where several have such a field; absent: the first that has them all."""
    optional: bool = False
    """Pass over fields that the page has not."""
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    """In a browser: how long to wait for the fields; absent: settings.browser.timeout."""


class Fill(FormAction):
    """Write texts into fields of a form: by name, or by selector."""

    key = "fill"

    fill: Annotated[dict[FormKey, FormText], Field(min_length=1)]
    """Field name, or selector of the field, to its text."""
    typed: bool = False
    """In a browser: key by key, as a person types, for fields that look at each key."""

    @property
    def needs_browser(self) -> bool:
        return self.typed


class Select(FormAction):
    """Choose from drop-down lists of a form."""

    key = "select"

    select: Annotated[dict[FormKey, Choices], Field(min_length=1)]
    """Field name, or selector, to the value or the label of the option; a list chooses several."""


class Check(FormAction):
    """Set check boxes and radio buttons of a form."""

    key = "check"

    check: Annotated[dict[FormKey, Checks], Field(min_length=1)]
    """Field name, or selector, to true or false, or to the value (or list of values) to check.

    A template may stand for either."""


class Upload(FormAction):
    """Put files into the file fields of a form."""

    key = "upload"

    upload: Annotated[dict[FormKey, FilePath], Field(min_length=1)]
    """Field name, or selector, to the path of a file beside the definition, or below."""


class Postback(Model):
    """A postback of an ASP.NET page: what a link with __doPostBack sends."""

    event_target: Annotated[Template, Field(min_length=1)]
    """The control that the postback is for, as ctl00$grid."""
    event_argument: Template = ""
    """What is asked of it, as Page$2."""


def _is_button(value: Any) -> str | None:
    if value is None:
        return "<nothing>"
    if isinstance(value, Postback) or (
        isinstance(value, dict) and ("event_target" in value or "event_argument" in value)
    ):
        return "<postback>"
    return "<selector>" if isinstance(value, (str, dict, list, Model)) else None


Button = Annotated[
    Annotated[None, Tag("<nothing>")]
    | Annotated[Postback, Tag("<postback>")]
    | Annotated[Selector, Tag("<selector>")],
    Discriminator(
        _is_button,
        custom_error_type="button",
        custom_error_message="expected a selector of the button, {event_target: …} or nothing",
    ),
]


class Submit(RepeatingBase):
    """Submit a form, with what the commands before set in it; ``do`` runs on the answer."""

    key = "submit"
    changes_page = True

    submit: Button
    """The button, or link with __doPostBack, by a selector; {event_target: …}; nothing: the form's first button."""
    form: Selector | None = None
    """The form, where nothing else says which."""
    keep_empty: bool = False
    """Emit the record so far where the button is not there."""

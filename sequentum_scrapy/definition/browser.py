"""The settings of the browser that pages are opened in."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from typing_extensions import Self

from .base import Model, custom_error
from .durations import Duration
from .row_files import FilePath
from .words import nearest

RESOURCES = (
    "image", "font", "media", "stylesheet", "script", "xhr", "fetch", "websocket", "manifest", "other",
)  # fmt: skip
"""The kinds of resources that a page asks for, as Playwright names them."""
DEFAULT_BLOCK = ("image", "font", "media")


def _blocked(text: str) -> str:
    if text not in RESOURCES and not re.search(r"[*./:]", text):
        raise custom_error(
            f'"{text}" is neither a kind of resource nor a pattern of addresses',
            f"one of {', '.join(RESOURCES)}, or a pattern as *.ads.*",
        )
    return text


def _zone(name: str) -> str:
    known = available_timezones()
    # A machine without the database of time zones leaves it to the browser.
    if known and name not in known:
        near = nearest(name, known)
        hint = f'did you mean "{near}"?' if near else "one as Europe/Berlin"
        raise custom_error(f'"{name}" is no time zone', hint)
    return name


def _allowed(value: Any, info: ValidationInfo) -> Any:
    """Let a value pass that makes a program run, where the project allows it."""
    name = f"browser.{info.field_name}"
    if value and name not in (info.context or {}).get("scrapy_settings", frozenset()):
        raise custom_error(
            f"an Agent may not set {name}",
            "a project allows it with SEQUENTUM_ALLOWED_SETTINGS, or sets it in SEQUENTUM_DEFAULTS",
        )
    return value


TRUSTED = frozenset({"browser.executable", "browser.args"})
"""What only a project sets, or those of its Agents that it allows to: it says which program runs."""


class Viewport(Model):
    """The size of a page."""

    width: int = Field(ge=1, le=10_000)
    """Pixels."""
    height: int = Field(ge=1, le=10_000)
    """Pixels."""


class Geolocation(Model):
    """Where the browser says that it is."""

    latitude: float = Field(ge=-90, le=90)
    """Degrees north."""
    longitude: float = Field(ge=-180, le=180)
    """Degrees east."""
    accuracy: float = Field(default=0, ge=0)
    """Metres."""


class Browser(Model):
    """The browser of the pages that are opened in one."""

    engine: Literal["chromium", "firefox", "webkit"] = "chromium"
    """Which."""
    headless: bool = True
    """Without a window."""
    executable: Annotated[str, Field(min_length=1), AfterValidator(_allowed)] | None = None
    """The program, by its path; absent: the one that is found."""
    args: Annotated[list[str], AfterValidator(_allowed)] = []
    """Further arguments of the program."""
    viewport: Viewport = Viewport(width=1280, height=800)
    """The size of a page."""
    locale: str | None = Field(default=None, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    """The language and region, as de-DE."""
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    """The time zone, as Europe/Berlin."""
    geolocation: Geolocation | None = None
    """The place."""
    user_agent: str | None = Field(default=None, min_length=1)
    """The name that it gives; absent: user_agent of the settings where that is given, else its own."""
    block: list[Annotated[str, AfterValidator(_blocked)]] = list(DEFAULT_BLOCK)
    """What its pages may not load: kinds of resources (image, font, media, stylesheet …) and patterns of addresses.

    In a pattern * is any text, and ? any one character.
    """
    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """How long a page may take to come, and a command to be possible."""
    page_timeout: Annotated[Duration, Field(gt=0)] = 600.0
    """How long all commands of a page may take together."""
    contexts: int = Field(default=8, ge=1, le=100)
    """So many sessions (contexts) are kept open: beyond them, those that no page uses are closed."""
    storage: FilePath | None = None
    """A file of cookies and local storage to begin with, as Playwright saves it, beside the definition."""

    @model_validator(mode="after")
    def _one_proxy(self) -> Self:
        if any("--proxy" in arg or "--user-data-dir" in arg for arg in self.args):
            raise custom_error(
                "this argument is not the browser's to set", "proxy: of the settings"
            )
        return self

"""An Agent, whole: what a definition file holds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue, model_validator
from typing_extensions import Self

from .base import Model, custom_error
from .commands import Commands, Name
from .output import Output
from .settings import Settings
from .start import Start

LANGUAGE = 1
"""The newest version of the language that this program knows."""

AgentName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]
InputSchema = Annotated[
    dict[str, Any],
    Field(description="A JSON Schema of the value, with its default and description."),
]


class SavedPage(Model):
    """A page saved for a test."""

    file: str | None = Field(default=None, min_length=1)
    """A file beside the definition, as tests/book.html."""
    html: str | None = None
    """The page itself."""
    status: int = Field(default=200, ge=100, le=599)
    """Its HTTP status."""
    content_type: str | None = None
    """Its Content-Type; guessed from the file's name and text if absent."""

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if (self.file is None) == (self.html is None):
            raise custom_error("a saved page has either a file or its html")
        return self


class Test(SavedPage):
    """A saved page, and the records expected of it."""

    # pytest collects classes of this name.
    __test__ = False

    name: str = Field(min_length=1)
    """What the test shows."""
    url: str = Field(min_length=1)
    """The address of the page."""
    at: str | None = None
    """The address or name of the command whose page it is; absent: the start page."""
    record: dict[str, JsonValue] = {}
    """The record captured before this page."""
    row: dict[str, JsonValue] | None = None
    """The input row."""
    inputs: dict[str, JsonValue] = {}
    """The inputs of the run."""
    pages: dict[str, SavedPage] = {}
    """Further pages, by address: links to them are followed, others are not."""
    records: list[dict[str, JsonValue]]
    """The records expected, in order."""


def _language(value: int) -> int:
    if value > LANGUAGE:
        raise custom_error(
            f"this definition is in version {value} of the language, newer than this program knows ({LANGUAGE})",
            "upgrade sequentum-scrapy",
        )
    return value


class Agent(Model):
    """A definition: the commands of an Agent, its output and its settings."""

    language: Annotated[int, AfterValidator(_language), Field(ge=1)] = LANGUAGE
    """The version of the language of this file; absent: the newest."""
    name: AgentName
    """The Agent's name: what it is run by."""
    description: str | None = None
    """What the Agent does, for people."""
    inputs: dict[Name, InputSchema] = {}
    """Typed parameters, each a JSON Schema; one without a default must be given."""
    start: Start | None = None
    """Where to begin: an address or several, a request, a sitemap, a file; absent: the commands open their own."""
    browser: bool = False
    """Whether its pages are opened in a browser, unless a command says otherwise of its own."""
    commands: Commands = Field(min_length=1)
    """What to do, in order."""
    output: Output = Output()
    """The shape of the records."""
    settings: Settings = Settings()
    """How a run goes about its work."""
    tests: list[Test] = []
    """Saved pages and the records expected of them."""

"""What running commands on a page brings about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler.fields import Flaw
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.steps import Download

if TYPE_CHECKING:
    from .interpreter import Interpreter


class Record(dict[str, Any]):
    """A record: a plain item, with what the store needs to know of it beside.

    ``type`` is its record type ("" is the main one), ``flaws`` say why it is invalid already.
    """

    __slots__ = ("flaws", "type")

    def __init__(
        self, values: Mapping[str, Any], record_type: str = "", flaws: list[Flaw] | None = None
    ) -> None:
        super().__init__(values)
        self.type = record_type
        self.flaws = flaws or []


@dataclass(slots=True, eq=False)
class Visit:
    """A page to go to, and how to go on there: a continuation.

    Everything in it is plain JSON and is not changed any more, so that any queue can keep it.
    """

    url: str
    at: str
    record: dict[str, Any]
    row: Mapping[str, Any] | None = None
    flaws: list[Flaw] | None = None
    number: int = 1
    cursor: Any = None
    first: str | None = None
    method: str = "GET"
    headers: dict[str, str] | None = None
    body: bytes | None = None
    once: bool = False
    referer: str | None = None
    inputs: Mapping[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Fetch:
    """A page to wait for. The answer is a Page, or a text that says why there is none."""

    visit: Visit
    any_status: bool
    within: Within | None = None
    """What is to be run while the page is live, where it is in a browser; the answer is then how it ended."""


@dataclass(slots=True, eq=False)
class File:
    """A file to be saved: where it is, the command that wants it, what its path may name."""

    visit: Visit
    step: Download
    names: Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Files:
    """Files to wait for. The answer is a list: what there is to tell of each, or why there is nothing."""

    files: list[File]


@dataclass(slots=True, eq=False)
class Save:
    """A file that a live page gave, to be saved. The answer is what there is to tell of it, or why there is nothing."""

    file: File
    name: str
    body: bytes


@dataclass(slots=True, eq=False)
class Shot:
    """A picture of a live page, to be kept. The answer is what there is to tell of it, or why there is nothing."""

    picture: bytes
    url: str
    address: str


@dataclass(slots=True, eq=False)
class Wait:
    """A coroutine to wait for. The answer is Settled."""

    awaitable: Awaitable[Any]


@dataclass(slots=True, eq=False)
class Settled:
    """What came of a call: a value, or an error."""

    value: Any
    error: Exception | None


async def settle(awaitable: Awaitable[Any]) -> Settled:
    """Wait for a coroutine of the project, whatever comes of it."""
    try:
        return Settled(await awaitable, None)
    except Exception as error:  # noqa: BLE001 - whatever the code of a project raises
        return Settled(None, error)


def ask(awaitable: Awaitable[Any]) -> Generator[Wait, Any, Any]:
    """Wait for a coroutine, and return its value. Raises what it raises."""
    settled: Settled = yield Wait(awaitable)
    if settled.error is not None:
        raise settled.error
    return settled.value


@dataclass(slots=True, eq=False)
class Release:
    """The page need not be live any more: the steps go on without it."""


@dataclass(slots=True, eq=False)
class Together:
    """Steps that need not wait for each other."""

    branches: list[Steps]


@dataclass(slots=True, eq=False)
class Repeat:
    """The page is to be asked for again, after so many seconds."""

    attempt: int
    wait: float
    fresh_session: bool


@dataclass(slots=True, eq=False)
class EndRun:
    """The run is to end, as a failure where there is a reason."""

    failure: str | None = None

    @property
    def reason(self) -> str:
        """Why, where it is to be told of commands that should not end a run."""
        return self.failure or "its commands ended the run"


Within = Callable[["Interpreter", Page], "Steps"]
"""Runs commands on a page that is waited for, with the interpreter that can act on it."""
Outcome = Record | Visit | Fetch | Files | Save | Shot | Wait | Release | Together | Repeat | EndRun
Steps = Generator[Outcome, Any, None]

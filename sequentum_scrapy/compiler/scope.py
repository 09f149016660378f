"""Where a command runs: a page, a node on it, the record captured so far, the input row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from .errors import PageError
from .files import AgentFiles
from .forms import Filling
from .page import Page, PageNames
from .text import as_text

NOTHING = etree.Element("nothing")
"""The node of an area that is not there: every selector misses on it."""


class Run:
    """What is the same for a whole run: its inputs, secrets, identity, files, and functions.

    ``store`` is for those functions, to keep values in; ``own`` are the inputs of what is run by another
    Agent, which its continuations carry.
    """

    __slots__ = ("files", "id", "inputs", "own", "scripts", "secrets", "store")

    def __init__(
        self,
        inputs: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
        run_id: int | None = None,
        files: AgentFiles | None = None,
        scripts: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.inputs = inputs or {}
        self.secrets = secrets or {}
        self.id = run_id
        self.files = files or AgentFiles()
        self.scripts = scripts or {}
        self.store: dict[str, Any] = {}
        self.own: Mapping[str, Any] | None = None

    def within(self, inputs: Mapping[str, Any]) -> Run:
        """Return the run as what another Agent runs knows it: with inputs of its own."""
        made = Run(inputs, self.secrets, self.id, self.files, self.scripts)
        made.store, made.own = self.store, inputs
        return made


class Scope:
    """The place of one command sequence.

    ``node`` is an element, a JSON value or a text; None stands for the whole page. ``captured``
    says that a command captured here, ``taken`` that a container below makes the records,
    ``found`` that a selector of a container matched. ``area`` is the node of a group: a part of
    the page that is worth searching by its classes, as the rows of a list are not. ``filling`` is
    the form that commands here have set fields of.
    """

    __slots__ = (
        "area",
        "captured",
        "filling",
        "flaws",
        "found",
        "node",
        "page",
        "record",
        "record_type",
        "row",
        "run",
        "taken",
    )

    def __init__(  # noqa: PLR0917 - it is made for every row, and keywords cost
        self,
        run: Run,
        page: Page,
        record: dict[str, Any],
        row: Mapping[str, Any] | None = None,
        flaws: list[dict[str, str]] | None = None,
        record_type: str = "",
    ) -> None:
        self.run = run
        self.page = page
        self.node: Any = None
        self.area: Any = None
        self.record = record
        self.row = row
        self.record_type = record_type
        self.flaws = flaws if flaws is not None else []
        self.captured = False
        self.filling: Filling | None = None
        self.found = False
        self.taken = False

    def fork(self, node: Any, record_type: str, row: Mapping[str, Any] | None = None) -> Scope:
        """Return a scope for a node of the same page, with its own copy of the record."""
        row = self.row if row is None else row
        scope = Scope(self.run, self.page, self.record.copy(), row, self.flaws.copy(), record_type)
        scope.node = node
        scope.filling = self.filling
        return scope

    @property
    def element(self) -> etree._Element:
        """The current element. Raises PageError where the scope is no part of HTML or XML."""
        node = self.node
        if node is None:
            node = self.node = self.page.root
        elif not isinstance(node, etree._Element):  # noqa: SLF001 - lxml's name for its public class
            raise PageError("the scope is not an element of the page")
        return node

    @property
    def value(self) -> Any:
        """The current JSON value. Raises PageError where the scope is none."""
        node = self.node
        if node is None:
            return self.page.json
        if isinstance(node, etree._Element):  # noqa: SLF001
            if node is NOTHING:
                return None
            raise PageError("the scope is an element of the page, not JSON")
        return node

    @property
    def text(self) -> str:
        """The text that a regular expression searches: of the page, of the node."""
        node = self.node
        if node is None or node is self.page.tree:
            return self.page.text
        if isinstance(node, etree._Element):  # noqa: SLF001
            return "".join(str(part) for part in node.itertext())
        return as_text(node)

    def names(self) -> dict[str, Any]:
        """Return what templates and expressions may name."""
        return {
            "input": self.run.inputs,
            "row": self.row or {},
            "record": self.record,
            "page": PageNames(self.page),
            "run": {"id": self.run.id},
            "secret": self.run.secrets,
        }

"""What a function of the project sees of the place that it is called at."""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from copy import deepcopy
from typing import Any

from lxml import etree
from parsel import Selector

from .page import Page
from .scope import Scope

logger = logging.getLogger("sequentum_scrapy.script")


class ScriptScope:
    """The one positional argument of a script. What it returns is what counts: nothing here is to be changed.

    ``logger`` is a standard logger. ``store`` keeps values for the rest of the run, in the memory of its process.
    """

    logger = logger

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def page(self) -> Page:
        """The page: ``url``, ``status``, ``text``, ``json``, ``root`` (lxml), ``body``, ``join(link)``."""
        return self._scope.page

    @property
    def playwright_page(self) -> Any:
        """The live page as Playwright's asynchronous API has it; None where the page is in no browser."""
        live = self._scope.page.live
        return None if live is None else live.playwright_page

    @property
    def selector(self) -> Selector:
        """The current element, or the whole page, as a parsel Selector. Raises PageError where it is no HTML or XML."""
        kind = "xml" if self._scope.page.kind == "xml" else "html"
        return Selector(root=self._scope.element, type=kind, base_url=self._scope.page.url)

    @property
    def value(self) -> Any:
        """A copy of the current JSON value. Raises PageError where there is none."""
        return deepcopy(self._scope.value)

    @property
    def text(self) -> str:
        """The text of the page, or of the current element."""
        return self._scope.text

    @property
    def record(self) -> dict[str, Any]:
        """A copy of the record so far."""
        return deepcopy(self._scope.record)

    @property
    def row(self) -> dict[str, Any]:
        """A copy of the current row of for_each."""
        return dict(deepcopy(self._scope.row or {}))

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs of the run; those declared secret are placeholders."""
        return deepcopy(dict(self._scope.run.inputs))

    @property
    def store(self) -> MutableMapping[str, Any]:
        return self._scope.run.store


def node_of(result: Any) -> Any:
    """Return the node that an item of a script's list stands for; None where it is a row."""
    if isinstance(result, Selector):
        result = result.root
    return result if isinstance(result, (etree._Element, str, list, int, float)) else None  # noqa: SLF001

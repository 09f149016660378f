"""Selectors, compiled: from a scope to the nodes that match."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lxml import etree

from sequentum_scrapy.definition.selectors import (
    Css,
    JmesPath,
    Regex,
    XPath,
    alternatives,
    compile_jmespath,
    compile_regex,
    compile_xpath,
    css_to_xpath,
)

from .marks import Mark, mark_of, only_with_id, within
from .scope import Scope

Select = Callable[[Scope], list[Any]]
"""All matches of a selector in a scope: elements, texts or JSON values."""

_SAMPLE = etree.HTML("<p>.</p>")


class Selection:
    """A selector with its fallbacks: the first alternative that matches.

    ``all`` and ``first`` return the matches, and which alternative gave them.
    """

    __slots__ = ("_all", "_first")

    def __init__(self, all_: tuple[Select, ...], first: tuple[Select, ...]) -> None:
        self._all = all_
        self._first = first

    def all(self, scope: Scope) -> tuple[list[Any], int]:
        """Return every match; raises PageError where the page cannot be read that way."""
        return _first_match(self._all, scope)

    def first(self, scope: Scope) -> tuple[list[Any], int]:
        """Return the first match, as a list of at most one."""
        return _first_match(self._first, scope)


def _first_match(ways: tuple[Select, ...], scope: Scope) -> tuple[list[Any], int]:
    for number, select in enumerate(ways):
        found = select(scope)
        if found:
            return found, number
    return [], 0


def compile_selector(selector: Any) -> Selection:
    """Compile a selector of the language; equal ones share their compiled parts."""
    ways = alternatives(selector)
    return Selection(
        tuple(compile_one(way, first=False) for way in ways),
        tuple(compile_one(way, first=True) for way in ways),
    )


def compile_optional(selector: Any) -> Selection | None:
    """Compile a selector that may be absent."""
    return None if selector is None else compile_selector(selector)


def compile_one(selector: Any, *, first: bool) -> Select:
    """Compile one alternative; ``first`` stops at the first match."""
    if isinstance(selector, Css):
        return select_css(selector.css, first=first)
    if isinstance(selector, XPath):
        return select_xpath(selector.xpath, first=first)
    if isinstance(selector, JmesPath):
        return select_jmespath(selector.jmespath, first=first)
    if isinstance(selector, Regex):
        return select_regex(selector.regex, first=first)
    raise TypeError(f"no selector: {selector!r}")


@lru_cache(maxsize=4096)
def select_xpath(path: str, *, first: bool) -> Select:
    """Return a function that evaluates XPath on the element of a scope."""
    evaluate = compile_xpath(path)
    if not isinstance(evaluate(_SAMPLE), list):
        return lambda scope: _scalar(evaluate(scope.element))
    if first:
        # libxml2 stops at the first node of (…)[1] instead of collecting them all.
        evaluate = compile_xpath(f"({path})[1]")

    nodes: Callable[[etree._Element], Any] = evaluate

    def select(scope: Scope) -> list[Any]:
        node = scope.node
        found: list[Any] = nodes(node if type(node) is etree._Element else scope.element)  # noqa: SLF001
        return found

    return select


@lru_cache(maxsize=4096)
def select_css(css: str, *, first: bool) -> Select:
    """Return a function that selects by CSS in a scope, on a whole page through its marks."""
    html, xml = css_to_xpath(css), css_to_xpath(css, xml=True)
    by_xpath = select_xpath(html, first=first)
    if css != css.lower() and html != xml:
        # Names with capitals mean what they say in XML, and the same as without in HTML.
        in_xml = select_xpath(xml, first=first)
        return lambda scope: (in_xml if scope.page.kind == "xml" else by_xpath)(scope)
    mark = mark_of(css)
    if mark is None:
        return by_xpath
    from_element: Callable[[etree._Element], Any] = compile_xpath(css_to_xpath(css, "self::"))

    def select(scope: Scope) -> list[Any]:
        found = _marked(mark, scope, first=first and mark.alone)
        if found is None:
            return by_xpath(scope)
        if mark.alone or not found:
            return found[:1] if first else found
        if len(found) > 1:
            # The matches of several beginnings may overlap and interleave.
            return by_xpath(scope)
        matches: list[Any] = from_element(found[0])
        return matches[:1] if first else matches

    return select


def _marked(mark: Mark, scope: Scope, *, first: bool) -> list[Any] | None:
    """Return the elements of a scope where a selector can begin; None where XPath is to find them."""
    node, page = scope.node, scope.page
    whole = node is None or node is page.tree
    if not whole and (node is not scope.area or type(node) is not etree._Element):  # noqa: SLF001
        return None
    found: list[Any] | None
    if mark.identity is not None:
        only = only_with_id(page.root, page.body, mark.identity)
        found = None if only is None else [only]
    else:
        found = mark.found(page.classes)
    return found if whole or found is None else within(found, node, first=first)


def _scalar(value: Any) -> list[str]:
    """A number or truth that XPath computed, as text; an empty text is no match."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, float):
        return [] if value != value else [str(int(value)) if value.is_integer() else repr(value)]  # noqa: PLR0124
    return [value] if value else []


@lru_cache(maxsize=4096)
def select_jmespath(expression: str, *, first: bool) -> Select:
    """Return a function that searches the JSON value of a scope; null is no match."""
    search = compile_jmespath(expression).search

    def select(scope: Scope) -> list[Any]:
        found = search(scope.value)
        if found is None:
            return []
        if first or not isinstance(found, list):
            return [found]
        return [item for item in found if item is not None]

    return select


@lru_cache(maxsize=4096)
def select_regex(pattern: str, *, first: bool) -> Select:
    """Return a function that searches the text of a scope."""
    compiled = compile_regex(pattern)

    def select(scope: Scope) -> list[Any]:
        if first:
            found = compiled.search(scope.text)
            return [] if found is None else [group(found)]
        return [group(found) for found in compiled.finditer(scope.text)]

    return select


def group(found: Any) -> str:
    """Return what a regular expression extracts: its first group, else the whole match."""
    value = found[1] if found.re.groups else found[0]
    return value or ""

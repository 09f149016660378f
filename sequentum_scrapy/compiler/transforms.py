"""Changes of a page, compiled: they give the scope another page or node, and leave the old one as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import chompjs
import orjson
from lxml import etree

from sequentum_scrapy.definition.commands.page import Change
from sequentum_scrapy.definition.selectors import Regex, alternatives, compile_regex

from .errors import ValueFailure
from .page import Page
from .scope import Scope
from .selectors import Selection, compile_selector
from .text import html_of

Transform = Callable[[Scope], bool]
"""Changes a scope; tells whether there was anything to change."""
_HTML = "text/html; charset=utf-8"


def compile_change(change: Change) -> tuple[Transform, bool]:
    """Return a change, and whether it must find something."""
    if change.remove is not None:
        return _edit(compile_selector(change.remove), _drop), False
    if change.unwrap is not None:
        return _edit(compile_selector(change.unwrap), _unwrap), False
    if change.replace is not None:
        return _replace(change.replace), False
    if change.encoding is not None:
        return _decode(change.encoding), True
    if change.parse_json is not None:
        return _parse_json(change.parse_json), True
    return _parse_html(compile_selector(change.parse_html)), True


def _edit(selection: Selection, edit: Callable[[etree._Element], None]) -> Transform:
    def transform(scope: Scope) -> bool:
        if not selection.first(scope)[0]:
            return False
        whole = scope.element is scope.page.root
        # The page is that of other scopes too, so a copy is changed.
        scope.node, scope.area = deepcopy(scope.element), None
        scope.node.tail = None
        for node in selection.all(scope)[0]:
            if isinstance(node, etree._Element) and node is not scope.node:  # noqa: SLF001
                edit(node)
        if whole:
            is_xml = scope.page.kind == "xml"
            body = etree.tostring(scope.node, encoding="utf-8", method="xml" if is_xml else "html")
            _turn(scope, scope.page.derived(body, "application/xml" if is_xml else _HTML))
        return True

    return transform


def _drop(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is None:
        return
    _leave(parent, node, node.tail)
    parent.remove(node)


def _unwrap(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is None or not isinstance(node.tag, str):
        return
    _leave(parent, node, node.text)
    place = parent.index(node)
    inner = list(node)
    if inner:
        inner[-1].tail = (inner[-1].tail or "") + (node.tail or "")
    else:
        _leave(parent, node, node.tail)
    parent[place : place + 1] = inner


def _leave(parent: etree._Element, node: etree._Element, text: str | None) -> None:
    """Put a text before a node that goes."""
    if not text:
        return
    before = node.getprevious()
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text


def _replace(replace: Mapping[str, str]) -> Transform:
    rules = [(compile_regex(pattern), text) for pattern, text in replace.items()]

    def transform(scope: Scope) -> bool:
        whole = scope.node is None or scope.node is scope.page.tree
        source = scope.page.text if whole else _source(scope.node)
        text, count = source, 0
        for pattern, replacement in rules:
            text, times = pattern.subn(replacement, text)
            count += times
        if not count:
            return False
        kind = _charset_utf8(scope.page.content_type) if whole else _HTML
        page = scope.page.derived(text.encode("utf-8", "replace"), kind)
        _turn(scope, page)
        return True

    return transform


def _charset_utf8(content_type: str) -> str:
    mime = content_type.partition(";")[0].strip()
    return f"{mime}; charset=utf-8" if mime else ""


def _decode(encoding: str) -> Transform:
    def transform(scope: Scope) -> bool:
        if scope.node is not None and scope.node is not scope.page.tree:
            raise ValueFailure("encoding is for a whole page")
        mime = scope.page.content_type.partition(";")[0].strip() or "text/html"
        _turn(scope, scope.page.derived(scope.page.body, f"{mime}; charset={encoding}"))
        return True

    return transform


def _parse_json(selector: Any) -> Transform:
    finders = [_finder(way) for way in alternatives(selector)]

    def transform(scope: Scope) -> bool:
        for find in finders:
            found = find(scope)
            if found is not None:
                scope.node, scope.area = (
                    found if isinstance(found, (dict, list)) else _json(found),
                    None,
                )
                return True
        return False

    return transform


def _finder(way: Any) -> Callable[[Scope], Any]:
    if isinstance(way, Regex):
        pattern = compile_regex(way.regex)

        def search(scope: Scope) -> str | None:
            found = pattern.search(scope.text)
            if found is None:
                return None
            return found[1] if pattern.groups else found.string[found.end() :]

        return search
    first = compile_selector(way).first

    def select(scope: Scope) -> Any:
        found, _ = first(scope)
        if not found:
            return None
        return found[0] if isinstance(found[0], (dict, list)) else _inner(found[0])

    return select


def _json(text: str) -> Any:
    """Return the JSON of a text, else the first JavaScript object in it."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return chompjs.parse_js_object(text)
    except (ValueError, RecursionError):
        raise ValueFailure(f'neither JSON nor a JavaScript object: "{text.strip()[:60]}"') from None


def _parse_html(selection: Selection) -> Transform:
    def transform(scope: Scope) -> bool:
        found, _ = selection.first(scope)
        if not found:
            return False
        if not isinstance(found[0], (str, etree._Element)):  # noqa: SLF001
            raise ValueFailure("parse_html matched what is neither a text nor an element")
        _turn(scope, scope.page.derived(_inner(found[0]).encode("utf-8", "replace"), _HTML))
        return True

    return transform


def _turn(scope: Scope, page: Page) -> None:
    scope.page, scope.node, scope.area = page, None, None


def _source(node: Any) -> str:
    if isinstance(node, etree._Element):  # noqa: SLF001
        return html_of(node)
    if isinstance(node, str):
        return node
    raise ValueFailure("replace is for HTML and texts, not for JSON")


def _inner(node: Any) -> str:
    """Return what stands in a node: a text, a comment, the HTML of a template."""
    if isinstance(node, str):
        return node
    if len(node) == 0 or not isinstance(node.tag, str):
        return node.text or ""
    return (node.text or "") + "".join(
        etree.tostring(child, encoding="unicode", method="html") for child in node
    )

"""Changes of a page, compiled: they give the scope another page or node, and leave the old one as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from lxml import etree
from w3lib.encoding import resolve_encoding, to_unicode

from sequentum_scrapy.definition.commands.page import Change
from sequentum_scrapy.definition.selectors import Regex, alternatives, compile_regex

from .errors import ValueFailure
from .json_text import read_json, read_json_at
from .page import Page
from .scope import Scope
from .selectors import Selection, compile_selector
from .text import html_of

Transform = Callable[[Scope], bool]
"""Changes a scope; tells whether there was anything to change."""
_HTML = "text/html; charset=utf-8"
_XML_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")


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
    return _taking_out(change), True


def _taking_out(change: Change) -> Transform:
    """Return the change that takes a document out of the page."""
    if change.response is not None:
        return _response(change.response)
    if change.parse_json is not None:
        return _parse_json(change.parse_json)
    return _parse_html(compile_selector(change.parse_html))


def _response(pattern: str) -> Transform:
    def transform(scope: Scope) -> bool:
        answer = scope.page.responses.get(pattern)
        if answer is None:
            return False
        _turn(scope, scope.page.derived(answer.body, answer.content_type))
        return True

    return transform


def _edit(selection: Selection, edit: Callable[[etree._Element], None]) -> Transform:
    def transform(scope: Scope) -> bool:
        if not selection.first(scope)[0]:
            return False
        whole = scope.element is scope.page.root
        # The page is that of other scopes too, so a copy is changed.
        scope.node, scope.area = deepcopy(scope.element), None
        scope.node.tail = None
        for node in selection.all(scope)[0]:
            if not isinstance(node, etree._Element):  # noqa: SLF001
                raise ValueFailure("remove and unwrap take elements, and matched a text")
            if node is scope.node:
                raise ValueFailure("nothing would be left: the whole page, or row, is matched")
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
        _turn(scope, _rewritten(scope.page, text) if whole else _document(scope.page, text))
        return True

    return transform


def _rewritten(page: Page, text: str) -> Page:
    """Return a page with another source, whatever encoding that declares."""
    if page.kind == "xml":
        text = _XML_DECLARATION.sub("", text, count=1)
    mime = page.content_type.partition(";")[0].strip()
    content_type = f"{mime}; charset=utf-8" if mime else ""
    return page.derived(text.removeprefix("\ufeff").encode("utf-8", "replace"), content_type)


def _document(page: Page, html: str) -> Page:
    return page.derived(html.encode("utf-8", "replace"), _HTML)


def _decode(encoding: str) -> Transform:
    name = resolve_encoding(encoding) or encoding

    def transform(scope: Scope) -> bool:
        page = scope.page
        if scope.node is not None and scope.node is not page.tree:
            raise ValueFailure("encoding is for a whole page")
        if page.is_derived:
            raise ValueFailure(
                "encoding comes before the other changes: the page is decoded already"
            )
        _turn(scope, _rewritten(page, to_unicode(page.body, name)))
        return True

    return transform


def _parse_json(selector: Any) -> Transform:
    finders = [_finder(way) for way in alternatives(selector)]

    def transform(scope: Scope) -> bool:
        for find in finders:
            found = find(scope)
            if found is not None:
                scope.node, scope.area = found, None
                return True
        return False

    return transform


def _finder(way: Any) -> Callable[[Scope], Any]:
    """Return a function that gives the object or list that a selector leads to; None for none."""
    if isinstance(way, Regex):
        pattern = compile_regex(way.regex)

        def search(scope: Scope) -> Any:
            text = scope.text
            found = pattern.search(text)
            if found is None:
                return None
            if pattern.groups:
                return read_json(found[1] or "")
            # No script of HTML goes beyond its end tag, so what follows need not be looked at.
            end = text.find("</script", found.end())
            return read_json_at(text[: end if end >= 0 else None], found.end())

        return search
    first = compile_selector(way).first

    def select(scope: Scope) -> Any:
        found, _ = first(scope)
        if not found:
            return None
        value = found[0]
        if not isinstance(value, (dict, list, str, etree._Element)):  # noqa: SLF001
            raise ValueFailure("parse_json matched what is neither a text nor an object")
        return value if isinstance(value, (dict, list)) else read_json(_inner(value))

    return select


def _parse_html(selection: Selection) -> Transform:
    def transform(scope: Scope) -> bool:
        found, _ = selection.first(scope)
        if not found:
            return False
        if not isinstance(found[0], (str, etree._Element)):  # noqa: SLF001
            raise ValueFailure("parse_html matched what is neither a text nor an element")
        _turn(scope, _document(scope.page, _inner(found[0])))
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

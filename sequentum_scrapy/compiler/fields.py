"""Fields, compiled: from a scope to the values of a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError
from lxml import etree

from sequentum_scrapy.definition.fields import FieldSpec, field_alternatives
from sequentum_scrapy.definition.selectors import (
    Css,
    JmesPath,
    XPath,
    compile_jmespath,
    css_to_xpath,
)
from sequentum_scrapy.definition.templates import compile_template

from .changes import MISSING, Change, compile_changes
from .errors import READ_ERRORS, ValueFailure
from .health import Health
from .metadata import check_microdata, meta_of, of_type
from .page import Page
from .scope import Scope
from .selectors import Select, compile_one, compile_selector, select_regex
from .text import html_of, text_of

Flaw = dict[str, str]
"""Why a record is invalid: its JSON ``path``, a ``message`` and the ``command`` that did it."""

Read = Callable[[Scope, list[Flaw], Health], Any]
Take = Callable[[Any, Scope], Any]

_URL_ATTRIBUTES = frozenset({"href", "src", "action", "formaction", "poster", "cite", "data"})
_ENDS_IN_ATTRIBUTE = re.compile(r"@([\w-]+)$")
TEMPLATE_ERRORS = (TemplateError, TypeError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field: the ways to read it, in order, and what stands in where none gives a value."""

    name: str
    index: int
    address: str
    ways: tuple[Read, ...]
    required: bool
    default: Any

    def read(self, scope: Scope, target: dict[str, Any], flaws: list[Flaw], health: Health) -> None:
        """Read the field into ``target``; what is wrong with it goes to ``flaws``."""
        index = self.index
        health.ran[index] += 1
        try:
            for number, way in enumerate(self.ways):
                value = way(scope, flaws, health)
                if value is not MISSING:
                    health.matched[index] += 1
                    if number:
                        health.fallback[index] += 1
                    target[self.name] = value
                    return
        except READ_ERRORS as error:
            health.failed[index] += 1
            flaws.append(self._flaw(str(error)))
            return
        # As health.miss() does, which would cost a call for each field that is not there.
        if not health.missed[index]:
            health.first_miss(index, scope.page.url)
        health.missed[index] += 1
        if self.required:
            flaws.append(self._flaw("not found"))
        else:
            target[self.name] = self.default

    def _flaw(self, message: str) -> Flaw:
        return {"path": f"$.{self.name}", "message": message, "command": self.address}


def compile_fields(
    fields: Mapping[str, Any], address: str, register: Callable[[str], int]
) -> tuple[Field, ...]:
    """Compile the fields of a capture, or of a nested object.

    ``register`` gives each address its index in `Health`.
    """
    return tuple(
        _field(name, value, f"{address}.{name}", register) for name, value in fields.items()
    )


def _field(name: str, value: Any, address: str, register: Callable[[str], int]) -> Field:
    specs = field_alternatives(value)
    index = register(address)
    default: Any = None
    filled = [spec for spec in specs if spec.has_default]
    if filled:
        default = filled[-1].default
    elif specs[-1].all or specs[-1].list is not None:
        default = []
    return Field(
        name=name,
        index=index,
        address=address,
        ways=tuple(_way(spec, name, address, register) for spec in specs),
        required=not filled and not any(spec.optional for spec in specs),
        default=default,
    )


def _way(spec: FieldSpec, name: str, address: str, register: Callable[[str], int]) -> Read:
    read = _on_page(spec, name, address, register)
    return read if spec.response is None else _on_response(spec.response, read)


def _on_response(pattern: str, read: Read) -> Read:
    """Read from the body of a request that the live page made."""

    def on_response(scope: Scope, flaws: list[Flaw], health: Health) -> Any:
        answer = scope.page.responses.get(pattern)
        if answer is None:
            return MISSING
        before = scope.page, scope.node, scope.area
        scope.page, scope.node, scope.area = answer, None, None
        try:
            return read(scope, flaws, health)
        finally:
            scope.page, scope.node, scope.area = before

    return on_response


def _body_source(scope: Scope) -> Any:
    page = scope.page
    return page.json if page.kind in ("json", "jsonl") else page.text


def _on_page(spec: FieldSpec, name: str, address: str, register: Callable[[str], int]) -> Read:
    if spec.fields is not None:
        return _nested(spec, name, compile_fields(spec.fields, f"{address}.fields", register))
    changes = compile_changes(spec)
    if spec.source == "value":
        return _finish_one(_template_source(spec), changes, spec)
    if spec.source == "response":
        return _finish_one(_body_source, changes, spec)
    if spec.source == "page":
        return _finish_one(_page_source(spec), changes, spec)
    select, take = _selecting(spec)
    return (
        _finish_all(select, take, changes, spec)
        if spec.all
        else _first(select, take, changes, spec)
    )


def _selecting(spec: FieldSpec) -> tuple[Select, Take | None]:
    first = not spec.all
    if spec.css is not None:
        take = _take(spec, css_to_xpath(spec.css))
        return compile_one(Css.model_construct(css=spec.css), first=first), take
    if spec.xpath is not None:
        take = _take(spec, spec.xpath)
        return compile_one(XPath.model_construct(xpath=spec.xpath), first=first), take
    if spec.jmespath is not None:
        return compile_one(JmesPath.model_construct(jmespath=spec.jmespath), first=first), None
    return _metadata(spec) or select_regex(spec.regex or "", first=first), None


def _metadata(spec: FieldSpec) -> Select | None:
    """Return what selects a value that a page says of itself; None for another source."""
    if spec.json_ld is not None:
        return _typed(spec.json_ld, lambda page: page.json_ld, every=spec.all)
    if spec.microdata is not None:
        check_microdata()
        return _typed(spec.microdata, lambda page: page.microdata, every=spec.all)
    if spec.meta is not None:
        name = spec.meta
        return lambda scope: list(meta_of(scope.page.root, name))
    return None


def _take(spec: FieldSpec, path: str) -> Take:
    """Return what turns a matched node into a value; an empty text counts as none."""
    if spec.html:
        return lambda node, _scope: node if isinstance(node, str) else html_of(node)
    if spec.attr is not None:
        return _attribute(spec.attr)
    named = _ENDS_IN_ATTRIBUTE.search(path)
    if named and named[1] in _URL_ATTRIBUTES:
        return lambda node, scope: scope.page.join(node) if node else MISSING

    def take(node: Any, _scope: Scope) -> Any:
        text = " ".join(node.split()) if isinstance(node, str) else text_of(node)
        return text or MISSING

    return take


def _attribute(name: str) -> Take:
    is_url = name in _URL_ATTRIBUTES

    def take(node: Any, scope: Scope) -> Any:
        if not isinstance(node, etree._Element):  # noqa: SLF001 - lxml's name for its public class
            raise ValueFailure(f'attr "{name}" needs an element, not a text')
        value = node.get(name)
        if not value:
            return MISSING
        return scope.page.join(value) if is_url else " ".join(value.split())

    return take


def _first(select: Select, take: Take | None, changes: tuple[Change, ...], spec: FieldSpec) -> Read:
    absolute = spec.as_ == "url"

    def read(scope: Scope, _flaws: list[Flaw], _health: Health) -> Any:
        found = select(scope)
        if not found:
            return MISSING
        value = found[0] if take is None else take(found[0], scope)
        for change in changes:
            if value is MISSING:
                return MISSING
            value = change(value)
        return _absolute(value, scope) if absolute and value is not MISSING else value

    return read


def _finish_all(
    select: Select, take: Take | None, changes: tuple[Change, ...], spec: FieldSpec
) -> Read:
    one = _first(lambda scope: [scope.node], take, changes, spec)

    def read(scope: Scope, flaws: list[Flaw], health: Health) -> Any:
        before, values = scope.node, []
        found = select(scope)
        try:
            for node in found:
                scope.node = node
                value = one(scope, flaws, health)
                if value is not MISSING:
                    values.append(value)
        finally:
            scope.node = before
        return values or MISSING

    return read


def _finish_one(
    source: Callable[[Scope], Any], changes: tuple[Change, ...], spec: FieldSpec
) -> Read:
    def select(scope: Scope) -> list[Any]:
        value = source(scope)
        return [] if value is None or value == "" else [value]

    return _first(select, None, changes, spec)


def _absolute(value: Any, scope: Scope) -> str:
    if not isinstance(value, str):
        raise ValueFailure(f'"{value!r}" is not an address')
    return scope.page.join(value)


def _template_source(spec: FieldSpec) -> Callable[[Scope], Any]:
    render = compile_template(spec.value or "")

    def source(scope: Scope) -> str:
        try:
            return render(scope.names())
        except TEMPLATE_ERRORS as error:
            raise ValueFailure(f'"{spec.value}": {error}') from None

    return source


def _page_source(spec: FieldSpec) -> Callable[[Scope], Any]:
    name = spec.page
    if name == "html":
        return lambda scope: scope.page.text
    if name == "text":
        return lambda scope: text_of(scope.page.root)
    return lambda scope: getattr(scope.page, str(name))


def _typed(path: str, items_of: Callable[[Page], list[dict[str, Any]]], *, every: bool) -> Select:
    """Return a function that takes a path (a type, then a JMESPath in it) of items with a type.

    Without ``every``, of the first item that has a value there.
    """
    kind, _, rest = path.partition(".")
    search = compile_jmespath(rest).search if rest else None

    def select(scope: Scope) -> list[Any]:
        values: list[Any] = []
        for item in of_type(items_of(scope.page), kind):
            value = search(item) if search else item
            found = value if isinstance(value, list) else [value]
            values += [one for one in found if one is not None]
            if values and not every:
                break
        return values

    return select


def _nested(spec: FieldSpec, name: str, fields: Sequence[Field]) -> Read:
    if spec.list is not None:
        return _objects(compile_selector(spec.list).all, name, fields)
    area = next((s for s in (spec.css, spec.xpath, spec.jmespath) if s is not None), None)
    if area is None:
        return lambda scope, flaws, health: _object(fields, scope, flaws, health, name)
    select, _ = _selecting(spec)

    def read(scope: Scope, flaws: list[Flaw], health: Health) -> Any:
        found = select(scope)
        if not found:
            return MISSING
        before, scope.node = scope.node, found[0]
        try:
            return _object(fields, scope, flaws, health, name)
        finally:
            scope.node = before

    return read


def _objects(
    select_all: Callable[[Scope], tuple[list[Any], int]], name: str, fields: Sequence[Field]
) -> Read:
    def read(scope: Scope, flaws: list[Flaw], health: Health) -> Any:
        found, _ = select_all(scope)
        before, values = scope.node, []
        try:
            for number, node in enumerate(found):
                scope.node = node
                values.append(_object(fields, scope, flaws, health, f"{name}[{number}]"))
        finally:
            scope.node = before
        return values or MISSING

    return read


def _object(
    fields: Sequence[Field], scope: Scope, flaws: list[Flaw], health: Health, at: str
) -> dict[str, Any]:
    target: dict[str, Any] = {}
    found: list[Flaw] = []
    for field in fields:
        field.read(scope, target, found, health)
    flaws.extend({**flaw, "path": f"$.{at}{flaw['path'][1:]}"} for flaw in found)
    return target

"""Scopes on pages from memory."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from sequentum_scrapy.compiler import Health, Page, Run, Scope
from sequentum_scrapy.compiler.fields import compile_fields
from sequentum_scrapy.definition.fields import Fields

HTML = "text/html; charset=utf-8"
JSON = "application/json"
_FIELDS = TypeAdapter(Fields)


def on(body: str | bytes, content_type: str = HTML, **given: Any) -> Scope:
    """Return the scope of a whole page at http://site/dir/page."""
    data = body.encode() if isinstance(body, str) else body
    return Scope(Run(**given), Page("http://site/dir/page", data, content_type=content_type), {})


def capture(fields: dict[str, Any], scope: Scope) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return what fields read in a scope, and what is wrong with it."""
    addresses: list[str] = []

    def register(address: str) -> int:
        addresses.append(address)
        return len(addresses) - 1

    compiled = compile_fields(_FIELDS.validate_python(fields), "capture", register)
    health = Health(addresses)
    record: dict[str, Any] = {}
    flaws: list[dict[str, str]] = []
    for field in compiled:
        field.read(scope, record, flaws, health)
    return record, flaws


def value(field: Any, scope: Scope) -> Any:
    """Return the value of one field that has nothing wrong with it."""
    record, flaws = capture({"a": field}, scope)
    assert flaws == []
    return record["a"]


def flaw(field: Any, scope: Scope) -> str:
    """Return the one thing that is wrong with a field, which then has no value."""
    record, flaws = capture({"a": field}, scope)
    assert "a" not in record
    (only,) = flaws
    assert only["path"] == "$.a"
    assert only["command"] == "capture.a"
    return only["message"]

"""What a page says of itself: JSON-LD, microdata, meta elements."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

import lxml.html
import orjson
from lxml import etree

from sequentum_scrapy.definition.errors import AgentError

from .errors import PageError, ValueFailure
from .json_text import read_json_at

_JSON_LD = re.compile(r"^\s*application/ld\+json", re.IGNORECASE)
_META_NAMES = ("name", "property", "itemprop", "http-equiv")


def json_ld_of(root: etree._Element) -> Iterator[dict[str, Any]]:
    """Yield the JSON-LD objects of a page; what is neither JSON nor nearly so is left out."""
    for script in root.iter("script"):
        if _JSON_LD.match(script.get("type", "")):
            text = (script.text or "").strip()
            try:
                data = orjson.loads(text)
            except orjson.JSONDecodeError:
                data = _nearly_json(text)
            yield from _objects(data)


def _nearly_json(text: str) -> Any:
    """Return JSON that people wrote by hand: with comments, line breaks, last commas, &quot;."""
    if '"' not in text:
        text = html.unescape(text)
    try:
        return read_json_at(text, 0)
    except ValueFailure:
        return None


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, dict):
            yield item
            waiting.append(item.get("@graph"))


def of_type(items: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the items of a type, however it is written; where there is none, those inside others."""
    outer = list(items)
    return [item for item in outer if _is(item, kind)] or [
        item for item in _inside(outer) if _is(item, kind)
    ]


def _is(item: dict[str, Any], kind: str) -> bool:
    types = item.get("@type")
    if isinstance(types, str):
        return _short(types) == kind
    return isinstance(types, list) and any(
        isinstance(name, str) and _short(name) == kind for name in types
    )


def _inside(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every object inside of some, in the order of the page."""
    waiting: list[Any] = [list(item.values()) for item in reversed(items)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            value = list(value.values())
        if isinstance(value, list):
            waiting += reversed(value)


def check_microdata() -> None:
    """Raise AgentError where the library for microdata is not installed."""
    if find_spec("extruct") is None:
        raise AgentError('microdata needs extruct: pip install "sequentum-scrapy[metadata]"')


def microdata_of(source: str, url: str) -> list[dict[str, Any]]:
    """Return the microdata items of a page in the form of JSON-LD objects.

    ``url`` is what its links are relative to. Raises PageError where the library cannot read them.
    """
    from extruct.w3cmicrodata import MicrodataExtractor  # noqa: PLC0415 - an extra

    if not source.strip():
        return []
    document = lxml.html.document_fromstring(
        source.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
    )
    try:
        found: list[Any] = MicrodataExtractor().extract_items(document, url)
        return [_as_json_ld(item) for item in found if isinstance(item, dict)]
    except (ValueError, RecursionError) as error:
        raise PageError(f"the microdata of the page cannot be read: {error}") from None


def _as_json_ld(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_json_ld(item) for item in value]
    if isinstance(value, dict) and "properties" in value:
        types = value.get("type")
        names = [_short(name) for name in ([types] if isinstance(types, str) else types or [])]
        kind = names[0] if len(names) == 1 else names
        properties = {name: _as_json_ld(item) for name, item in value["properties"].items()}
        return {"@type": kind, **properties}
    return value


def _short(name: str) -> str:
    """Return the name of a type: Product of https://schema.org/Product, or schema:Product."""
    return re.split(r"[/#:]", name.rstrip("/#"))[-1]


def meta_of(root: etree._Element, name: str) -> list[str]:
    """Return the contents of the meta elements of a name (og:title, description), without empty ones."""
    wanted = name.lower()
    found = []
    for element in root.iter("meta"):
        if any(element.get(attribute, "").lower() == wanted for attribute in _META_NAMES):
            content = " ".join(element.get("content", "").split())
            if content:
                found.append(content)
    return found

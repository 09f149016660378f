"""What a page says of itself: JSON-LD, microdata, meta elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import chompjs
import lxml.html
import orjson
from lxml import etree

from sequentum_scrapy.definition.errors import AgentError

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
    """Return JSON that people wrote by hand: with comments, line breaks in texts, last commas."""
    try:
        return chompjs.parse_js_object(text, loader_kwargs={"strict": False})
    except (ValueError, RecursionError):
        return None


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
            yield from _objects(item.get("@graph", []))


def check_microdata() -> None:
    """Raise AgentError where the library for microdata is not installed."""
    if find_spec("extruct") is None:
        raise AgentError('microdata needs extruct: pip install "sequentum-scrapy[metadata]"')


def microdata_of(html: str, url: str) -> list[dict[str, Any]]:
    """Return the microdata items of a page in the form of JSON-LD objects."""
    from extruct.w3cmicrodata import MicrodataExtractor  # noqa: PLC0415 - an extra

    if not html.strip():
        return []
    document = lxml.html.document_fromstring(
        html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8")
    )
    found: list[Any] = MicrodataExtractor().extract_items(document, url)
    return [_as_json_ld(item) for item in found if isinstance(item, dict)]


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
    return name.rstrip("/").rpartition("/")[2].rpartition("#")[2]


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

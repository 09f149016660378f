"""The text and HTML of an element, as a reader of the page would take it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson
from lxml import etree

from .errors import ValueFailure

_STRING: Callable[[etree._Element], Any] = etree.XPath("string()", smart_strings=False)
_WITHOUT_CODE: Callable[[etree._Element], Any] = etree.XPath(
    "descendant::text()[not(parent::script or parent::style)]", smart_strings=False
)


def text_of(element: etree._Element) -> str:
    """Return the text of an element with whitespace folded, without scripts and styles in it."""
    if len(element) == 0:
        text = element.text or ""
    elif next(element.iter("script", "style"), element) is not element:
        text = "".join(_WITHOUT_CODE(element))
    else:
        text = _STRING(element)
    return " ".join(text.split())


def html_of(element: etree._Element) -> str:
    """Return the HTML of an element, itself included."""
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def as_text(value: Any) -> str:
    """Return a value as a text: of all but a text its JSON. Raises ValueFailure."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # orjson takes no integer over 64 bits, no lone surrogate and no more than 254 levels.
        try:
            return json.dumps(value, ensure_ascii=False)
        except RecursionError:
            raise ValueFailure("the value is nested too deeply") from None

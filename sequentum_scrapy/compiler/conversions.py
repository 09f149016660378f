"""Conversions: from what a page says to a value of a type, or a reason why not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import orjson
from price_parser import Price

from .errors import ValueFailure
from .text import as_text

Convert = Callable[[Any], Any]

_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off"})
_MINUS = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u00a0": "", "\u202f": "", " ": "", "'": "", "\u2019": ""}
)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
_MAX_DIGITS = 300


def converter(name: str, *, date_format: str | None = None, decimal: str | None = None) -> Convert:
    """Return the conversion of a name (``as:`` in the language), but ``url``, which needs a page.

    The function raises ValueFailure for what it cannot convert.
    """
    if name in ("date", "datetime"):
        return _dates(name, date_format)
    if name in ("integer", "number"):
        return _numbers(name, decimal)
    if name == "price":
        return lambda value: _price(value, decimal)
    return {"text": as_text, "boolean": _boolean, "json": _json}[name]


def _fail(value: Any, what: str, hint: str = "") -> ValueFailure:
    shown = value if isinstance(value, str) else repr(value)
    return ValueFailure(f'"{shown[:80]}" is not {what}{hint}')


def _numbers(name: str, decimal: str | None) -> Convert:
    point = decimal or "."
    grouping = "," if point == "." else "."
    sep, dec = re.escape(grouping), re.escape(point)
    form = re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:{sep}\d{{3}})+|\d+)(?:{dec}\d+)?|[+-]?{dec}\d+|[+-]?\d+(?:\.\d+)?[eE][+-]?\d+"
    )
    whole = name == "integer"
    what = "a whole number" if whole else "a number"

    def convert(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise _fail(value, what)
        if isinstance(value, str):
            text = value.translate(_MINUS)
            if len(text) > _MAX_DIGITS or not form.fullmatch(text):
                hint = '; say decimal: ","' if decimal is None and "," in text else ""
                raise _fail(value, what, hint)
            text = text.replace(grouping, "").replace(point, ".")
            if whole and text.lstrip("+-").isdigit():
                return int(text)
            number = float(text)
        else:
            number = value
        if not math.isfinite(number) or (whole and number != int(number)):
            raise _fail(value, what)
        return int(number) if whole else number

    return convert


def _price(value: Any, decimal: str | None) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise _fail(value, "a price")
    amount = Price.fromstring(value, decimal_separator=decimal).amount_float
    if amount is None:
        raise _fail(value, "a price")
    return amount


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise _fail(value, "true or false", "; translate it with map")


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise _fail(value, "JSON") from None


def _dates(name: str, date_format: str | None) -> Convert:
    only_date = name == "date"
    parse = _exactly(date_format) if date_format else _guess()

    def convert(value: Any) -> str:
        if not isinstance(value, str):
            raise _fail(value, f"a {name}")
        if only_date and _ISO_DATE.match(value):
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                raise _fail(value, "a date") from None
        found = parse(value)
        if found is None:
            raise _fail(value, f"a {name}", f" as {date_format}" if date_format else "")
        return found.date().isoformat() if only_date else found.isoformat()

    return convert


def _exactly(date_format: str) -> Callable[[str], datetime | None]:
    def parse(text: str) -> datetime | None:
        try:
            return datetime.strptime(text, date_format)  # noqa: DTZ007 - as it stands on the page
        except ValueError:
            return None

    return parse


def _guess() -> Callable[[str], datetime | None]:
    # dateparser takes a third of a second to import, so only an Agent that guesses dates waits for it.
    import dateparser  # noqa: PLC0415

    return lambda text: dateparser.parse(text[:200])

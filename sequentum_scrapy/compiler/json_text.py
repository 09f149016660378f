"""JSON as pages hold it: strict, written by hand, or as an object of a script."""

from __future__ import annotations

import json
import re
from typing import Any

import chompjs
import orjson

from .errors import ValueFailure

_STRING = (
    r'"[^"\\]*(?:\\.[^"\\]*)*"?' + r"|'[^'\\]*(?:\\.[^'\\]*)*'?" + r"|`[^`\\]*(?:\\.[^`\\]*)*`?"
)
_COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_WORD = r"(?<![\w$.])(?:null|true|false|undefined|NaN|-?Infinity|void\s+0|!0|!1)(?![\w$]|\s*:)"
_TOKEN = re.compile(rf"(?P<string>{_STRING})|(?P<comment>{_COMMENT})|(?P<word>{_WORD})", re.DOTALL)
_GIVEN = re.compile(rf"{_STRING}|{_COMMENT}|[=(]\s*(?P<open>[{{\[])", re.DOTALL)
_BEGINS = re.compile(rf"(?:\s|<!--|<!\[CDATA\[|{_COMMENT})*(?P<open>[{{\[])?", re.DOTALL)
_EMPTY = re.compile(r".\s*[}\]]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,6})\}|(\r\n|.))", re.DOTALL)
_JSON_ESCAPES = frozenset("\"'\\/bfnrtu")
_WORDS = {"true": " true ", "false": " false ", "!0": " true ", "!1": " false "}
_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None)


def read_json(text: str) -> Any:
    """Return the object or list of a text: JSON, else the first that its script assigns or passes.

    What is no number in JavaScript, and what is undefined, is null. Raises ValueFailure.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return read_json_at(text, _begin(text))
    if not isinstance(value, (dict, list)):
        raise _fail(text)
    return value


def read_json_at(text: str, start: int) -> Any:
    """Return the object or list that begins at a place of a text. Raises ValueFailure."""
    begins = _BEGINS.match(text, start)
    if begins is None or begins["open"] is None:
        raise _fail(text[start:])
    start = begins.start("open")
    try:
        value, _ = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    else:
        return value
    try:
        # chompjs takes "null," for a text unless a space is between, and knows no other escapes.
        return chompjs.parse_js_object(_TOKEN.sub(_plain, text[start:]), loader=_DECODER.decode)
    except (ValueError, RecursionError):
        raise _fail(text[start:]) from None


def _begin(text: str) -> int:
    """Return where the first object of a script begins that is not empty, else the first."""
    begins = _BEGINS.match(text)
    if begins is not None and begins["open"]:
        return begins.start("open")
    places = [found.start("open") for found in _GIVEN.finditer(text) if found["open"]]
    if not places:
        raise _fail(text)
    return next((place for place in places if not _EMPTY.match(text, place)), places[0])


def _plain(token: re.Match[str]) -> str:
    if token["comment"] is not None:
        return " "
    if token["word"] is not None:
        return _WORDS.get(token["word"], " null ")
    return _ESCAPE.sub(_escape, token["string"])


def _escape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code is not None:
        number = int(code, 16)
        return f"\\u{number:04x}" if number < 0x10000 else chr(min(number, 0x10FFFF))
    if found[3] in _JSON_ESCAPES:
        return found[0]
    return {"v": "\\u000b", "0": "\\u0000", "\n": "", "\r\n": "", "`": "\\u0060"}.get(
        found[3], found[3]
    )


def _fail(text: str) -> ValueFailure:
    return ValueFailure(f'neither JSON nor a JavaScript object: "{text.strip()[:60]}"')

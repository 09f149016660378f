"""Requests as bytes, so that another process can make them: plain JSON, without secrets, without code."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from scrapy import Request

from .secrecy import Secrecy
from .sessions import JAR

if TYPE_CHECKING:
    from .spider import AgentSpider

UNIT = "sequentum_unit"
"""The key in a request's meta of the number of its unit."""
_BYTES = "__bytes__"
_LONG = b" "
"""What begins with it is read by Python's own reader."""
_PLAIN = ("method", "priority", "dont_filter", "cookies", "flags", "encoding")
_USUAL = {
    "method": "GET", "priority": 0, "dont_filter": False, "cookies": {}, "flags": [], "encoding": "utf-8",
}  # fmt: skip


class Freezer:
    """Turns the requests of a spider into bytes, and back.

    ``headers`` are those of every request: only what differs from them is kept. Values of ``meta`` that JSON has no
    form for are left out, as nothing of ours has such.
    """

    def __init__(
        self, spider: AgentSpider, headers: Mapping[bytes, list[bytes]], secrecy: Secrecy | None
    ) -> None:
        self._spider = spider
        self._headers = headers
        self._secrecy = secrecy
        self._logs_in = bool(spider.crawler.settings.get("HTTPAUTH_USER"))

    def freeze(self, request: Request) -> bytes:
        kept: dict[str, Any] = {"url": request.url}
        for name in _PLAIN:
            value = getattr(request, name)
            if value != _USUAL[name]:
                kept[name] = value
        if request.body:
            kept["body"] = _text(request.body)
        headers = self._changed_headers(request)
        if headers:
            kept["headers"] = headers
        meta = {name: value for name, value in request.meta.items() if name != UNIT}
        if b"Proxy-Authorization" in request.headers:
            # The proxy is chosen anew, with its password.
            meta.pop("proxy", None)
            meta.pop("_auth_proxy", None)
        if meta:
            kept["meta"] = meta
        if request.cb_kwargs:
            kept["cb_kwargs"] = request.cb_kwargs
        if self._secrecy is not None:
            kept = self._secrecy.mask_value(kept)
        try:
            return orjson.dumps(kept, default=_tagged)
        except TypeError:
            kept["meta"] = {name: value for name, value in meta.items() if _is_plain(value)}
            # orjson has no integers over 64 bits, neither here nor when it reads.
            return _LONG + json.dumps(kept, default=_tagged).encode()

    def thaw(self, data: bytes, number: int) -> Request:
        kept = json.loads(data) if data.startswith(_LONG) else orjson.loads(data)
        headers = dict(self._headers)
        for name, values in kept.pop("headers", {}).items():
            headers[name.encode("latin-1")] = [value.encode("latin-1") for value in values]
        body = _bytes(kept.pop("body", ""))
        meta = _untagged(kept.pop("meta", {}))
        return Request(
            **kept,
            headers={name: values for name, values in headers.items() if values},
            body=body,
            meta={**meta, UNIT: number},
            callback=self._spider.parse,
            errback=self._spider.failed,
        )

    def _changed_headers(self, request: Request) -> dict[str, list[str]]:
        headers = request.headers
        changed = {
            name.decode("latin-1"): [value.decode("latin-1") for value in values]
            for name, values in headers.items()
            if values != self._headers.get(name) and not self._is_put_in(name, request)
        }
        for name in self._headers:
            if name not in headers:
                changed[name.decode("latin-1")] = []
        return changed

    def _is_put_in(self, name: bytes, request: Request) -> bool:
        """Tell whether a middleware puts a header field in by itself, and anew: cookies, passwords."""
        if name == b"Cookie":
            return JAR in request.meta
        return name == b"Proxy-Authorization" or (name == b"Authorization" and self._logs_in)


def _text(body: bytes) -> Any:
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        return _tagged(body)


def _bytes(kept: Any) -> bytes:
    return kept.encode("ascii") if isinstance(kept, str) else b64decode(kept[_BYTES])


def _tagged(value: Any) -> Any:
    if isinstance(value, bytes):
        return {_BYTES: b64encode(value).decode()}
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    raise TypeError(type(value).__name__)


def _untagged(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_BYTES}:
            return b64decode(value[_BYTES])
        return {name: _untagged(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    return value


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value, default=_tagged)
    except (TypeError, ValueError):
        return False
    return True

"""The cookies of a crawl as JSON: a restart goes on in the sessions that a site knows it by."""

from __future__ import annotations

from http.cookiejar import Cookie
from typing import Any

import orjson
from scrapy.http.cookies import CookieJar

from .secrecy import Secrecy

STATE = "cookies"
"""Their name in the state of a Run."""


_TRIES = 5


def freeze_cookies(jars: dict[Any, CookieJar], secrecy: Secrecy | None) -> bytes | None:
    """Return the cookies of all jars whose names JSON can hold; None where they change too fast.

    It may be called in another thread than the crawl's, and Scrapy's jars have no lock.
    """
    for _ in range(_TRIES):
        try:
            kept = [
                (name, [dict(vars(cookie)) for cookie in jar])
                for name, jar in list(jars.items())
                if name is None or isinstance(name, (str, int))
            ]
        except RuntimeError:
            continue
        return orjson.dumps(kept if secrecy is None else secrecy.mask_value(kept))
    return None


def thaw_cookies(data: bytes, jars: dict[Any, CookieJar]) -> None:
    """Put cookies back into their jars."""
    for name, cookies in orjson.loads(data):
        for cookie in cookies:
            cookie["rest"] = cookie.pop("_rest", {})
            jars[name].set_cookie(Cookie(**cookie))

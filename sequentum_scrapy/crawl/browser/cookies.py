"""Cookies both ways between Scrapy's jars and the contexts of a browser."""

from __future__ import annotations

from http.cookiejar import Cookie
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scrapy.http.cookies import CookieJar

Known = dict[tuple[str, str, str], str]
"""The values of cookies by name, domain and path."""


def for_browser(jar: Iterable[Cookie], known: Known) -> list[dict[str, Any]]:
    """Return the cookies of a jar that a context does not have yet, and take note that it has them."""
    made = []
    for cookie in jar:
        key = _key(cookie)
        if known.get(key) == cookie.value or not cookie.name:
            continue
        known[key] = cookie.value or ""
        made.append(
            {
                "name": cookie.name,
                "value": cookie.value or "",
                "domain": _domain(cookie),
                "path": cookie.path,
                "expires": cookie.expires if cookie.expires is not None else -1,
                "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
                "secure": cookie.secure,
            }
        )
    return made


def gone_from(jar: Iterable[Cookie], known: Known) -> Known:
    """Return the cookies of a context that its jar has no more, and take note that it has not."""
    return {key: known.pop(key) for key in known.keys() - {_key(cookie) for cookie in jar}}


def expired(cookies: Iterable[Mapping[str, Any]], gone: Known) -> list[dict[str, Any]]:
    """Return those cookies of a context that are gone elsewhere, with a time in the past: set so, they end.

    One that a page has set to another value since is its own, and stays. Playwright's own way of
    clearing some takes out all for a moment, and pages that load meanwhile would be sent none.
    """
    return [
        {**cookie, "expires": 1}
        for cookie in cookies
        if gone.get((cookie["name"], cookie["domain"], cookie["path"])) == cookie["value"]
    ]


def into_jar(cookies: Iterable[Mapping[str, Any]], jar: CookieJar, known: Known) -> bool:
    """Put the cookies of a context into a jar, and take out those that it has no more; tell whether any changed."""
    current: Known = {}
    changed = False
    for cookie in cookies:
        key = (cookie["name"], cookie["domain"], cookie["path"])
        current[key] = cookie["value"]
        if known.get(key) != cookie["value"]:
            jar.set_cookie(_cookie(cookie))
            changed = True
    for name, domain, path in known.keys() - current.keys():
        try:
            jar.clear(_in_jar(domain), path, name)
        except KeyError:
            continue
        changed = True
    known.clear()
    known.update(current)
    return changed


def _key(cookie: Cookie) -> tuple[str, str, str]:
    return cookie.name, _domain(cookie), cookie.path


def _domain(cookie: Cookie) -> str:
    """Return the domain as a browser has it: one that was not given is that of the host alone."""
    domain = (
        cookie.domain.removesuffix(".local") if "." not in cookie.domain[:-6] else cookie.domain
    )
    return domain if cookie.domain_specified else domain.removeprefix(".")


def _in_jar(domain: str) -> str:
    # The standard library gives a name without a dot one, so that rules for domains hold.
    return domain if "." in domain else f"{domain}.local"


def _cookie(cookie: Mapping[str, Any]) -> Cookie:
    domain = _in_jar(cookie["domain"])
    expires = cookie.get("expires", -1)
    return Cookie(
        version=0,
        name=cookie["name"],
        value=cookie["value"],
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=domain.startswith("."),
        domain_initial_dot=domain.startswith("."),
        path=cookie["path"],
        path_specified=True,
        secure=bool(cookie.get("secure")),
        expires=None if expires is None or expires < 0 else int(expires),
        discard=expires is None or expires < 0,
        comment=None,
        comment_url=None,
        rest={"HttpOnly": ""} if cookie.get("httpOnly") else {},
    )

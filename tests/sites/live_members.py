"""The pages of the live site that want a login: in a window of its own, and by a script."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from .faults import html
from .live_pages import PRICE, each, fragment, framed, json_answer, live_page, number_of
from .live_truth import MEMBER_ITEMS, ORDERS, PASSWORD, TEAS, USER
from .members import cookies
from .server import Request, Response, Route


@dataclass
class _Sessions:
    """Who is logged in: the values of a cookie that were given out."""

    cookie: str
    path: str
    known: set[str] = field(default_factory=set)
    number: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def log_in(self, request: Request) -> Response:
        sent = json.loads(request.body or "{}")
        if (sent.get("user"), sent.get("password")) != (USER, PASSWORD):
            return json_answer({"error": "wrong user or password"}, status=401)
        session = f"{self.cookie}-{next(self.number)}"
        self.known.add(session)
        cookie = f"{self.cookie}={session}; Path={self.path}; HttpOnly"
        return Response(
            '{"ok": true}', content_type="application/json", headers=(("Set-Cookie", cookie),)
        )

    def has(self, request: Request) -> bool:
        return cookies(request).get(self.cookie) in self.known


def popup() -> dict[str, Route]:
    sessions = _Sessions("member", "/popup/")

    def items(request: Request) -> Response:
        if not sessions.has(request):
            return json_answer({"error": "not signed in"}, status=403)
        return json_answer({"user": USER, "items": MEMBER_ITEMS})

    def members(request: Request) -> Response:
        if not sessions.has(request):
            return html("Members only", 403)
        entries = each(
            f'<li class="item"><b class="name">{{name}}</b> <span class="price">{PRICE}</span></li>',
            MEMBER_ITEMS,
        )
        return Response(framed("Members", f"<ul>{entries}</ul>"))

    links = each(
        """<li class="tea"><span class="name">{name}</span>
        <a class="open" target="_blank" href="/popup/details/{id}">details</a></li>""",
        TEAS,
    )

    def details(request: Request) -> Response:
        tea = TEAS[number_of(request) - 1]
        facts = each(f'<p class="origin">{{origin}}</p><p class="price">{PRICE}</p>', [tea])
        return Response(framed(str(tea["name"]), facts))

    return {
        "/popup/": live_page("popup", "Members"),
        "/popup/login": fragment("popup-login"),
        "/popup/api/login": sessions.log_in,
        "/popup/api/items": items,
        "/popup/members": members,
        "/popup/tab": framed("Teas", f"<ul>{links}</ul>"),
        "/popup/details/*": details,
    }


def login() -> dict[str, Route]:
    sessions = _Sessions("session", "/")

    def guarded(show: Callable[[Request], str]) -> Callable[[Request], Response]:
        def handler(request: Request) -> Response:
            if not sessions.has(request):
                return Response("", 302, headers=(("Location", "/login/"),))
            return Response(show(request))

        return handler

    def account(_: Request) -> str:
        return framed(
            "Your account",
            f'<p>Hello, <b class="user">{USER}</b>. <a class="orders" href="/login/items">Your orders</a></p>'
            '<a class="logout" href="/login/">Log out</a>',
        )

    def items(request: Request) -> str:
        number = int(request.query.get("page", 1))
        table = each(
            """<tr class="order"><td class="number">{number}</td><td class="date">{date}</td>
            <td class="total">€{total:.2f}</td></tr>""",
            ORDERS[(number - 1) * 10 : number * 10],
        )
        more = f'<a class="next" href="/login/items?page={number + 1}">next</a>'
        return framed(
            "Your orders",
            f'<a class="logout" href="/login/">Log out</a><table><tbody>{table}</tbody></table>'
            + (more if number * 10 < len(ORDERS) else ""),
        )

    return {
        "/login/": live_page("login", "Log in"),
        "/login/api": sessions.log_in,
        "/login/account": guarded(account),
        "/login/items": guarded(items),
    }

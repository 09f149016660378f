"""A site for members: a login with a CSRF token, sessions that expire, a list and its details.

The truth is ``items(site)``: what a crawl that is logged in must give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from .faults import page
from .server import Request, Response, Site

USER, PASSWORD = "reader@example.com", "s3cret & wörd"
ITEMS, PER_PAGE = 100, 20


@dataclass
class Members:
    """What happened: logins that worked, logins that did not, pages refused to those not logged in.

    ``lives`` is how many members' pages a session lasts; ``quiet`` answers 200 with the login form
    in place of a redirect.
    """

    lives: int | None = None
    quiet: bool = False
    delay: float = 0.0
    logins: int = 0
    wrong: int = 0
    refused: int = 0
    left: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def form(self, status: int = 200, problem: str = "") -> Response:
        visitor = f"v{len(self.tokens)}"
        self.tokens[visitor] = token = f"token-{visitor}"
        html = f"""<p class="problem">{problem}</p><form id="login" action="/login" method="post">
            <input type="hidden" name="csrf" value="{token}"><input name="email"><input type="password" name="password">
            <label><input type="checkbox" name="stay" value="1">Stay</label>
            <button name="do" value="login">Log in</button></form>"""
        cookie = ("Set-Cookie", f"visitor={visitor}; Path=/")
        return Response(page("Log in", html), status, headers=(cookie,))

    def log_in(self, request: Request) -> Response:
        if request.method == "GET":
            return self.form()
        sent = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        visitor = cookies(request).get("visitor", "")
        # A token is good for one try, by the one whom it was given to.
        if not visitor or self.tokens.pop(visitor, None) != sent.get("csrf"):
            return self.form(403, "the form is out of date")
        right = (sent.get("email"), sent.get("password"), sent.get("do")) == (
            USER,
            PASSWORD,
            "login",
        )
        if not right:
            self.wrong += 1
            return self.form(200, "wrong e-mail or password")
        self.logins += 1
        session = f"s{self.logins}"
        self.left[session] = self.lives if self.lives is not None else 1_000_000
        cookie = ("Set-Cookie", f"session={session}; Path=/; HttpOnly")
        return Response("", 302, headers=(("Location", "/welcome"), cookie))

    def guarded(self, show: Callable[[Request], str]) -> Callable[[Request], Response]:
        def handler(request: Request) -> Response:
            session = cookies(request).get("session", "")
            if self.left.get(session, 0) <= 0:
                self.refused += 1
                if self.quiet:
                    return replace(self.form(), delay=self.delay)
                return Response("", 302, headers=(("Location", f"/login?next={request.path}"),))
            if request.route != "/welcome":
                self.left[session] -= 1
            out = '<a class="logout" href="/logout">Log out</a>'
            return Response(out + show(request), delay=self.delay)

        return handler


def cookies(request: Request) -> dict[str, str]:
    return {
        name: morsel.value
        for name, morsel in SimpleCookie(request.headers.get("cookie", "")).items()
    }


def items() -> Iterator[dict[str, object]]:
    """Yield what each item's page says."""
    for number in range(1, ITEMS + 1):
        yield {"name": f"Item {number}", "price": number / 4}


def members(state: Members | None = None, *, port: int = 0) -> Site:
    """Return the site; ``state`` counts what happens."""
    state = state or Members()

    def listing(request: Request) -> str:
        number = int(request.query.get("page", 1))
        first = (number - 1) * PER_PAGE + 1
        rows = "".join(
            f'<li><a href="/item/{n}">Item {n}</a>' for n in range(first, first + PER_PAGE)
        )
        more = (
            f'<a class="next" href="/items?page={number + 1}">next</a>'
            if first + PER_PAGE <= ITEMS
            else ""
        )
        return page("Items", f"<ul>{rows}</ul>{more}")

    def item(request: Request) -> str:
        number = int(request.route.rpartition("/")[2])
        return page(f"Item {number}", f'<p class="price">{number / 4:.2f}</p>')

    return Site(
        {
            "/login": state.log_in,
            "/welcome": state.guarded(lambda _: page("Welcome")),
            "/items": state.guarded(listing),
            "/item/*": state.guarded(item),
        },
        port,
    )

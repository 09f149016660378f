"""A shop that blocks: by rate, by user agent, by client, with pages that look well at first sight.

The truth is ``products(site)``. A client is the session cookie that the site gave it, and the proxy it came by.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from .faults import page
from .members import cookies
from .proxy import PROXY_ID
from .server import Request, Response, Site

PRODUCTS, PER_PAGE = 200, 20
BOTS = ("scrapy", "python", "curl", "bot")


@dataclass
class Fortress:
    """What is defended, and what happened.

    ``rate`` is how many requests a second a proxy may make (429 with Retry-After over it), ``patience`` after
    how many pages a session sees a captcha (status 200), ``banned`` the proxies that get 403 once ``ban_after`` pages
    were served. ``bots`` refuses user agents that say what they are.
    """

    rate: int | None = None
    retry_after: str = "1"
    patience: int | None = None
    banned: frozenset[str] = frozenset()
    ban_after: int = 0
    bots: bool = False
    served: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    sessions: Counter[str] = field(default_factory=Counter)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def refuse(self, request: Request) -> Response | None:
        by = request.headers.get(PROXY_ID.lower(), "direct")
        agent = request.headers.get("user-agent", "").lower()
        if self.bots and (not agent or any(word in agent for word in BOTS)):
            return self._block("agent", Response(page("Forbidden"), 403))
        if by in self.banned and sum(self.served.values()) >= self.ban_after:
            return self._block("banned", Response(page("Forbidden"), 403))
        if self.rate is not None:
            now = time.monotonic()
            recent = self.times[by] = [moment for moment in self.times[by] if now - moment < 1]
            if len(recent) >= self.rate:
                headers = (("Retry-After", self.retry_after),)
                return self._block("rate", Response(page("Slow down"), 429, headers=headers))
            recent.append(now)
        session = cookies(request).get("visitor", "")
        if self.patience is not None and self.sessions[session] >= self.patience:
            captcha = (
                '<h1>Product 0</h1><p class="price">0.00</p><form class="captcha">prove it</form>'
            )
            return self._block("captcha", Response(captcha))
        self.sessions[session] += bool(session)
        self.served[by] += 1
        return None

    def _block(self, why: str, response: Response) -> Response:
        self.blocked[why] += 1
        return response


def products() -> Iterator[dict[str, object]]:
    for number in range(1, PRODUCTS + 1):
        yield {"title": f"Product {number}", "price": number / 2}


def fortress(state: Fortress | None = None, *, port: int = 0) -> Site:
    """Return the site; ``state`` says what it defends, and counts."""
    state = state or Fortress()
    visitors = iter(range(1, 10_000_000))

    def guarded(request: Request) -> Response:
        refusal = state.refuse(request)
        if refusal is not None:
            return refusal
        headers: tuple[tuple[str, str], ...] = ()
        if "visitor" not in cookies(request):
            headers = (("Set-Cookie", f"visitor=v{next(visitors)}; Path=/"),)
        return Response(_show(request), headers=headers)

    robots = Response("User-agent: *\nDisallow:\n", content_type="text/plain")
    return Site({"/robots.txt": robots, "/*": guarded}, port)


def _show(request: Request) -> str:
    if request.route.startswith("/product/"):
        number = int(request.route.rpartition("/")[2])
        return page(f"Product {number}", f'<p class="price">{number / 2:.2f}</p>')
    number = int(request.query.get("page", 1))
    first = (number - 1) * PER_PAGE + 1
    links = "".join(
        f'<li><a href="/product/{n}">Product {n}</a>' for n in range(first, first + PER_PAGE)
    )
    more = (
        f'<a class="next" href="/?page={number + 1}">next</a>'
        if first + PER_PAGE <= PRODUCTS
        else ""
    )
    return page("Products", f"<ul>{links}</ul>{more}")

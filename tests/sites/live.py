"""A site of pages that need a browser: its data comes by scripts, in frames, in windows, on clicks.

Its pages are the texts in ``live/``. The truth is the constants below, and what ``feed_rows``,
``stock_rows`` and ``people`` give.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from .faults import html, page
from .live_pages import PRICE, Json, Markup, each, fragment, framed, live_page, pdf, png, table_rows
from .members import cookies
from .server import Request, Response, Route

HANGING = 3600.0
"""Seconds that what never comes takes."""
USER, PASSWORD = "ada", "tea & biscuits"

_KINDS = ("Kettle", "Teapot", "Cup", "Tray", "Strainer", "Caddy", "Whisk", "Spoon", "Jug", "Towel")
_COLOURS = ("Red", "Blue", "Green", "White", "Black", "Copper")
_CITIES = ("Lisbon", "Porto", "Braga", "Faro", "Évora", "Coimbra", "Aveiro")


def _product(number: int) -> dict[str, Any]:
    kind, colour = _KINDS[(number - 1) % 10], _COLOURS[(number - 1) // 10]
    return {
        "id": number,
        "name": f"{colour} {kind}",
        "brand": f"{_CITIES[number % 7]} & Sons",
        "price": 4 + number * 7 % 50 + number % 4 / 4,
        "rating": number % 5 + 1,
        "stock": number * 7 % 23,
        "tags": [kind.lower(), colour.lower()],
    }


PRODUCTS = [_product(number) for number in range(1, 37)]
"""Those of /shop/, 12 a page."""
CATALOGUE = [_product(number) for number in range(1, 61)]
"""Those of /same/, 20 a page."""
POSTS = [
    {
        "id": n,
        "title": f"News of day {n}",
        "author": f"Writer {n % 6}",
        "date": f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}",
    }
    for n in range(1, 56)
]
"""Those of /more/, 10 a click."""
TEAS = [
    {"id": n, "name": f"Tea no. {n}", "origin": _CITIES[n % 7], "price": 2 + n / 2}
    for n in range(1, 9)
]
"""Those of /spa/details."""
DEPARTURES = [
    {"time": f"{6 + n}:{n * 10 % 60:02}", "to": _CITIES[n % 7], "pier": str(n % 3 + 1)}
    for n in range(12)
]
"""Those in the innermost of /frames/."""
CARDS = [
    {"name": f"{colour} tea", "price": 3.5 + n, "left": n * 3, "note": f"Harvest {2020 + n}"}
    for n, colour in enumerate(_COLOURS)
]
"""Those of /shadow/; how many are left is told by a click."""
MEMBER_ITEMS = [{"name": f"Member's tea {n}", "price": n / 4} for n in range(1, 16)]
"""What /popup/ shows to who is signed in."""
ORDERS = [
    {"number": f"A-{1000 + n}", "total": n * 2.5, "date": f"2026-03-{n:02}"} for n in range(1, 31)
]
"""Those of /login/items, 10 a page."""
FIGURES = [
    [month, 100 + 17 * n] for n, month in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun"))
]
FIGURES_CSV = "month,sales\n" + "".join(f"{month},{sales}\n" for month, sales in FIGURES)
"""The file that the script of /files/ makes."""
REPORT = pdf("The figures of this year")
"""The PDF of /files/."""
BARS = [["Mon", 120], ["Tue", 80], ["Wed", 200], ["Thu", 150], ["Fri", 260], ["Sat", 40]]
"""The chart of /canvas/: 600 by 300 pixels, a bar each 100."""
FARES = [{"to": city, "price": 9.5 + n} for n, city in enumerate(_CITIES)]
"""What /late/ shows after 2 s."""
STATIONS = [{"name": f"{city} station", "lines": str(n + 1)} for n, city in enumerate(_CITIES)]
"""What /never/ shows at once."""
OFFERS = [{"name": product["name"], "price": product["price"]} for product in PRODUCTS[:5]]
"""Those of /banner/; the prices are told by a click."""
CITIES = [{"id": n, "name": name} for n, name in enumerate((*_CITIES, "Portimão", "Portalegre"), 1)]
"""What the autocomplete of /forms/ suggests."""
TABS = {
    "About": "A shop since 1893.",
    "Delivery": "Two days, by post.",
    "Returns": "Within 30 days.",
}
QUESTIONS = {
    "Is it fresh?": "Picked this spring.",
    "Is it strong?": "Three minutes will do.",
    "Is it dear?": "No.",
}
MENU = {"Drinks": ["Tea", "Coffee", "Cocoa"], "Kitchen": ["Kettles", "Cups"]}
ROASTS = ["light", "medium", "dark", "very dark"]
LOG = [f"Line {n}: {'sold' if n % 3 else 'bought'} {n} bags" for n in range(1, 41)]
"""What the box of /widgets/ shows as it is scrolled, 10 at a time."""
PRINTS = [
    {"name": f"Print {n}", "size": f"{n * 10} x {n * 7}", "price": n * 1.5} for n in range(1, 21)
]
"""The table of /pictures/."""
SPA_PAGES, PEOPLE_PER_PAGE = 7, 10


def feed_rows(count: int = 200) -> list[dict[str, str]]:
    """Return the rows of /scroll/: each tenth is the same advertisement."""
    return [
        {"title": "Advertisement", "price": "free"}
        if n % 10 == 0
        else {"title": f"Sale no. {n}", "price": f"€{n / 4:.2f}"}
        for n in range(1, count + 1)
    ]


def stock_rows(count: int = 200) -> list[dict[str, str]]:
    """Return the rows of /scroll/virtual, /scroll/keyed and /scroll/late."""
    return [
        {
            "code": f"S{n:05}",
            "name": f"{_COLOURS[n % 6]} {_KINDS[n % 10]}",
            "price": f"€{n / 4:.2f}",
        }
        for n in range(1, count + 1)
    ]


def people(pages: int = SPA_PAGES) -> list[dict[str, Any]]:
    """Return the rows of /spa/, 10 a page."""
    return [
        {"number": n, "name": f"Person {n}", "city": _CITIES[n % 7], "salary": 1000 + n * 10}
        for n in range(1, pages * PEOPLE_PER_PAGE + 1)
    ]


def live() -> dict[str, Route]:
    """Return the routes of the site, for a Site of its own."""
    routes: dict[str, Route] = {
        **_shop(),
        **_same(),
        **_lists(),
        **_spa(),
        **_parts(),
        **_popup(),
        **_login(),
        **_files(),
        **_forms(),
        **_faults(),
        **_pictures(),
    }
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in START_PAGES)
    return {"/": framed("Live pages", f"<ul>{links}</ul>"), **routes}


START_PAGES = (
    "/shop/", "/same/", "/scroll/", "/scroll/virtual", "/scroll/keyed", "/scroll/late", "/more/",
    "/more/rerender", "/more/disabled", "/spa/", "/spa/details", "/frames/", "/shadow/", "/popup/", "/popup/tab",
    "/login/", "/files/", "/canvas/", "/late/", "/never/", "/dialogs/", "/banner/?banner=1",
    "/forms/", "/widgets/", "/pictures/", "/visitor/",
)  # fmt: skip


def _json(value: Any, *, status: int = 200, delay: float = 0.03) -> Response:
    return Response(
        json.dumps(value, ensure_ascii=False),
        status,
        content_type="application/json; charset=utf-8",
        delay=delay,
    )


def _number(request: Request) -> int:
    """Return the number that an address ends with."""
    return int(request.route.rpartition("/")[2])


def _details(product: dict[str, Any]) -> str:
    facts = each(
        f"""<p class="brand">{{brand}}</p><p class="price">{PRICE}</p>
        <dl class="facts"><dt>Article</dt><dd class="id">{{id}}</dd>
        <dt>Rating</dt><dd class="rating">{{rating}} of 5</dd>
        <dt>Stock</dt><dd class="stock">{{stock}}</dd></dl>""",
        [product],
    )
    tags = "".join(f'<li class="tag">{tag}</li>' for tag in product["tags"])
    return framed(product["name"], f'{facts}<ul class="tags">{tags}</ul>')


def _product_page(products: list[dict[str, Any]]) -> Callable[[Request], Response]:
    def handler(request: Request) -> Response:
        number = _number(request)
        if not 1 <= number <= len(products):
            return html("No such product", 404)
        return Response(_details(products[number - 1]))

    return handler


def _shop() -> dict[str, Route]:
    def items(request: Request) -> Response:
        number, pages = int(request.query.get("page", 1)), -(-len(PRODUCTS) // 12)
        found = PRODUCTS[(number - 1) * 12 : number * 12]
        answer = {"items": found, "page": number, "pages": pages, "total": len(PRODUCTS)}
        return _json(answer, delay=0.15)

    return {
        "/shop/": live_page("shop", "Shop"),
        "/shop/api/items": items,
        "/shop/item/*": _product_page(PRODUCTS),
    }


def _same() -> dict[str, Route]:
    def listing(request: Request) -> Response:
        number, pages = int(request.query.get("page", 1)), len(CATALOGUE) // 20
        following = f'<a class="next" href="/same/?page={number + 1}">next</a>'
        return Response(
            live_page(
                "same",
                "Catalogue",
                number=number,
                pages=pages,
                products=each(
                    f"""<li><a class="name" href="/same/product/{{id}}">{{name}}</a> <span class="price">{PRICE}</span>
                    <img src="/pictures/img/{{id}}.png" alt="" loading="lazy"></li>""",
                    CATALOGUE[(number - 1) * 20 : number * 20],
                ),
                next=Markup(following if number < pages else ""),
            )
        )

    return {"/same/": listing, "/same/product/*": _product_page(CATALOGUE)}


def _lists() -> dict[str, Route]:
    def scrolled(request: Request) -> Response:
        query = request.query
        made = feed_rows if query.get("kind", "feed") == "feed" else stock_rows
        start, size = int(query.get("start", 0)), int(query.get("size", 20))
        return _json({"items": made(int(query.get("rows", 200)))[start : start + size]})

    def posts(request: Request) -> Response:
        end = int(request.query.get("start", 0)) + 10
        return _json({"items": POSTS[end - 10 : end], "more": end < len(POSTS)})

    def post(request: Request) -> Response:
        return html(POSTS[_number(request) - 1]["title"])

    return {
        "/scroll/": live_page("scroll", "Sales of today"),
        "/scroll/virtual": live_page("scroll-virtual", "Stock"),
        "/scroll/keyed": live_page("scroll-keyed", "Stock"),
        "/scroll/late": live_page("scroll-late", "Stock"),
        "/scroll/api": scrolled,
        "/more/": live_page("more", "News", way="append"),
        "/more/rerender": live_page("more", "News", way="rerender"),
        "/more/disabled": live_page("more", "News", way="disabled"),
        "/more/api": posts,
        "/more/post/*": post,
    }


def _spa() -> dict[str, Route]:
    def staff(request: Request) -> Response:
        number = int(request.query.get("page", 1))
        return _json({"items": people(number)[-PEOPLE_PER_PAGE:]})

    items = each(
        """<li data-id="{id}"><span class="name">{name}</span>
        <button class="details">Details</button></li>""",
        TEAS,
    )
    return {
        "/spa/": live_page("spa", "Staff", pages=SPA_PAGES),
        "/spa/api": staff,
        "/spa/details": live_page("spa-details", "Teas", items=items),
        "/spa/details/api/*": lambda request: _json(TEAS[_number(request) - 1], delay=0.08),
    }


def _parts() -> dict[str, Route]:
    """Pages of which a part is out of the way: in a frame, a shadow root, a canvas, late, under a banner."""
    cards = each(
        """<tea-card price="{price}" left="{left}"><h3 slot="title">{name}</h3>
        <p class="note">{note}</p></tea-card>""",
        CARDS,
    )
    offers = each('<tr><td class="name">{name}</td><td class="price">ask</td></tr>', OFFERS)
    prices = [offer["price"] for offer in OFFERS]
    return {
        "/frames/": live_page("frames", "Timetable"),
        "/frames/outer": fragment("frames-outer"),
        "/frames/inner": fragment("frames-inner", rows=table_rows(DEPARTURES)),
        "/shadow/": live_page("shadow", "Teas", cards=cards),
        "/canvas/": live_page("canvas", "Visitors", bars=Json(BARS)),
        "/late/": live_page("late", "Fares", fares=Json(FARES)),
        "/never/": live_page("never", "Stations", rows=table_rows(STATIONS)),
        "/never/image.png": Response(png(0), content_type="image/png", delay=HANGING),
        "/never/data": Response("", delay=HANGING),
        "/never/page": Response("", delay=HANGING),
        "/visitor/": live_page("visitor", "You"),
        "/banner/": live_page("banner", "Offers", rows=offers, prices=Json(prices)),
    }


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
            return _json({"error": "wrong user or password"}, status=401)
        session = f"{self.cookie}-{next(self.number)}"
        self.known.add(session)
        cookie = f"{self.cookie}={session}; Path={self.path}; HttpOnly"
        return Response(
            '{"ok": true}', content_type="application/json", headers=(("Set-Cookie", cookie),)
        )

    def has(self, request: Request) -> bool:
        return cookies(request).get(self.cookie) in self.known


def _popup() -> dict[str, Route]:
    sessions = _Sessions("member", "/popup/")

    def items(request: Request) -> Response:
        if not sessions.has(request):
            return _json({"error": "not signed in"}, status=403)
        return _json({"user": USER, "items": MEMBER_ITEMS})

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
        tea = TEAS[_number(request) - 1]
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


def _login() -> dict[str, Route]:
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


def _attachment(body: bytes, name: str, kind: str) -> Response:
    header = ("Content-Disposition", f'attachment; filename="{name}"')
    return Response(body, content_type=kind, headers=(header,))


def _files() -> dict[str, Route]:
    return {
        "/files/": live_page("files", "Figures", figures=Json(FIGURES)),
        "/files/report.pdf": _attachment(REPORT, "report.pdf", "application/pdf"),
    }


def _forms() -> dict[str, Route]:
    tabs = "".join(f'<button role="tab">{name}</button>' for name in TABS)
    questions = "".join(
        f'<div class="question"><button aria-expanded="false">{question}</button></div>'
        for question in QUESTIONS
    )
    roasts = "".join(f'<div role="option">{roast}</div>' for roast in ROASTS)
    return {
        "/dialogs/": live_page("dialogs", "Settings"),
        "/dialogs/left": page("You have left"),
        "/forms/": live_page("forms", "Order", cities=Json(CITIES)),
        "/widgets/": live_page(
            "widgets",
            "About us",
            tabs=Markup(tabs),
            questions=Markup(questions),
            roasts=Markup(roasts),
            panels=Json(TABS),
            answers=Json(list(QUESTIONS.values())),
            menu=Json(MENU),
            log=Json(LOG),
        ),
    }


def _faults() -> dict[str, Route]:
    def ok(request: Request) -> Response:
        number = escape(request.query.get("n", "1"))
        return Response(page(f"Record {number}", f'<p class="number">{number}</p>'))

    def js_loop(request: Request) -> Response:
        side, other = ("b", "a") if request.query.get("side") == "b" else ("a", "b")
        script = f"setTimeout(() => location.replace('/faults/jsloop?side={other}'), 50)"
        return Response(page(f"Side {side}", f"<script>{script}</script>"))

    def loop(request: Request) -> Response:
        there = "/faults/loop" if request.query else "/faults/loop?again"
        return Response("", 302, headers=(("Location", there),))

    away = "addEventListener('load', () => setTimeout(() => { location = '/faults/ok?n=2'; }, 30))"
    return {
        # No page may lead to chrome://crash: a test goes there itself.
        "/faults/crash": page("Crash", '<a class="crash" href="chrome://crash">crash</a>'),
        "/faults/loop": loop,
        "/faults/jsloop": js_loop,
        "/faults/navigates": page("Here", f"<script>{away}</script>"),
        "/faults/dialog": page(
            "Dialog", "<script>onload = () => alert('hello')</script><p class=after>after</p>"
        ),
        "/faults/download": _attachment(b"a,b\n1,2\n", "rows.csv", "text/csv"),
        "/faults/slow": Response(page("Slow"), delay=1),
        "/faults/ok": ok,
        "/faults/status": lambda request: html("Status", int(request.query.get("code", 500))),
    }


def _pictures() -> dict[str, Route]:
    def gallery(request: Request) -> Response:
        images = "\n".join(
            f'<img src="/pictures/img/{n}.png" width="82" height="82" alt="picture {n}">'
            for n in range(1, int(request.query.get("n", 30)) + 1)
        )
        return Response(
            live_page("pictures", "Prints", images=Markup(images), rows=table_rows(PRINTS))
        )

    def image(request: Request) -> Response:
        number = int(request.route.rpartition("/")[2].removesuffix(".png"))
        return Response(png(number), content_type="image/png")

    return {
        "/pictures/": gallery,
        "/pictures/img/*": image,
        # No font and no film: only what it costs to fetch them.
        "/pictures/font.woff2": Response(png(1001, 100), content_type="font/woff2"),
        "/pictures/clip.mp4": Response(png(1002, 200), content_type="video/mp4"),
    }

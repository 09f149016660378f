"""A site of pages that need a browser: its data comes by scripts, in frames, in windows, on clicks.

Its pages are the texts in ``live/``; what they show is in ``live_truth``.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from .faults import html, page
from .live_members import login, popup
from .live_pages import (
    PRICE,
    Json,
    Markup,
    each,
    fragment,
    framed,
    json_answer,
    live_page,
    number_of,
    png,
    table_rows,
)
from .live_truth import (
    BARS,
    CARDS,
    CATALOGUE,
    CHAPTERS,
    CITIES,
    DEPARTURES,
    FARES,
    FIGURES,
    LOG,
    MENU,
    OFFERS,
    PEOPLE_PER_PAGE,
    POSTS,
    PRINTS,
    PRODUCTS,
    QUESTIONS,
    REPORT,
    ROASTS,
    SPA_PAGES,
    STATIONS,
    TABS,
    TEAS,
    feed_rows,
    people,
    stock_rows,
)
from .server import Request, Response, Route

HANGING = 3600.0
"""Seconds that what never comes takes."""


def live() -> dict[str, Route]:
    """Return the routes of the site, for a Site of its own."""
    routes: dict[str, Route] = {
        **_shop(),
        **_same(),
        **_lists(),
        **_spa(),
        **_parts(),
        **popup(),
        **login(),
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
    "/login/", "/files/", "/canvas/", "/late/", "/never/", "/reading/", "/dialogs/", "/banner/?banner=1",
    "/forms/", "/widgets/", "/pictures/", "/visitor/",
)  # fmt: skip


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
        number = number_of(request)
        if not 1 <= number <= len(products):
            return html("No such product", 404)
        return Response(_details(products[number - 1]))

    return handler


def _shop() -> dict[str, Route]:
    def items(request: Request) -> Response:
        number, pages = int(request.query.get("page", 1)), -(-len(PRODUCTS) // 12)
        found = PRODUCTS[(number - 1) * 12 : number * 12]
        answer = {"items": found, "page": number, "pages": pages, "total": len(PRODUCTS)}
        return json_answer(answer, delay=0.15)

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
        return json_answer({"items": made(int(query.get("rows", 200)))[start : start + size]})

    def posts(request: Request) -> Response:
        end = int(request.query.get("start", 0)) + 10
        return json_answer({"items": POSTS[end - 10 : end], "more": end < len(POSTS)})

    def post(request: Request) -> Response:
        return html(POSTS[number_of(request) - 1]["title"])

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
        return json_answer({"items": people(number)[-PEOPLE_PER_PAGE:]})

    items = each(
        """<li data-id="{id}"><span class="name">{name}</span>
        <button class="details">Details</button></li>""",
        TEAS,
    )
    return {
        "/spa/": live_page("spa", "Staff", pages=SPA_PAGES),
        "/spa/api": staff,
        "/spa/details": live_page("spa-details", "Teas", items=items),
        "/spa/details/api/*": lambda request: json_answer(TEAS[number_of(request) - 1], delay=0.08),
    }


def _parts() -> dict[str, Route]:
    """Pages of which a part is out of the way: in a frame, a shadow root, a canvas, late, under a banner."""
    cards = each(
        """<tea-card price="{price}" left="{left}"><h3 slot="title">{name}</h3>
        <p class="note">{note}</p></tea-card>""",
        CARDS,
    )
    offers = each('<tr><td class="name">{name}</td><td class="price">ask</td></tr>', OFFERS)
    chapters = each(
        '<section class="chapter" id="chapter-{number}"><h2>{title}</h2></section>',
        [{"number": n, **chapter} for n, chapter in enumerate(CHAPTERS, 1)],
    )
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
        "/reading/": live_page("reading", "By boat", chapters=chapters),
        "/reading/api/*": lambda request: json_answer(CHAPTERS[number_of(request) - 1], delay=0.3),
        "/visitor/": live_page("visitor", "You"),
        "/banner/": live_page("banner", "Offers", rows=offers, prices=Json(prices)),
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

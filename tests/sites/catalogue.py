"""A catalogue with list pages, product pages and a JSON API, of any size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .server import Request, Response, Route, Site

CATEGORIES = ("Tea", "Coffee", "Cocoa")


@dataclass(frozen=True)
class Catalogue:
    """How a catalogue is laid out.

    ``circular``: the next link of the last page leads back to page 1. ``delay``: seconds before
    each answer. ``related``: links from each product page to so many following ones.
    """

    products: int = 40
    page_size: int = 10
    circular: bool = False
    delay: float = 0.0
    related: int = 0

    @property
    def pages(self) -> int:
        return -(-self.products // self.page_size)

    def records(self) -> list[dict[str, Any]]:
        """Return what there is to find, in the order of the list pages."""
        return [product(number) for number in range(1, self.products + 1)]


def product(number: int) -> dict[str, Any]:
    return {
        "sku": f"P{number:05}",
        "title": f"Product {number}",
        "price": number + 0.99,
        "category": CATEGORIES[number % len(CATEGORIES)],
        "stock": number % 7,
        "tags": [f"tag-{number % 3}", f"tag-{number % 5}"],
    }


def catalogue(layout: Catalogue | None = None, *, port: int = 0) -> Site:
    """Return the site: ``/`` and ``/page/2``, ``/product/1``, ``/api/products?cursor=…``.

    A list page beyond the last is a 404, ``/search?q=…`` finds products by their title (GET or
    POST), ``/reviews/1`` holds the reviews of a product.
    """
    pages = _Pages(layout or Catalogue())
    routes: dict[str, Route] = {
        "/": pages.listing,
        "/page/*": pages.listing,
        "/product/*": pages.product,
        "/reviews/*": pages.reviews,
        "/api/products": pages.api,
        "/search": pages.search,
        "/robots.txt": Response("User-agent: *\nDisallow: /private/\n", content_type="text/plain"),
        "/private/*": "<h1>Not for robots</h1>",
    }
    return Site(routes, port)


@dataclass(frozen=True)
class _Pages:
    layout: Catalogue

    def listing(self, request: Request) -> Response:
        number = _last_number(request, 1)
        if not 1 <= number <= self.layout.pages:
            return Response("<h1>Not found</h1>", 404)
        return self._html(f"Page {number}", _cards(self._on(number)) + self._pager(number))

    def product(self, request: Request) -> Response:
        number = _last_number(request)
        if not 1 <= number <= self.layout.products:
            return Response("<h1>Not found</h1>", 404)
        item = product(number)
        tags = "".join(f"<li>{tag}</li>" for tag in item["tags"])
        more = range(number + 1, min(number + self.layout.related, self.layout.products) + 1)
        body = (
            f'<p class="sku">{item["sku"]}</p><p class="price">£{item["price"]:,.2f}</p>'
            f'<p class="stock">{item["stock"]} in stock</p>'
            f'<p class="category">{item["category"]}</p>'
            f'<ul class="tags">{tags}</ul><a class="reviews" href="/reviews/{number}">Reviews</a>'
            f'<div class="related">{"".join(_link(other) for other in more)}</div>'
        )
        return self._html(item["title"], body)

    def reviews(self, request: Request) -> Response:
        number = _last_number(request)
        rows = "".join(
            f'<div class="review"><b>Reader {n}</b><span class="stars">{n % 5 + 1}</span></div>'
            for n in range(1, number % 4 + 1)
        )
        return self._html(f"Reviews of {product(number)['title']}", rows)

    def api(self, request: Request) -> Response:
        """Answer ``{"items": […], "next": cursor or null}``."""
        start = int(request.query.get("cursor") or 0)
        end = min(start + self.layout.page_size, self.layout.products)
        items = [product(number) for number in range(start + 1, end + 1)]
        following = str(end) if end < self.layout.products else None
        data = json.dumps({"items": items, "next": following, "total": self.layout.products})
        return Response(data, content_type="application/json", delay=self.layout.delay)

    def search(self, request: Request) -> Response:
        form = Request(request.method, "/?" + request.body.decode(), {})
        words = (request.query.get("q") or form.query.get("q", "")).lower()
        numbers = range(1, self.layout.products + 1)
        found = [n for n in numbers if words and words in product(n)["title"].lower()]
        return self._html(f"Found {len(found)}", _cards(found))

    def _on(self, page: int) -> range:
        start = (page - 1) * self.layout.page_size + 1
        return range(start, min(start + self.layout.page_size, self.layout.products + 1))

    def _pager(self, number: int) -> str:
        if number == self.layout.pages and not self.layout.circular:
            return ""
        following = number % self.layout.pages + 1
        path = "/" if following == 1 else f"/page/{following}"
        return f'<ul class="pager"><li class="next"><a href="{path}">next</a></li></ul>'

    def _html(self, title: str, body: str) -> Response:
        return Response(
            f"<!DOCTYPE html><html><head><title>{title}</title></head>"
            f"<body><h1>{title}</h1>{body}</body></html>",
            delay=self.layout.delay,
        )


def _last_number(request: Request, default: int = 0) -> int:
    last = request.route.rstrip("/").rpartition("/")[2]
    return int(last) if last.isdecimal() else default


def _link(number: int) -> str:
    return f'<a href="/product/{number}">{product(number)["title"]}</a>'


def _cards(numbers: range | list[int]) -> str:
    return "".join(_card(number) for number in numbers)


def _card(number: int) -> str:
    item = product(number)
    return (
        f'<article class="product" data-sku="{item["sku"]}"><h3>{_link(number)}</h3>'
        f'<p class="price">£{item["price"]:,.2f}</p></article>\n'
    )

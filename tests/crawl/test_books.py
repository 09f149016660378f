"""The 200 saved pages of a real book shop, read by an Agent and by an independent extraction."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from tests.sites import books, require_books
from tests.sites.books import saved_books

AGENT = r"""
start: SITE/
commands:
  - list: ol.books li
    do:
      - open: a
        do:
          - capture:
              title: h1
              price: {css: .price_color, as: price}
              rating: {css: .product_main p.star-rating, attr: class, regex: "star-rating (\\w+)"}
              in_stock: {css: .availability, regex: "(\\d+) available", as: integer}
              upc: {xpath: "//th[.='UPC']/following-sibling::td"}
              tax: {xpath: "//th[.='Tax']/following-sibling::td", as: price}
              reviews: {xpath: "//th[.='Number of reviews']/following-sibling::td", as: integer}
              category: ".breadcrumb li:nth-child(3) a"
              description: {css: "#product_description + p", optional: true}
              image: {css: "#product_gallery img", attr: src}
              url: {page: url}
output:
  key: [upc]
  schema:
    type: object
    required: [title, price, upc]
    properties:
      title: {type: string, minLength: 1}
      price: {type: number, minimum: 0}
      rating: {enum: [One, Two, Three, Four, Five]}
      in_stock: {type: integer}
      upc: {type: string, minLength: 1}
      tax: {type: number}
      reviews: {type: integer}
      category: {type: string}
      description: {type: [string, "null"]}
      image: {type: string, format: uri}
      url: {type: string, format: uri}
    additionalProperties: false
  success: {min_records: 200, max_records: 200, max_invalid: 0, max_errors: 0}
"""


class Texts(HTMLParser):
    """Every text of a page with the tags that enclose it, each as (tag, attributes)."""

    VOID = frozenset({"meta", "link", "img", "br", "hr", "input"})

    def __init__(self, html):
        super().__init__()
        self.open, self.found, self.images = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append((list(self.open), dict(attrs)["src"]))
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self.found.append((list(self.open), data))


def fold(text):
    return " ".join(text.split())


def table(html):
    rows = re.findall(r"<th>(.*?)</th>\s*<td>(.*?)</td>", html, re.DOTALL)
    return {name: fold(value) for name, value in rows}


def by_hand(number, body, address):
    """Read a product page with the standard library alone."""
    html = body.decode("utf-8")
    page = Texts(html)

    def text(test):
        return fold("".join(data for path, data in page.found if path and test(path)))

    rows = table(html)
    after = html.partition('id="product_description"')[2]
    description = re.search(r"</div>\s*<p>(.*?)</p>", after, re.DOTALL) if after else None
    crumbs = html.partition('class="breadcrumb"')[2].partition("</ul>")[0]
    main = html.partition('product_main"')[2]
    image = next(src for path, src in page.images if ("div", {"class": "item active"}) in path)
    return {
        "title": text(lambda path: path[-1][0] == "h1"),
        "price": float(re.search(r'class="price_color">£([\d.]+)<', html)[1]),
        "rating": re.search(r'class="star-rating (\w+)"', main)[1],
        "in_stock": int(re.search(r"\((\d+) available\)", html)[1]),
        "upc": rows["UPC"],
        "tax": float(rows["Tax"].lstrip("£")),
        "reviews": int(rows["Number of reviews"]),
        "category": fold(unescape(re.findall(r">([^<>]+)</a>", crumbs)[2])),
        "description": fold(unescape(description[1])) if description else None,
        "image": address + image.replace("../../", ""),
        "url": f"{address}catalogue/{number}/index.html",
    }


def test_all_books_are_read_as_by_hand(either_project):
    require_books()
    with books() as site:
        result = either_project.ok(AGENT, site)
        expected = {
            record["url"]: record
            for record in (by_hand(n, body, site.url) for n, body in saved_books().items())
        }
    assert (result.status, result.message) == ("SUCCESS", "")
    assert not result.invalid
    assert len(result.records) == 200
    for record in result.records:
        assert record == expected.pop(record["url"])
    assert not expected

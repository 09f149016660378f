"""The demo shop: from a path to a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from .products import BROKEN, CATEGORIES, TRUNCATED, TWICE, Product, products

AGENT_FILE = Path(__file__).with_name("shop.yaml")
"""The bundled Agent that reads the shop."""
PAGE_SIZE = 20
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of the shop."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Listing:
    """A product on a list page, under one of its addresses."""

    product: Product
    path: str


class Shop:
    """All pages of the shop. A page is rendered when it is first asked for, then kept."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("sequentum_scrapy.demo"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["categories"] = {name: _folder(name) for name in CATEGORIES}
        self._pages: dict[str, Page] = {}
        self._products: dict[str, Product] = {}
        self._lists: dict[str, tuple[str, Sequence[_Listing]]] = {}
        everything = list(products())
        for product in everything:
            self._products[product.path] = product
        self._products[everything[TWICE].outlet_path] = everything[TWICE]
        listings = [_Listing(product, path) for path, product in self._products.items()]
        self._lists["/"] = ("All products", listings)
        for name in CATEGORIES:
            self._lists[_folder(name)] = (
                name,
                [one for one in listings if one.product.category == name],
            )

    def page(self, path: str) -> Page:
        """Return the page at a path; 404 where there is none."""
        path = path.partition("?")[0]
        page = self._pages.get(path)
        if page is None:
            page = self._render(path)
            if page.status != 404:
                self._pages[path] = page
        return page

    def _render(self, path: str) -> Page:
        if path == "/robots.txt":
            return Page(200, "text/plain", b"User-agent: *\nDisallow: /basket/\n")
        product = self._products.get(path)
        if product is not None:
            return self._product(product)
        folder, number = _page_number(path)
        if number and folder in self._lists:
            title, listings = self._lists[folder]
            if (number - 1) * PAGE_SIZE < len(listings):
                return self._list(folder, title, listings, number)
        return self._html("error.html", 404, title="Not found", text="There is no such page here.")

    def _list(self, folder: str, title: str, listings: Sequence[_Listing], number: int) -> Page:
        last = -(-len(listings) // PAGE_SIZE)
        return self._html(
            "list.html",
            title=title,
            total=len(listings),
            listings=listings[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
            number=number,
            last=last,
            previous=_list_path(folder, number - 1) if number > 1 else None,
            next=_list_path(folder, number + 1) if number < last else None,
        )

    def _product(self, product: Product) -> Page:
        if product.number == BROKEN:
            text = "Something went wrong while preparing this page."
            return self._html("error.html", 500, title="Server error", text=text)
        page = self._html("product.html", title=product.title, product=product)
        if product.number == TRUNCATED:
            return Page(page.status, page.content_type, page.body.partition(b"Made in")[0])
        return page

    def _html(self, template: str, status: int = 200, **values: Any) -> Page:
        text = self._templates.get_template(template).render(values)
        return Page(status, HTML, text.encode())


def _folder(category: str) -> str:
    return f"/category/{category.lower()}/"


def _list_path(folder: str, number: int) -> str:
    return folder if number == 1 else f"{folder}page/{number}/"


def _page_number(path: str) -> tuple[str, int]:
    """Split ``/category/toys/page/2/`` into its folder and number; number 0 means no list page."""
    folder, separator, number = path.rpartition("page/")
    if not separator:
        return path, 1
    digits = number.removesuffix("/")
    # Page 1 has the folder's own address, so that each list page has one.
    return folder, int(digits) if digits.isdecimal() and digits != "1" and len(digits) < 6 else 0

"""The demo shop, and the Agent that comes with it."""

from __future__ import annotations

import http.client
import socket

import pytest
from parsel import Selector
from price_parser import Price

from sequentum_scrapy.definition import read_definition
from sequentum_scrapy.demo import AGENT_FILE, serve
from sequentum_scrapy.demo.products import BROKEN, ON_REQUEST, TRUNCATED, TWICE, products
from sequentum_scrapy.demo.shop import Shop

PRODUCTS = list(products())


@pytest.fixture(scope="module")
def shop():
    return Shop()


def select(shop: Shop, path: str) -> Selector:
    page = shop.page(path)
    assert page.status == 200
    return Selector(page.body.decode())


def walk(shop: Shop, path: str) -> list[Selector]:
    """Follow the next links from a list page."""
    pages = []
    while path:
        pages.append(select(shop, path))
        path = pages[-1].css("li.next a::attr(href)").get("")
    return pages


def test_400_products_with_their_own_sku_and_title():
    assert len(PRODUCTS) == 400
    assert len({product.sku for product in PRODUCTS}) == 400
    assert len({product.title for product in PRODUCTS}) == 400


def test_the_products_are_the_same_every_time():
    assert list(products()) == PRODUCTS


def test_the_list_pages_lead_to_every_product_and_to_one_twice(shop):
    pages = walk(shop, "/")
    assert len(pages) == 21
    links = [link for page in pages for link in page.css("article.card h3 a::attr(href)").getall()]
    twice = PRODUCTS[TWICE]
    assert links == [*(product.path for product in PRODUCTS), twice.outlet_path]


def test_both_addresses_of_the_duplicate_show_the_same_product(shop):
    twice = PRODUCTS[TWICE]
    skus = {
        select(shop, path).css(".sku b::text").get() for path in (twice.path, twice.outlet_path)
    }
    assert skus == {twice.sku}


def test_the_categories_hold_every_product(shop):
    folders = select(shop, "/").css("nav a::attr(href)").getall()
    assert len(folders) == 8
    cards = [
        card for folder in folders for page in walk(shop, folder) for card in page.css(".card")
    ]
    assert len(cards) == 401


@pytest.mark.parametrize("product", PRODUCTS[100:140], ids=lambda product: product.slug)
def test_a_product_page_says_what_the_product_is(shop, product):
    page = select(shop, product.path)
    assert " ".join(page.css("h1::text").get("").split()) == product.title
    assert page.css(".breadcrumb li:nth-child(2) a::text").get() == product.category
    assert float(page.css(".rating .value::text").get("")) == product.rating
    names = page.css("table.attributes th::text").getall()
    values = page.css("table.attributes td::text").getall()
    assert [name.strip() for name in names] == [name for name, _ in product.attributes]
    assert [value.strip() for value in values] == [value for _, value in product.attributes]
    assert len(page.css(".review")) == len(product.reviews)


def test_prices_are_in_pounds_and_in_euros_of_two_styles():
    printed = [product.price for product in PRODUCTS if product.currency]
    assert any(price.startswith("£1,") for price in printed)
    assert any(price.startswith("€ 1.") for price in printed)
    assert any(price.endswith(" €") for price in printed)
    for product in PRODUCTS:
        if product.currency:
            assert Price.fromstring(product.price).amount_float == product.amount


def test_what_is_sold_out_has_no_price(shop):
    sold_out = [product for product in PRODUCTS if product.stock == 0]
    assert len(sold_out) == 11
    for product in sold_out:
        page = select(shop, product.path)
        assert page.css(".stock::text").get() == "Sold out"
        assert not page.css(".price")


def test_some_prices_are_words():
    assert [product.number for product in PRODUCTS if product.price and not product.currency] == [
        *ON_REQUEST
    ]


def test_one_page_is_always_broken(shop):
    assert [shop.page(PRODUCTS[BROKEN].path).status for _ in range(3)] == [500] * 3


def test_one_page_breaks_off(shop):
    page = shop.page(PRODUCTS[TRUNCATED].path)
    assert page.status == 200
    assert b"</html>" not in page.body
    assert len(Selector(page.body.decode()).css("table.attributes td")) == 4


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/page/22/", "/page/0/", "/page/1/", "/page/x/", "/page/²/", "/category/cars/"],
)
def test_what_is_not_there_is_404(shop, path):
    assert shop.page(path).status == 404


def test_a_query_changes_nothing(shop):
    assert shop.page("/?utm=1") == shop.page("/")


def test_the_agent_is_without_findings():
    definition = read_definition(AGENT_FILE)
    assert definition.agent.name == "shop"
    assert not definition.warnings


def test_the_shop_is_served_on_connections_that_stay_open():
    with serve() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        for path, status in (("/", 200), (PRODUCTS[BROKEN].path, 500), ("/nothing", 404)):
            connection.request("GET", path)
            response = connection.getresponse()
            assert response.status == status
            assert b"Fern" in response.read()
            assert connection.sock is not None
        connection.request("HEAD", "/")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
        connection.close()


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_requests_that_come_together_are_answered_in_order():
    close = b"GET /robots.txt HTTP/1.1\r\nConnection: close\r\n\r\n"
    with serve() as server:
        answer = exchange(server.port, b"GET /nothing HTTP/1.1\r\n\r\n" + close)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 200 OK") == 1


def test_a_request_of_another_kind_is_refused():
    with serve() as server:
        assert exchange(server.port, b"POST / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 405 ")
        assert exchange(server.port, b"A" * 20_000).startswith(b"HTTP/1.1 431 ")


def test_a_port_that_is_taken_is_an_error():
    with (
        serve() as server,
        pytest.raises(OSError, match="address already in use"),
        serve(server.port),
    ):
        pass

"""The sites that other tests crawl do what they say."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.sites import Catalogue, Request, Response, Site, books, catalogue, faults, require_books
from tests.sites.books import saved_books
from tests.sites.faults import ACCENTS, BIG_BYTES, PNG, QUOTES
from tests.sites.live import START_PAGES, live
from tests.sites.live_truth import (
    CATALOGUE,
    MEMBER_ITEMS,
    ORDERS,
    PASSWORD,
    POSTS,
    PRODUCTS,
    REPORT,
    USER,
    feed_rows,
    people,
    stock_rows,
)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def fetch(site: Site, path: str, method: str = "GET", *, timeout: float = 10, **more) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=timeout)
    try:
        connection.request(method, path, **more)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def test_routes_are_exact_paths_then_the_longest_prefix():
    routes = {"/a": "exact", "/a*": "prefix", "/a/b*": lambda request: Response(request.path)}
    with Site(routes) as site:
        answers = [fetch(site, path).text for path in ("/a", "/ax", "/a/b?q=1")]
        assert fetch(site, "/").status == 404
    assert answers == ["exact", "prefix", "/a/b?q=1"]


def test_requests_are_logged_with_their_headers():
    with Site({"/*": "here"}) as site:
        fetch(site, "/robots.txt")
        fetch(site, "/x?y=1", headers={"X-Token": "abc"})
    assert [(entry.method, entry.path) for entry in site.log] == [
        ("GET", "/robots.txt"),
        ("GET", "/x?y=1"),
    ]
    assert site.log[1].headers["x-token"] == "abc"
    assert site.paths == ["/x?y=1"]


def test_a_handler_sees_query_and_body():
    seen: list[Request] = []

    def handler(request: Request) -> Response:
        seen.append(request)
        return Response("")

    with Site({"/form": handler}) as site:
        fetch(site, "/form?a=1&b=", "POST", body=b"c=2")
    assert (seen[0].method, seen[0].query, seen[0].body) == ("POST", {"a": "1", "b": ""}, b"c=2")


def test_one_connection_serves_many_requests():
    with Site({"/": "here"}) as site:
        connection = http.client.HTTPConnection("127.0.0.1", site.port)
        for _ in range(3):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"here"
            assert connection.sock is not None
        connection.close()


def test_the_peak_counts_requests_in_flight():
    with Site({"/": Response("", delay=0.3)}) as site, ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: fetch(site, "/"), range(5)))
        assert site.peak == 5
        site.clear()
        fetch(site, "/")
        assert (site.peak, len(site.log)) == (1, 1)


def test_a_port_that_is_taken_is_an_error():
    with (
        Site({}) as site,
        pytest.raises(OSError, match="address already in use"),
        Site({}, site.port),
    ):
        pass


@pytest.fixture(scope="module")
def broken():
    with faults(hang=30) as site:
        yield site


def test_the_start_page_links_to_every_fault(broken):
    start = fetch(broken, "/").text
    assert all(f'"{path}"' in start for path in broken.routes if path != "/")


@pytest.mark.parametrize(
    ("path", "status"), [("/404", 404), ("/410", 410), ("/403", 403), ("/500", 500), ("/204", 204)]
)
def test_statuses(broken, path, status):
    assert fetch(broken, path).status == status


def test_500_comes_once_for_each_address(broken):
    paths = ["/500-once", "/500-once", "/500-once?again", "/500-once?again"]
    assert [fetch(broken, path).status for path in paths] == [500, 200, 500, 200]


def test_429_says_how_long_to_wait(broken):
    first = fetch(broken, "/429-then-200")
    assert (first.status, first.headers["Retry-After"]) == (429, "1")
    assert fetch(broken, "/429-then-200").status == 200


def test_hang_outlasts_a_timeout_and_does_not_hold_up_the_end_of_the_site():
    with faults(hang=30) as site:
        with pytest.raises(TimeoutError):
            fetch(site, "/hang", timeout=0.2)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_slow_is_late(broken):
    began = time.monotonic()
    assert fetch(broken, "/slow").status == 200
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(("path", "received"), [("/truncated", 2000), ("/no-body", 0)])
def test_less_is_sent_than_declared(broken, path, received):
    with pytest.raises(http.client.IncompleteRead) as caught:
        fetch(broken, path)
    assert len(caught.value.partial) == received
    assert caught.value.expected > 0


def test_a_reset_connection_has_no_answer(broken):
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        fetch(broken, "/reset")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects(broken, status):
    answer = fetch(broken, f"/{status}")
    assert (answer.status, answer.headers["Location"]) == (status, "/ok")


def test_the_loop_leads_back(broken):
    there = fetch(broken, "/redirect-loop").headers["Location"]
    assert fetch(broken, there).headers["Location"] == "/redirect-loop"


@pytest.mark.parametrize(
    ("path", "really", "text"),
    [
        ("/latin1-as-utf8", "latin-1", ACCENTS),
        ("/cp1252-undeclared", "cp1252", QUOTES),
        ("/utf8-undeclared", "utf-8", QUOTES),
        ("/utf8-bom", "utf-8-sig", QUOTES),
        ("/utf16-bom", "utf-16", QUOTES),
        ("/meta-charset", "latin-1", ACCENTS),
    ],
)
def test_charsets_are_not_what_they_seem(broken, path, really, text):
    assert text in fetch(broken, path).body.decode(really)


def test_latin1_declared_as_utf8_is_not_utf8(broken):
    answer = fetch(broken, "/latin1-as-utf8")
    assert answer.headers.get_content_charset() == "utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode()


@pytest.mark.parametrize(
    ("path", "encoding", "decode"),
    [
        ("/gzip", "gzip", gzip.decompress),
        ("/deflate", "deflate", zlib.decompress),
        ("/deflate-raw", "deflate", lambda body: zlib.decompress(body, -zlib.MAX_WBITS)),
    ],
)
def test_compressed_bodies(broken, path, encoding, decode):
    answer = fetch(broken, path)
    assert answer.headers["Content-Encoding"] == encoding
    assert b"Small on the wire" in decode(answer.body)


def test_brotli_body(broken):
    brotli = pytest.importorskip("brotli")
    answer = fetch(broken, "/br")
    assert answer.headers["Content-Encoding"] == "br"
    assert b"Small on the wire" in brotli.decompress(answer.body)


def test_a_broken_gzip_body_does_not_decompress(broken):
    with pytest.raises(EOFError):
        gzip.decompress(fetch(broken, "/gzip-broken").body)


def test_the_big_page_is_10_mb(broken):
    assert BIG_BYTES * 0.99 < len(fetch(broken, "/big").body) < BIG_BYTES * 1.01


def test_the_empty_page_is_empty(broken):
    answer = fetch(broken, "/empty")
    assert (answer.status, answer.body) == (200, b"")


def test_what_is_not_html_says_so_or_lies(broken):
    assert fetch(broken, "/image.png").headers["Content-Type"] == "image/png"
    lie = fetch(broken, "/image-as-html")
    assert (lie.headers["Content-Type"], lie.body) == ("text/html", PNG)
    assert fetch(broken, "/file.pdf").body.startswith(b"%PDF")
    assert json.loads(fetch(broken, "/data.json").body)["title"] == "JSON"
    assert fetch(broken, "/no-type").headers["Content-Type"] is None


def test_cookies_are_set_and_shown(broken):
    assert len(fetch(broken, "/set-cookies").headers.get_all("Set-Cookie")) == 2
    assert "session=abc" in fetch(broken, "/show-cookies", headers={"Cookie": "session=abc"}).text
    assert "no cookies" in fetch(broken, "/show-cookies").text


def test_the_catalogue_lists_every_product_once():
    layout = Catalogue(products=25, page_size=10)
    with catalogue(layout) as site:
        pages = [fetch(site, path).text for path in ("/", "/page/2", "/page/3")]
        assert fetch(site, "/page/4").status == 404
        assert fetch(site, "/product/26").status == 404
        product = fetch(site, "/product/25").text
    together = "".join(pages)
    assert [together.count(f'data-sku="{r["sku"]}"') for r in layout.records()] == [1] * 25
    assert ["next" in page for page in pages] == [True, True, False]
    assert "P00025" in product
    assert "£25.99" in product


def test_the_next_link_of_the_last_page_can_lead_back():
    with catalogue(Catalogue(products=20, circular=True)) as site:
        assert 'class="next"><a href="/"' in fetch(site, "/page/2").text


def test_the_api_ends_with_a_null_cursor():
    layout, items, cursor = Catalogue(products=25), [], ""
    with catalogue(layout) as site:
        while cursor is not None:
            answer = json.loads(fetch(site, f"/api/products?cursor={cursor}").body)
            items += answer["items"]
            cursor = answer["next"]
        assert len(site.log) == 3
    assert items == layout.records()


def test_search_takes_a_query_or_a_form():
    with catalogue(Catalogue(products=12)) as site:
        by_query = fetch(site, "/search?q=product+12").text
        by_form = fetch(site, "/search", "POST", body=b"q=product+12").text
    assert by_query == by_form
    assert "Found 1" in by_form


def test_the_books_are_served_as_they_were_saved():
    require_books()
    with books() as site:
        start = fetch(site, "/").text
        assert start.count("<li><a href=") == 200
        assert fetch(site, "/catalogue/7/index.html").body == saved_books()[7]


@pytest.fixture
def live_site():
    with Site(live()) as site:
        yield site


def pages_of(site, path, key="items"):
    """Return the items of an API, asked for until it gives none."""
    items, number = [], 1
    while found := json.loads(fetch(site, path.format(number, len(items))).body)[key]:
        items += found
        number += 1
    return items


def test_the_start_page_links_to_the_live_pages(live_site):
    start = fetch(live_site, "/").text
    assert all(f'"{path}"' in start for path in START_PAGES)
    assert {fetch(live_site, path).status for path in START_PAGES} == {200}


def test_no_live_page_asks_another_host_for_anything(live_site):
    for path in START_PAGES:
        assert "//" not in fetch(live_site, path).text.replace("http://www.w3.org", "").replace(
            "// ", ""
        )


def test_what_the_live_pages_fetch_is_the_truth_once(live_site):
    assert pages_of(live_site, "/shop/api/items?page={0}") == PRODUCTS
    assert pages_of(live_site, "/more/api?start={1}") == POSTS
    assert pages_of(live_site, "/scroll/api?kind=feed&start={1}&rows=45") == feed_rows(45)
    whole = fetch(live_site, "/scroll/api?kind=stock&start=0&rows=2000&size=2000")
    assert json.loads(whole.body)["items"] == stock_rows(2000)
    fourth = json.loads(fetch(live_site, "/spa/api?page=4").body)["items"]
    assert fourth == people()[30:40]


def test_some_scrolled_rows_are_alike_and_those_of_a_virtual_list_are_not():
    assert feed_rows(200).count({"title": "Advertisement", "price": "free"}) == 20
    assert len({tuple(row.values()) for row in stock_rows(2000)}) == 2000


def test_the_pages_of_products_are_whole_without_a_script(live_site):
    item = fetch(live_site, "/shop/item/36").text
    assert f"<h1>{PRODUCTS[35]['name']}</h1>" in item
    assert f"€{PRODUCTS[35]['price']:.2f}" in item
    assert fetch(live_site, "/shop/item/37").status == 404
    assert PRODUCTS[0]["name"] not in fetch(live_site, "/shop/").text


def test_the_catalogue_without_a_script_has_three_pages(live_site):
    pages = [fetch(live_site, f"/same/?page={number}").text for number in (1, 2, 3)]
    assert ['class="next"' in page for page in pages] == [True, True, False]
    for product in CATALOGUE:
        assert "".join(pages).count(f'"/same/product/{product["id"]}"') == 1


@pytest.mark.parametrize(
    ("api", "path", "closed"),
    [("/login/api", "/login/items", 302), ("/popup/api/login", "/popup/members", 403)],
)
def test_the_pages_of_members_need_the_cookie_of_a_login(live_site, api, path, closed):
    assert fetch(live_site, path, headers={"Cookie": "session=x; member=x"}).status == closed
    wrong = fetch(live_site, api, "POST", body=json.dumps({"user": USER, "password": "x"}))
    assert (wrong.status, wrong.headers["Set-Cookie"]) == (401, None)
    right = fetch(live_site, api, "POST", body=json.dumps({"user": USER, "password": PASSWORD}))
    cookie = right.headers["Set-Cookie"].partition(";")[0]
    assert fetch(live_site, path, headers={"Cookie": cookie}).status == 200


def test_members_see_their_items_and_orders(live_site):
    login = json.dumps({"user": USER, "password": PASSWORD})
    cookies = [
        fetch(live_site, path, "POST", body=login).headers["Set-Cookie"].partition(";")[0]
        for path in ("/login/api", "/popup/api/login")
    ]
    sent = {"Cookie": "; ".join(cookies)}
    pages = [fetch(live_site, f"/login/items?page={n}", headers=sent).text for n in (1, 2, 3)]
    assert "".join(pages).count('<tr class="order">') == len(ORDERS)
    assert ['class="next"' in page for page in pages] == [True, True, False]
    answer = json.loads(fetch(live_site, "/popup/api/items", headers=sent).body)
    assert answer == {"user": USER, "items": MEMBER_ITEMS}


def test_the_report_is_a_pdf_whose_table_is_right(live_site):
    answer = fetch(live_site, "/files/report.pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report.pdf"'
    assert answer.body == REPORT
    assert REPORT.startswith(b"%PDF-1.4\n")
    start = int(REPORT.rpartition(b"startxref\n")[2].split()[0])
    assert REPORT[start:].startswith(b"xref\n0 6\n")
    for number, line in enumerate(REPORT[start:].splitlines()[3:8], 1):
        assert REPORT[int(line.split()[0]) :].startswith(b"%d 0 obj\n" % number)


def test_each_picture_is_another_png_of_about_20_kb(live_site):
    page = fetch(live_site, "/pictures/?n=30").text
    assert page.count("<img ") == 30
    images = [fetch(live_site, f"/pictures/img/{n}.png").body for n in range(1, 31)]
    assert len(set(images)) == 30
    assert all(image.startswith(PNG[:8]) and 19_000 < len(image) < 22_000 for image in images)


@pytest.mark.parametrize("path", ["/never/page", "/never/data", "/never/image.png"])
def test_what_never_comes_does_not_hold_up_the_end_of_the_site(path):
    with Site(live()) as site:
        with pytest.raises(TimeoutError):
            fetch(site, path, timeout=0.2)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_the_faults_of_live_pages(live_site):
    there = fetch(live_site, "/faults/loop").headers["Location"]
    assert fetch(live_site, there).headers["Location"] == "/faults/loop"
    assert (
        fetch(live_site, "/faults/download").headers["Content-Disposition"].startswith("attachment")
    )
    assert [fetch(live_site, f"/faults/status?code={n}").status for n in (404, 503)] == [404, 503]
    assert "<h1>Record 7</h1>" in fetch(live_site, "/faults/ok?n=7").text


def test_a_site_can_be_served_by_hand():
    command = [sys.executable, "-m", "tests.sites", "faults", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        try:
            assert process.stdout.readline().startswith("serving on http://127.0.0.1:")
        finally:
            process.kill()

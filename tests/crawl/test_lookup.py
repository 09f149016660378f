"""Lookups: pages that a record waits for, while the crawl does not."""

from __future__ import annotations

import json
import time

import pytest

from tests.sites import Catalogue, Response, Site, catalogue
from tests.sites.faults import page

TEXT = """
start: SITE/
commands:
  - list: li
    do:
      - capture: {n: {xpath: .}}
      - lookup: SITE/price/{{ record.n }}
        {more}
        do:
          - capture: {price: {css: h1, as: number}}
settings:
  retries: 0
  concurrency: {concurrency}
"""


def text(more="", concurrency=16):
    return TEXT.replace("{more}", more).replace("{concurrency}", str(concurrency))


def shop(count, price=lambda number: Response(page(str(number * 2)))):
    rows = "".join(f"<li>{number}</li>" for number in range(count))
    return Site({"/": rows, "/price/*": lambda r: price(int(r.path.rpartition("/")[2]))})


@pytest.mark.parametrize("concurrency", [4, 16])
def test_a_list_of_100_is_fetched_concurrently_within_the_limits(either_project, concurrency):
    delay = 0.1
    with shop(100, lambda n: Response(page(str(n * 2)), delay=delay)) as site:
        begin = time.monotonic()
        result = either_project.ok(text(concurrency=concurrency), site)
        took = time.monotonic() - begin
        assert site.peak == concurrency
    assert sorted((int(r["n"]), r["price"]) for r in result.records) == [
        (n, n * 2.0) for n in range(100)
    ]
    assert took < 100 * delay / concurrency + 2
    assert result.counters["pages"] == 101
    assert result.counters["requests"] == 101


def test_they_join_records_from_many_pages(either_project):
    shop_text = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - open: h3 a
            do:
              - capture: {sku: .sku}
              - lookup: a.reviews
                do:
                  - capture:
                      reviews:
                        list: .review
                        fields: {who: b, stars: {css: .stars, as: integer}}
                        optional: true
"""
    with catalogue(Catalogue(products=30)) as site:
        result = either_project.ok(shop_text, site)
    assert len(result.records) == 30
    for record in result.records:
        number = int(record["sku"][1:])
        assert record["reviews"] == [
            {"who": f"Reader {n}", "stars": n % 5 + 1} for n in range(1, number % 4 + 1)
        ]


def failing(number):
    return Response(page(str(number)), 500 if number % 2 else 200)


def test_one_that_fails_makes_its_record_invalid_with_reasons(either_project):
    with shop(10, failing) as site:
        result = either_project.crawl(text(), site)
    assert len(result.records) == 5
    assert [(record["n"], reasons) for record, reasons in sorted(result.invalid, key=str)] == [
        (str(n), [{"path": "$.price", "message": "not found", "command": PRICE}])
        for n in (1, 3, 5, 7, 9)
    ]
    assert result.counters["errors"] == 5
    assert {e.url for e in result.events if e.what == "HTTP 500"} == {site.url}
    assert {e.address for e in result.events if e.what == "HTTP 500"} == {
        "commands[0].do[1].lookup"
    }


PRICE = "commands[0].do[1].do[0].capture.price"


@pytest.mark.parametrize(("reason", "records"), [("keep", 10), ("skip", 5)])
def test_on_error_says_what_becomes_of_the_record(either_project, reason, records):
    with shop(10, failing) as site:
        result = either_project.crawl(text(f"on_error: {reason}"), site)
    assert len(result.records) == records
    assert not result.invalid
    assert result.counters["errors"] == 5


def test_on_error_stop_ends_the_run_though_others_are_waiting(either_project):
    def price(number):
        return Response(page(str(number)), 500 if number == 5 else 200, delay=number and 0.2)

    with shop(100, price) as site:
        result = either_project.crawl(text("on_error: stop"), site)
        assert len(site.paths) < 60
    assert result.status == "FAILURE"
    assert result.message == "commands[0].do[1].lookup: HTTP 500"
    assert not result.logged_errors, result.log


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (Response(reset=True), "the connection failed"),
        (Response(page("x" * 5000), cut=100), "the answer broke off"),
        (Response("", 302, headers=(("Location", "/price/0"),)), "too many redirects"),
    ],
)
def test_every_failure_says_what_it_was(either_project, answer, what):
    with shop(1, lambda _: answer) as site:
        result = either_project.crawl(text(), site)
    found = [event.what.partition(":")[0] for event in result.events if event.level == "error"]
    assert found == [what]


def test_an_address_that_is_none_fails_alone(either_project):
    bad = text().replace("SITE/price/", "http://[{{ record.n }}/")
    with shop(2) as site:
        result = either_project.crawl(bad, site)
    assert len(result.invalid) == 2
    assert result.counters["errors"] == 2
    assert not result.logged_errors, result.log


def test_an_error_page_can_be_judged_by_the_commands(project):
    agent = """
start: SITE/
commands:
  - list: li
    do:
      - capture: {n: {xpath: .}}
      - lookup: SITE/price/{{ record.n }}
        do:
          - branch: page.status == 200
            do:
              - capture: {price: h1}
            else:
              - capture: {gone: {page: status}}
settings: {retries: 0}
"""
    with shop(2, failing) as site:
        result = project.ok(agent, site)
    assert sorted(result.records, key=str) == [{"n": "0", "price": "0"}, {"n": "1", "gone": 500}]
    assert result.counters["errors"] == 0


def test_they_nest(either_project):
    agent = """
start: SITE/
commands:
  - list: li
    do:
      - capture: {n: {xpath: .}}
      - lookup: SITE/a/{{ record.n }}
        do:
          - capture: {a: h1}
          - lookup: a
            do:
              - capture: {b: h1}
          - capture: {again: h1}
"""
    routes = {
        "/": "".join(f"<li>{n}</li>" for n in range(20)),
        "/a/*": lambda r: Response(page("A" + r.path[3:], f"<a href='/b{r.path[2:]}'>b</a>")),
        "/b/*": lambda r: Response(page("B" + r.path[3:])),
    }
    with Site(routes) as site:
        result = either_project.ok(agent, site)
    assert len(result.records) == 20
    for record in result.records:
        n = record["n"]
        assert list(record.items()) == [
            ("n", n),
            ("a", f"A{n}"),
            ("b", f"B{n}"),
            ("again", f"A{n}"),
        ]


def test_without_a_start_page(either_project):
    agent = """
commands:
  - for_each: [{n: 1}, {n: 2}]
    do:
      - lookup: SITE/price/{{ row.n }}
        do:
          - capture: {price: h1}
"""
    with shop(0) as site:
        result = either_project.ok(agent, site)
    assert sorted(result.values("price")) == ["2", "4"]


def test_json_joins_too(project):
    agent = """
start: SITE/
commands:
  - capture: {title: h1}
  - lookup: SITE/api
    method: POST
    json: {title: "{{ record.title }}"}
    do:
      - capture: {price: {jmespath: price}}
"""

    def api(request):
        assert json.loads(request.body) == {"title": "Shop"}
        return Response('{"price": 3}', content_type="application/json")

    with Site({"/": page("Shop"), "/api": api}) as site:
        assert project.ok(agent, site).records == [{"title": "Shop", "price": 3}]


def test_robots_and_cookies_hold_for_them(either_project):
    agent = """
start: SITE/
commands:
  - capture: {title: h1}
  - lookup: SITE/cookie
    do:
      - capture: {cookie: h1}
  - lookup: SITE/private/x
    on_error: keep
    do:
      - capture: {secret: h1}
"""
    routes = {
        "/": Response(page("Shop"), headers=(("Set-Cookie", "session=abc; Path=/"),)),
        "/cookie": lambda r: Response(
            page(r.headers.get("cookie", "none") + "|" + r.headers.get("referer", ""))
        ),
        "/robots.txt": Response("User-agent: *\nDisallow: /private/\n", content_type="text/plain"),
        "/private/*": page("secret"),
    }
    with Site(routes) as site:
        result = either_project.ok(agent, site)
        assert "/private/x" not in site.paths
        assert result.records == [{"title": "Shop", "cookie": f"session=abc|{site.url}"}]
    assert result.event("forbidden by robots.txt").address == "commands[2].lookup"


def test_their_records_are_those_of_a_crawl_without_waiting_in_any_mode(either_project):
    """Sub-pages opened and pages looked up in one Agent: parents, joins and rows agree."""
    agent = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - capture: {listed: {css: .price, as: price}}
          - lookup: h3 a
            do:
              - capture: {sku: .sku, price: {css: .price, as: price}}
          - open: h3 a
            do:
              - capture: {again: .sku}
"""
    with catalogue(Catalogue(products=25)) as site:
        result = either_project.ok(agent, site)
    assert len(result.records) == 25
    for record in result.records:
        assert record["listed"] == record["price"]
        assert record["sku"] == record["again"]


def test_a_page_that_comes_at_the_second_time_is_had(either_project):
    seen = set()

    def price(number):
        first = number not in seen
        seen.add(number)
        return Response(page(str(number)), 503 if first else 200)

    with shop(5, price) as site:
        result = either_project.ok(text().replace("retries: 0", "retries: 1"), site)
    assert len(result.records) == 5
    assert result.counters["requests"] == 11


def test_the_limit_of_records_is_exact_while_others_are_waiting(either_project):
    with shop(60, lambda n: Response(page(str(n)), delay=0.05)) as site:
        agent = text().replace("settings:", "settings:\n  limits: {records: 3}")
        result = either_project.ok(agent, site)
    assert len(result.records) == 3
    assert (result.status, result.message) == ("COMPLETED", "ended at a limit")


def test_hosts_have_limits_of_their_own_and_the_crawl_one_for_all(either_project):
    agent = text().replace("SITE/price/{{ record.n }}", '{url: "{{ record.n }}"}')
    with (
        shop(0, lambda n: Response(page(str(n)), delay=0.1)) as one,
        shop(0, lambda n: Response(page(str(n)), delay=0.1)) as other,
    ):
        other_url = other.url.replace("127.0.0.1", "localhost")
        rows = "".join(
            f"<li>{url}price/{n}</li>" for n in range(20) for url in (one.url, other_url)
        )
        with Site({"/": rows}) as site:
            settings = {"CONCURRENT_REQUESTS": 6, "CONCURRENT_REQUESTS_PER_DOMAIN": 4}
            result = either_project.ok(agent, site, settings=settings)
        assert len(result.records) == 40
        assert 2 <= one.peak <= 4
        assert 2 <= other.peak <= 4
        assert one.peak + other.peak >= 6


def test_they_and_the_pages_of_the_crawl_together_keep_near_the_limit(either_project):
    """A page that is under way when a lookup begins may come on top of it, once."""
    agent = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - open: h3 a
            do:
              - capture: {sku: .sku}
              - lookup: a.reviews
                do:
                  - capture: {reviews: h1}
settings: {concurrency: 4}
"""
    with catalogue(Catalogue(products=60, delay=0.02)) as site:
        result = either_project.ok(agent, site)
        assert site.peak <= 8
    assert len(result.records) == 60

"""Crawls of whole Agents: lists, pages, products, starts, and how a crawl ends."""

from __future__ import annotations

import pytest

from tests.sites import Catalogue, Response, Site, catalogue
from tests.sites.catalogue import product
from tests.sites.faults import page

SHOP = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - capture: {listed: {css: .price, as: price}}
          - open: h3 a
            do:
              - capture:
                  sku: .sku
                  title: h1
                  price: {css: .price, as: price}
                  category: .category
                  stock: {css: .stock, regex: '\\d+', as: integer}
                  tags: {css: .tags li, all: true}
                  url: {page: url}
output:
  key: [sku]
  schema:
    type: object
    required: [sku, title, price]
    properties:
      listed: {type: number}
      sku: {type: string}
      title: {type: string}
      price: {type: number}
      category: {enum: [Tea, Coffee, Cocoa]}
      stock: {type: integer}
      tags: {type: array, items: {type: string}}
      url: {type: string, format: uri}
"""


def expected(site, number):
    item = product(number)
    return {"listed": item["price"], **item, "url": f"{site.url}product/{number}"}


def by_sku(records):
    return sorted(records, key=lambda record: record["sku"])


@pytest.mark.parametrize("circular", [False, True], ids=["straight", "next-leads-back-to-page-1"])
def test_a_catalogue_is_read_whole_and_once(either_project, circular):
    with catalogue(Catalogue(products=45, circular=circular)) as site:
        result = either_project.ok(SHOP, site)
        assert by_sku(result.records) == [expected(site, n) for n in range(1, 46)]
        assert sorted(site.paths) == sorted(set(site.paths))
    assert result.status == "COMPLETED"
    counters = result.counters
    assert (counters["pages"], counters["records"], counters["errors"]) == (50, 45, 0)
    assert counters["requests"] == 50
    assert counters["bytes"] > 5000
    assert result.events == []
    assert list(result.records[0]) == [
        "listed", "sku", "title", "price", "category", "stock", "tags", "url",
    ]  # fmt: skip


def test_continuations_say_no_more_than_they_need(project):
    with catalogue(Catalogue(products=2)) as site:
        result = project.ok(SHOP, site)
    continuations = [request["cb_kwargs"] for request in result.answer["scheduled"]]
    assert continuations[0] == {"at": "start"}
    assert continuations[1] == {
        "at": "commands[0].do[0].do[1].open",
        "record": {"listed": 1.99},
    }


def test_more_start_addresses_are_all_read(either_project):
    text = "start: [SITE/product/1, SITE/product/3]\ncommands:\n  - capture: {sku: .sku}\n"
    with catalogue() as site:
        result = either_project.ok(text, site)
    assert sorted(result.values("sku")) == ["P00001", "P00003"]


def test_a_start_address_is_a_template_of_the_inputs(project):
    text = """
start: SITE/search?q={{ input.q|urlencode }}
inputs:
  q: {type: string}
commands:
  - list: article
    do:
      - capture: {title: h3}
"""
    with catalogue() as site:
        result = project.ok(text, site, inputs={"q": "product 1"})
    assert result.values("title")[:2] == ["Product 1", "Product 10"]


def test_an_agent_without_a_start_opens_its_own_pages(either_project):
    text = """
commands:
  - for_each: [{n: 1}, {n: 5}]
    do:
      - capture: {n: {value: "{{ row.n }}"}}
      - open: SITE/product/{{ row.n }}
        do:
          - capture: {sku: .sku}
"""
    with catalogue() as site:
        result = either_project.ok(text, site)
    assert sorted(result.records, key=str) == [
        {"n": "1", "sku": "P00001"},
        {"n": "5", "sku": "P00005"},
    ]


def test_a_post_carries_its_body_and_headers(either_project):
    def echo(request):
        token = request.headers.get("x-token")
        return Response(page(f"{request.method} {request.body.decode()} {token}"))

    text = """
commands:
  - for_each: [{q: tea}, {q: milk}]
    do:
      - open: SITE/echo
        method: POST
        headers: {X-Token: "t-{{ row.q }}"}
        body: q={{ row.q }}
        do:
          - capture: {x: h1}
"""
    with Site({"/echo": echo}) as site:
        result = either_project.ok(text, site)
    assert sorted(result.values("x")) == ["POST q=milk t-milk", "POST q=tea t-tea"]


def test_once_opens_a_page_for_the_first_record_only(project):
    html = '<div><b>1</b><a href="/x">x</a></div><div><b>2</b><a href="/x">x</a></div>'
    text = """
start: SITE/
commands:
  - list: div
    do:
      - capture: {n: b}
      - open: a
        {once}
        do:
          - capture: {x: h1}
"""
    with Site({"/": html, "/x": page("X")}) as site:
        both = project.ok(text.replace("{once}", ""), site)
        one = project.ok(text.replace("{once}", "once: true"), site)
    assert sorted(both.values("n")) == ["1", "2"]
    assert len(one.records) == 1


class TestExit:
    PAGE = '<li>1</li><li>2</li><li>3</li><a href="/later">x</a>'
    LIST = """
start: SITE/
commands:
  - list: li
    do:
      - capture: {x: {xpath: .}}
      - export:
      - exit: run
        if: record.x == "2"
  - open: a
    do:
      - capture: {x: h1}
"""

    def test_run_ends_the_run_as_completed(self, either_project):
        with Site({"/": self.PAGE, "/later": page("later")}) as site:
            result = either_project.ok(self.LIST, site)
            assert site.paths == ["/"]
        assert result.values("x") == ["1", "2"]
        assert (result.status, result.message) == ("COMPLETED", "ended by an exit command")

    @pytest.mark.parametrize("lookup", ["", "      - lookup: SITE/later\n        do: []\n"])
    def test_run_ends_a_run_that_has_no_start(self, either_project, lookup):
        text = f"""
commands:
  - for_each: [{{n: 1}}, {{n: 2}}]
    do:
{lookup}
      - exit: run
  - open: SITE/later
    do:
      - capture: {{x: h1}}
"""
        with Site({"/later": page("later")}) as site:
            result = either_project.ok(text, site)
        assert result.records == []
        assert (result.status, result.message) == ("COMPLETED", "ended by an exit command")

    def test_on_error_stop_makes_the_run_a_failure(self, either_project):
        text = "start: SITE/\ncommands:\n  - capture: {x: .none}\n    on_error: stop\n"
        with Site({"/": self.PAGE}) as site:
            result = either_project.ok(text, site)
        assert result.status == "FAILURE"
        assert result.message == "commands[0].capture.x: not found"

    def test_on_error_stop_of_a_page_makes_the_run_a_failure(self, either_project):
        text = """
start: SITE/
commands:
  - open: a
    on_error: stop
    do:
      - capture: {x: h1}
"""
        with Site({"/": self.PAGE}) as site:
            result = either_project.ok(text, site)
            assert (result.status, result.message) == (
                "FAILURE",
                f"commands[0].open: HTTP 404 ({site.url}later)",
            )


class TestHostileLinks:
    """One bad link costs that link, and says so."""

    @pytest.mark.parametrize(
        "link",
        [
            "http://[broken",
            "http://host:99999999/",
            "http://",
            "http:///path",
            "http://exa mple/",
            "http://..",
            "http://xn--a/",
            "http://" + "a" * 300 + ".test/",
            "ftp://127.0.0.1/x",
            "file:///etc/passwd",
            "data:text/html,<h1>x</h1>",
            "http://a.invalid/" + "x" * 3000,
        ],
    )
    def test_the_rest_of_the_page_is_read(self, project, link):
        html = f'<a href="/1">1</a><a href="{link}">bad</a><a href="/2">2</a>'
        text = "start: SITE/\ncommands:\n  - open: a\n    do:\n      - capture: {x: h1}\n"
        with Site({"/": html, "/1": page("1"), "/2": page("2")}) as site:
            result = project.crawl(text, site, settings={"RETRY_ENABLED": False})
        assert sorted(result.values("x")) == ["1", "2"]
        assert not result.error
        assert [event.address for event in result.events] == ["commands[0].open"], result.log

    @pytest.mark.parametrize(
        "start", ["file:///etc/passwd", "data:text/html,<h1>x</h1>", "ftp://127.0.0.1/", "/x"]
    )
    def test_a_start_that_is_no_web_address_is_not_read(self, project, start):
        text = 'start: "{{ input.u }}"\ninputs: {u: {type: string}}\ncommands:\n  - capture: {x: {page: html}}\n'
        result = project.crawl(text, inputs={"u": start})
        assert result.records == []
        assert result.status == "FAILURE"

    def test_a_start_address_that_cannot_be_rendered_is_a_failure_that_says_why(self, project):
        text = """
start: http://127.0.0.1/{{ input.a // input.b }}
inputs: {a: {type: integer}, b: {type: integer}}
commands:
  - capture: {x: h1}
"""
        result = project.crawl(text, inputs={"a": "1", "b": "0"})
        assert result.status == "FAILURE"
        assert [event.address for event in result.events] == ["start"]


def test_integers_over_64_bits_are_kept_whole(project):
    """A JSON library may refuse them; a record is not lost for that."""
    number = "9" * 30
    html = f'<b>{number}</b><a href="/1">1</a>'
    text = """
start: SITE/
commands:
  - capture: {n: {css: b, as: integer}}
  - open: a
    do:
      - capture: {x: h1}
output:
  key: [n]
"""
    with Site({"/": html, "/1": page("1")}) as site:
        result = project.ok(text, site)
    assert result.records == [{"n": int(number), "x": "1"}]

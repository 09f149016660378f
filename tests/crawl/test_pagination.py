"""Pagination: how the next page is found, and what ends it."""

from __future__ import annotations

import json

import pytest

from tests.sites import Catalogue, Response, Site, catalogue
from tests.sites.faults import page

LIST = """
start: SITE/
commands:
  - paginate: {paginate}
    {more}
    do:
      - list: article.product
        do:
          - capture: {sku: {xpath: ./@data-sku}, page: {page: number}}
"""


def crawl(project, site, paginate, more="", text=LIST, **kwargs):
    text = text.replace("{paginate}", paginate).replace("{more}", more)
    return project.ok(text, site, **kwargs)


@pytest.fixture(params=["li.next a", "'{url: SITE/page/{{ page.number }}}'"])
def pages(request):
    return request.param.strip("'").replace(
        "SITE/page/{{ page.number }}", '"SITE/page/{{ page.number }}"'
    )


def test_every_page_is_read_and_numbered(either_project, pages):
    """The numbered one ends at a page that is not there (404), which is no error."""
    with catalogue(Catalogue(products=35)) as site:
        result = crawl(either_project, site, pages)
    assert sorted(result.values("sku")) == [f"P{n:05}" for n in range(1, 36)]
    assert {r["page"]: r["sku"] for r in result.records} == {
        1: "P00010", 2: "P00020", 3: "P00030", 4: "P00035",
    }  # fmt: skip
    assert result.events == []
    assert result.counters["errors"] == 0


def test_a_numbered_page_without_rows_is_the_last(either_project):
    def listing(request):
        number = int(request.query.get("p", 1))
        return Response(
            "".join(f'<article class="product" data-sku="{number}">' for _ in "x" * (number < 4))
        )

    with Site({"/": listing}) as site:
        result = crawl(either_project, site, '{url: "?p={{ page.number }}"}')
        assert site.paths == ["/", "/?p=2", "/?p=3", "/?p=4"]
    assert result.values("sku") == ["1", "2", "3"]
    assert result.events == []


def test_a_numbered_page_that_fails_otherwise_is_an_error(project):
    def listing(request):
        number = int(request.query.get("p", 1))
        return Response(
            f'<article class="product" data-sku="{number}">', 200 if number < 3 else 403
        )

    with Site({"/": listing}) as site:
        result = crawl(project, site, '{url: "?p={{ page.number }}"}')
    assert result.values("sku") == ["1", "2"]
    assert result.event("HTTP 403").address == "commands[0].paginate"
    assert result.counters["errors"] == 1


def test_a_start_that_is_not_there_is_an_error_though_pages_are_numbered(project):
    with Site({}) as site:
        result = crawl(project, site, '{url: "?p={{ page.number }}"}')
    assert result.status == "FAILURE"
    assert result.event("HTTP 404").address == "start"


@pytest.mark.parametrize("limit", [1, 2, 9])
def test_max_pages_counts_the_first(either_project, pages, limit):
    with catalogue(Catalogue(products=35)) as site:
        result = crawl(either_project, site, pages, f"max_pages: {limit}")
    assert len(result.records) == min(10 * limit, 35)


def test_until_ends_after_the_page_on_which_it_holds(project, pages):
    with catalogue(Catalogue(products=35)) as site:
        result = crawl(project, site, pages, "until: page.number == 2")
        assert site.paths == ["/", "/page/2"]
    assert len(result.records) == 20


def test_until_looks_at_the_page(project):
    with catalogue(Catalogue(products=35)) as site:
        result = crawl(project, site, "li.next a", "until: {exists: \"[data-sku='P00020']\"}")
    assert len(result.records) == 20


def test_an_exit_of_the_pagination_ends_it(either_project):
    text = """
start: SITE/
commands:
  - paginate: li.next a
    name: pages
    do:
      - list: article.product
        do:
          - capture: {sku: {xpath: ./@data-sku}}
          - exit: pages
            if: record.sku == "P00013"
"""
    with catalogue(Catalogue(products=35)) as site:
        result = either_project.ok(text, site)
        assert site.paths == ["/", "/page/2"]
    assert result.values("sku") == [f"P{n:05}" for n in range(1, 13)]


def test_an_exit_of_the_list_goes_on_with_the_next_page(project):
    text = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - exit:
            if: page.number == 1
          - capture: {sku: {xpath: ./@data-sku}}
"""
    with catalogue(Catalogue(products=15)) as site:
        assert len(project.ok(text, site).records) == 5


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({"/": "/2", "/2": "/3", "/3": "/2"}, ["/", "/2", "/3"]),
        ({"/": "/2", "/2": "/"}, ["/", "/2"]),
        ({"/": "/"}, ["/"]),
        ({"/": "/2", "/2": "/2#top"}, ["/", "/2"]),
        ({"/": "/2?b=1&a=2", "/2": "/2?a=2&b=1"}, ["/", "/2?b=1&a=2"]),
        ({"/": "javascript:next()"}, ["/"]),
        ({"/": ""}, ["/"]),
    ],
)
def test_a_next_link_that_leads_back_ends(either_project, links, expected):
    routes = {
        path: f'<article class=product data-sku="{path}"></article><a class=n href="{link}">n</a>'
        for path, link in links.items()
    }
    with Site(routes) as site:
        result = crawl(either_project, site, "a.n")
        assert site.paths == expected
    assert len(result.records) == len(expected)


def test_each_row_of_a_pagination_in_a_list_has_pages_of_its_own(either_project):
    """Two categories may lead to the same pages: their records differ, so each is read."""
    routes = {
        "/": "<div><b>A</b><a href=/all>x</a></div><div><b>B</b><a href=/all>x</a></div>",
        "/all": "<article data-sku=1></article><a class=n href=/all2>n</a>",
        "/all2": "<article data-sku=2></article>",
    }
    text = """
start: SITE/
commands:
  - list: div
    do:
      - capture: {category: b}
      - open: a
        do:
          - paginate: a.n
            do:
              - list: article
                do:
                  - capture: {sku: {xpath: ./@data-sku}}
"""
    with Site(routes) as site:
        result = either_project.ok(text, site)
    found = sorted((r["category"], r["sku"]) for r in result.records)
    assert found == [("A", "1"), ("A", "2"), ("B", "1"), ("B", "2")]


class TestCursor:
    TEXT = """
start: SITE/api/products
commands:
  - paginate: {cursor: next, url: "SITE/api/products?cursor={{ page.cursor }}"}
    do:
      - list: {jmespath: items}
        do:
          - capture: {sku: {jmespath: sku}, price: {jmespath: price}}
"""

    def test_an_api_is_read_to_its_end(self, either_project):
        with catalogue(Catalogue(products=35)) as site:
            result = either_project.ok(self.TEXT, site)
        assert sorted(result.values("sku")) == [f"P{n:05}" for n in range(1, 36)]
        assert result.events == []

    def test_without_an_url_the_cursor_is_the_address(self, either_project):
        def answer(items, following):
            data = json.dumps({"items": items, "next": following})
            return Response(data, content_type="application/json")

        routes = {
            "/": answer([{"sku": 1, "price": 1}], "/two?page=2"),
            "/two": answer([{"sku": 2, "price": 2}], None),
        }
        text = self.TEXT.replace(', url: "SITE/api/products?cursor={{ page.cursor }}"', "")
        with Site(routes) as site:
            result = either_project.ok(text.replace("SITE/api/products", "SITE/"), site)
        assert result.values("sku") == [1, 2]

    @pytest.mark.parametrize("end", [None, False, "", [], {}])
    def test_ends_at_an_empty_cursor(self, project, end):
        data = json.dumps({"items": [{"sku": 1, "price": 1}], "next": end})
        with Site({"/api/products": Response(data, content_type="application/json")}) as site:
            result = project.ok(self.TEXT, site)
            assert len(site.paths) == 1
        assert result.values("sku") == [1]

    def test_a_cursor_of_zero_is_one(self, project):
        def api(request):
            following = 0 if "cursor" not in request.query else None
            data = json.dumps({"items": [{"sku": request.path, "price": 1}], "next": following})
            return Response(data, content_type="application/json")

        with Site({"/api/products": api}) as site:
            result = project.ok(self.TEXT, site)
        assert len(result.records) == 2

    def test_a_cursor_that_comes_back_ends(self, project):
        data = json.dumps({"items": [{"sku": 1, "price": 1}], "next": "same"})
        with Site({"/api/products": Response(data, content_type="application/json")}) as site:
            project.ok(self.TEXT, site)
            assert len(site.paths) == 2

    def test_a_page_that_the_api_named_but_does_not_have_is_an_error(self, project):
        first = json.dumps({"items": [{"sku": 1, "price": 1}], "next": "2"})

        def api(request):
            status = 404 if "cursor" in request.query else 200
            return Response(first, status, content_type="application/json")

        with Site({"/api/products": api}) as site:
            result = project.ok(self.TEXT, site)
        assert result.event("HTTP 404").address == "commands[0].paginate"

    def test_an_answer_of_another_kind_is_an_error(self, project):
        first = json.dumps({"items": [{"sku": 1, "price": 1}], "next": "2"})

        def api(request):
            if "cursor" in request.query:
                return Response(page("Sorry"))
            return Response(first, content_type="application/json")

        with Site({"/api/products": api}) as site:
            result = project.ok(self.TEXT, site)
        assert result.values("sku") == [1]
        errors = [event.address for event in result.events if event.level == "error"]
        assert sorted(errors) == ["commands[0].do[0].list", "commands[0].paginate"]

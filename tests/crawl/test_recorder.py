"""What a Run says of itself: health, events, and what becomes of it where the store fails."""

from __future__ import annotations

import sqlite3

import pytest

from tests.sites import Catalogue, Response, Site, catalogue
from tests.sites.faults import page

LIST = """
start: SITE/
commands:
  - list: li
    do:
      - capture: {n: {xpath: ., as: integer}, never: {css: .none}, maybe: {css: .none, optional: true}}
"""


def test_three_thousand_failures_are_few_events_with_the_true_count(either_project):
    with Site({"/": "<li>x</li>" * 3000}) as site:
        result = either_project.ok(LIST, site)
    assert result.counters["invalid"] == 3000
    assert len(result.events) < 40
    counts = {}
    for event in result.events:
        counts[event.what] = counts.get(event.what, 0) + event.count
    assert counts == {'"x" is not a whole number': 3000, "not found": 3000, "never matched": 2}
    field = "commands[0].do[0].capture"
    assert (result.health[f"{field}.n"].failed, result.health[f"{field}.never"].missed) == (
        3000,
        3000,
    )


def test_health_tells_how_each_command_fared(either_project):
    text = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: [.old-name, article.product]
        do:
          - capture: {sku: {xpath: ./@data-sku}, old: [{css: .old}, {css: .price}]}
          - open: h3 a
            limit: 1
            do:
              - capture: {title: h1, gone: {css: .gone, optional: true}}
"""
    with catalogue(Catalogue(products=25)) as site:
        result = either_project.ok(text, site)
    rows = {
        address: (row.ran, row.matched, row.missed, row.fallback, row.failed)
        for address, row in result.health.items()
    }
    top = "commands[0]"
    assert rows[f"{top}.do[0].list"] == (3, 25, 0, 3, 0)
    assert rows[f"{top}.do[0].do[0].capture"] == (25, 25, 0, 0, 0)
    assert rows[f"{top}.do[0].do[0].capture.old"] == (25, 25, 0, 25, 0)
    assert rows[f"{top}.do[0].do[1].open"] == (25, 25, 0, 0, 0)
    assert rows[f"{top}.do[0].do[1].do[0].capture.title"] == (25, 25, 0, 0, 0)
    assert rows[f"{top}.do[0].do[1].do[0].capture.gone"] == (25, 0, 25, 0, 0)
    assert rows[f"{top}.paginate"][1:3] == (2, 1)
    assert all(row.seconds >= 0 for row in result.health.values())
    assert result.events == []


class TestNothingIsEmptyInSilence:
    def test_a_list_that_matches_nothing_on_its_first_page_is_a_warning(self, project):
        with Site({"/": page("x")}) as site:
            result = project.ok(LIST, site)
        event = result.event("matched nothing on its first page")
        assert (event.level, event.address, event.url) == ("warning", "commands[0].list", site.url)
        assert result.event("never matched").address == "commands[0].list"

    def test_one_that_matches_later_is_a_warning_of_the_first_page_only(self, project):
        text = """
start: [SITE/empty, SITE/full]
commands:
  - list: li
    do:
      - capture: {x: {xpath: .}}
settings: {concurrency: 1}
"""
        with Site({"/empty": page("x"), "/full": "<li>1</li>"}) as site:
            result = project.ok(text, site)
        assert result.whats() == ["matched nothing on its first page"]

    def test_an_open_that_matches_nothing(self, project):
        text = "start: SITE/\ncommands:\n  - open: a\n    do:\n      - capture: {x: h1}\n"
        with Site({"/": page("x")}) as site:
            result = project.ok(text, site)
        assert {e.address for e in result.events} == {"commands[0].open"}
        assert result.whats() == ["matched nothing on its first page", "never matched"]

    def test_a_required_field_that_never_matched(self, project):
        with Site({"/": "<li>1</li><li>2</li>"}) as site:
            result = project.ok(LIST, site)
        event = result.event("never matched")
        assert (event.address, event.detail) == ("commands[0].do[0].capture.never", "ran 2 times")

    def test_a_required_field_that_matched_once_is_none(self, project):
        with Site({"/": "<li>1</li><li>2<b class=none>x</b></li>"}) as site:
            result = project.ok(LIST.replace("xpath: .,", "regex: '\\d',"), site)
        assert "never matched" not in result.whats()


class TestWhereTheStoreFails:
    def test_a_store_that_cannot_be_opened_ends_the_crawl_before_it_begins(self, project):
        with Site({"/": "<li>1</li>"}) as site:
            url = f"sqlite:///{project.folder}/scrapy.cfg/store.db"
            result = project.crawl(LIST, site, settings={"SEQUENTUM_STORE_URL": url})
            assert site.log == []
        assert "StoreError" in result.error

    def test_one_that_fails_on_the_way_ends_the_run_as_a_failure(self, either_project):
        """What is crawled from then on would be lost."""
        text = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - capture: {sku: {xpath: ./@data-sku}}
settings: {concurrency: 1}
"""
        with Site({"/": "<li>1</li>"}) as site:
            either_project.ok(LIST.replace("never: {css: .none}, ", ""), site)
        with sqlite3.connect(either_project.folder / ".sequentum/store.db") as database:
            database.execute(
                "CREATE TRIGGER full BEFORE INSERT ON records WHEN NEW.sequence > 20 "
                "BEGIN SELECT RAISE(FAIL, 'no room'); END"
            )
        with catalogue(Catalogue(products=20_000, delay=0.01)) as site:
            result = either_project.crawl(text, site)
            assert len(site.paths) < 1000
        assert result.status == "FAILURE"
        assert "no room" in result.message

    def test_an_exception_that_no_command_expected_is_an_event(self, project):
        """Nothing that ends a page early is only in the log."""
        with Site({"/": "<div>" * 3 + "<li>1</li>"}) as site:
            result = project.crawl(
                LIST,
                site,
                project={"SPIDER_MIDDLEWARES": {"tests.crawl.components.BrokenMiddleware": 100}},
            )
        event = result.event("exception RuntimeError")
        assert (event.level, event.address) == ("error", "start")
        assert result.status == "FAILURE"


def test_counters_are_those_of_the_crawl(either_project):
    with catalogue(Catalogue(products=30)) as site:
        text = """
start: SITE/
commands:
  - list: article.product
    do:
      - open: h3 a
        do:
          - capture: {category: .category}
  - open: SITE/gone
    do:
      - capture: {x: h1}
output: {key: [category]}
"""
        result = either_project.crawl(text, site)
    counters = dict(result.counters)
    assert counters.pop("bytes") > 1000
    assert counters == {
        "requests": 12, "pages": 12, "browserPages": 0, "records": 3, "invalid": 0,
        "duplicates": 7, "errors": 1, "blocked": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"\x00" * 100, b"\xff\xfe\x00", b"<" * 5000, b"&#xD800;<h1>&#0;</h1>"]
)
def test_any_bytes_are_a_page(project, body):
    text = "start: SITE/\ncommands:\n  - capture: {x: {css: h1, optional: true}, t: {page: text}, h: {page: html}}\n"
    with Site({"/": Response(body, content_type="text/html")}) as site:
        result = project.ok(text, site)
    assert len(result.records) + len(result.invalid) == 1

"""Continuations are plain JSON that nobody changes, whatever is captured and wherever it goes."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.settings import Settings

from sequentum_scrapy.crawl.agent_settings import Economy
from sequentum_scrapy.crawl.continuation import Requests
from sequentum_scrapy.crawl.outcome import Visit
from tests.sites import Catalogue, catalogue

from .offline import run

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
AGENT = """
inputs: {rows: {type: array}}
commands:
  - for_each: {input: rows}
    do:
      - capture: {row: {value: "{{ row }}", optional: true}, one: {css: h1, optional: true}}
      - list: li
        do:
          - capture: {text: {xpath: ., optional: true}, parts: {all: true, css: b, optional: true}}
          - open: a
            do:
              - capture: {parts: {list: li, fields: {x: a}, optional: true}, deep: {css: h1, optional: true}}
              - paginate: a
                do:
                  - capture: {page: {page: number}}
"""
HTML = "<h1>{}</h1><ul><li><b>{}</b><a href=/1>1</a></li><li><b></b><a href=/2>2</a></li></ul>"


@settings(max_examples=30, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=3), st.text(max_size=10), st.text(max_size=10))
def test_any_visit_survives_json_and_pickle_and_is_not_changed_by_going_on(rows, title, text):
    html = HTML.format(*(value.replace("<", "").replace("&", "") for value in (title, text)))
    before = copy.deepcopy(rows)
    ran = run(AGENT, {"": html, "1": html, "2": html.replace("/1", "/2")}, inputs={"rows": rows})
    assert rows == before
    make = Requests(Settings(), Economy(), lambda failure: None)
    for visit in ran.visits:
        kept = make(visit).cb_kwargs
        assert json.loads(json.dumps(kept)) == kept
        assert pickle.loads(pickle.dumps(kept)) == kept


def test_the_record_of_a_parent_is_the_same_after_its_pages_were_read():
    text = """
- capture: {shop: h1, tags: {css: li, all: true}}
- open: a
  do:
    - capture: {shop: {value: changed}, own: h1}
    - list: li
      do:
        - capture: {tags: {css: b, all: true, optional: true}}
"""
    html = "<h1>Shop</h1><ul><li>a</li><li>b</li></ul><a href=/1>1</a><a href=/2>2</a>"
    ran = run(text, {"": html, "1": html, "2": html})
    for visit in ran.visits:
        assert visit.record == {"shop": "Shop", "tags": ["a", "b"]}
    assert {record["shop"] for record in ran.values} == {"changed"}


@pytest.mark.parametrize("economy", [Economy(), Economy(headers=True, referer=True)])
def test_a_request_has_its_own_headers(economy):
    settings = Settings({"USER_AGENT": "me", "DEFAULT_REQUEST_HEADERS": {"X-A": "1", "X-B": None}})
    make = Requests(settings, economy, lambda failure: None)
    one = make(Visit("http://a/", "x", {}, headers={"x-a": "2"}, referer="http://r/"))
    other = make(Visit("http://a/", "x", {}))
    other.headers.appendlist("X-A", "3")
    third = make(Visit("http://a/", "x", {}))
    assert one.headers["X-A"] == b"2"
    if economy.headers:
        assert other.headers.getlist("X-A") == [b"1", b"3"]
        assert third.headers.to_unicode_dict() == {"X-A": "1", "User-Agent": "me"}
        assert one.headers["Referer"] == b"http://r/"
        assert "X-B" not in one.headers
    else:
        assert not third.headers


def test_what_a_crawl_schedules_is_json_that_stays_as_it_was(project):
    """Project.ok asserts the same of every crawl of these tests."""
    text = """
start: SITE/
commands:
  - capture: {shop: {css: h1, all: true}}
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - capture: {sku: {xpath: ./@data-sku}}
          - open: h3 a
            do:
              - capture: {tags: {css: .tags li, all: true}}
              - open: a.reviews
                keep_empty: true
                do:
                  - list: .review
                    keep_empty: true
                    do:
                      - capture: {who: b}
"""
    with catalogue(Catalogue(products=12)) as site:
        result = project.ok(text, site)
    scheduled = result.answer["scheduled"]
    assert len(scheduled) == 2 + 12 + 12
    assert all(request["json"] and request["unchanged"] for request in scheduled)

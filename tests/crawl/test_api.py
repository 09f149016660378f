"""APIs: JSON asked for with POST, numbered and by cursor."""

from __future__ import annotations

import json

import pytest

from tests.sites import Response, Site

ITEMS = [{"name": f"Item {n}", "tags": [{"t": "a"}, {"t": n}]} for n in range(1, 45)]


def api():
    def search(request):
        asked = json.loads(request.body)
        if request.headers.get("x-token") != "t0k" or asked["q"] != "tea":
            return Response('{"error": "no"}', 403, content_type="application/json")
        start = (asked["page"] - 1) * 20 if "page" in asked else int(asked["after"] or 0)
        items = ITEMS[start : start + 20]
        after = start + 20 if start + 20 < len(ITEMS) else None
        return Response(
            json.dumps({"items": items, "after": after}), content_type="application/json"
        )

    def offset(request):
        start = int(request.query["offset"])
        return Response(json.dumps(ITEMS[start : start + 20]), content_type="application/json")

    return Site({"/": '<i id="t">t0k</i>', "/api": search, "/offset": offset})


ROWS = """
          - list: {jmespath: LIST}
            do:
              - capture: {name: {jmespath: name}, tags: {jmespath: "tags[].t", all: true}}
"""
POST = """
start: SITE/
commands:
  - capture: {token: {css: "#t"}}
  - open: SITE/api
    method: POST
    headers: {X-Token: "{{ record.token }}"}
    json: FIRST
    do:
      - paginate: {PAGES, method: POST, headers: {X-Token: "{{ record.token }}"}}
        do:
"""


def names(result):
    return [(record["name"], record["tags"]) for record in result.records]


EXPECTED = [(item["name"], ["a", number]) for number, item in enumerate(ITEMS, 1)]


@pytest.mark.parametrize(
    ("first", "pages"),
    [
        (
            "{q: tea, page: 1}",
            'url: SITE/api, json: {q: tea, page: "{{ page.number }}"}',
        ),
        (
            "{q: tea, after: null}",
            'cursor: after, url: SITE/api, json: {q: tea, after: "{{ page.cursor }}"}',
        ),
    ],
)
def test_pages_are_asked_for_with_their_number_or_cursor_in_the_body(either_project, first, pages):
    text = POST.replace("FIRST", first).replace("PAGES", pages) + ROWS.replace("LIST", "items")
    with api() as site:
        result = either_project.ok(text, site)
    assert sorted(names(result)) == sorted(EXPECTED)
    assert result.events == []


def test_pages_by_offset_end_at_an_empty_one(project):
    text = """
start: SITE/offset?offset=0
commands:
  - paginate: {url: "offset?offset={{ (page.number - 1) * 20 }}"}
    do:
""" + ROWS.replace("LIST", '"[]"')
    with api() as site:
        result = project.ok(text, site)
        assert site.paths[-1] == "/offset?offset=60"
    assert names(result) == EXPECTED

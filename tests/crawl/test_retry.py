"""Pages that show signs of trouble are asked for again, whole."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.sites import Response, Site

TEXT = """
start: SITE/
commands:
  - open: a
    do:
      - retry: 2
        when: {WHEN}
        backoff: 10ms
        MORE
        do:
          - list: li
            do: [{capture: {n: {xpath: .}}}]
settings: {retries: 0}
"""
GOOD = "<ul><li>1<li>2<li>3</ul>"
SIGNS = [
    ("{status: [503]}", Response(GOOD, 503), "HTTP 503"),
    ("{selector: .captcha}", Response('<p class="captcha">'), "selector matched"),
    ("{text: 'try (it )?again'}", Response("<p>please try again"), "text found"),
    ("{min_bytes: 10}", Response("<p>"), "under 10 bytes"),
    ("{fewer: {of: li, than: 3}}", Response("<ul><li>1<li>2</ul>"), "fewer than 3 matches"),
]


def shop(bad, times):
    asked = Counter()

    def answer(request):
        asked[request.path] += 1
        return bad if asked[request.path] <= times else Response(GOOD)

    return Site({"/": '<a href="/1">1</a>', "/1": answer})


def crawl(project, site, when, more=""):
    return project.ok(TEXT.replace("{WHEN}", when).replace("MORE", more), site)


@pytest.mark.parametrize(("when", "bad", "sign"), SIGNS)
def test_a_page_is_asked_for_again_until_the_sign_is_gone(project, when, bad, sign):
    with shop(bad, 2) as site:
        result = crawl(project, site, when)
        assert site.paths == ["/", "/1", "/1", "/1"]
    assert result.values("n") == ["1", "2", "3"]
    assert [(event.what, event.detail) for event in result.events] == [
        ("asked for again", sign)
    ] * 2
    assert result.counters["errors"] == 0
    health = result.health["commands[0].do[0].retry"]
    assert (health.ran, health.missed, health.matched) == (3, 2, 1)


@pytest.mark.parametrize(("when", "bad", "sign"), SIGNS)
def test_after_the_last_attempt_it_is_an_error_and_no_record(either_project, when, bad, sign):
    with shop(bad, 9) as site:
        result = crawl(either_project, site, when)
        assert site.paths == ["/", "/1", "/1", "/1"]
    assert result.records == []
    assert result.whats("error") == [f"given up: {sign}"]


def test_keep_takes_the_page_as_it_is(project):
    with shop(Response("<ul><li>1</ul>"), 9) as site:
        result = crawl(project, site, "{fewer: {of: li, than: 3}}", "on_error: keep")
    assert result.values("n") == ["1"]


def test_a_status_that_is_no_sign_is_an_error_as_ever(project):
    with shop(Response(GOOD, 404), 9) as site:
        result = crawl(project, site, "{status: [503]}")
        assert site.paths == ["/", "/1"]
    assert result.records == []
    assert result.whats("error") == ["HTTP 404"]


def test_the_wait_doubles(project):
    text = TEXT.replace("{WHEN}", "{min_bytes: 10}").replace("MORE", "")
    took = []
    for backoff in ("0", "300ms"):
        with shop(Response("<p>"), 2) as site:
            begin = time.monotonic()
            project.ok(text.replace("10ms", backoff), site)
            took.append(time.monotonic() - begin)
    assert took[1] - took[0] > 0.3 + 0.6 - 0.2


PAGES = """
start: SITE/?p=1
commands:
  - paginate: a.next
    do:
      - retry: 3
        when: {selector: .busy}
        backoff: 0
        fresh_session: true
        do:
          - list: li
            do: [{capture: {n: {xpath: .}, page: {page: number}}}]
"""


def test_a_page_of_a_pagination_goes_on_with_the_next_when_it_is_whole(either_project):
    busy = Counter()

    def answer(request):
        number = int(request.query["p"])
        busy[number] += 1
        if busy[number] <= 2:
            return Response(
                '<p class="busy">', headers=(("Set-Cookie", f"mark=p{number}-{busy[number]}"),)
            )
        more = f'<a class="next" href="?p={number + 1}">' if number < 3 else ""
        return Response(f"<ul><li>{number}</ul>{more}")

    with Site({"/": answer}) as site:
        result = either_project.ok(PAGES, site)
        cookies = [entry.headers.get("cookie") for entry in site.log if entry.path != "/robots.txt"]
    assert [(record["n"], record["page"]) for record in result.records] == [
        ("1", 1),
        ("2", 2),
        ("3", 3),
    ]
    # A fresh session brings no cookie of the one before; the pages after it stay in it.
    assert cookies == [None] * 9


def test_a_form_is_sent_again_as_it_was(project):
    asked = []

    def find(request):
        asked.append((request.method, request.body))
        return Response(GOOD if len(asked) == 4 else "<p>wait")

    text = """
start: SITE/
commands:
  - fill: {q: tea}
  - submit: null
    do:
      - retry: 2
        when: {min_bytes: 10}
        backoff: 0
        do: [{list: li, do: [{capture: {n: {xpath: .}}}]}]
"""
    found = Response("", 307, headers=(("Location", "/found"),))
    form = '<form action="/find" method="post"><input name="q"></form>'
    routes = {
        "/": form,
        "/find": lambda r: (asked.append((r.method, r.body)), found)[1],
        "/found": find,
    }
    with Site(routes) as site:
        result = project.ok(text, site)
    assert result.values("n") == ["1", "2", "3"]
    assert asked == [("POST", b"q=tea")] * 4

"""Sites that go wrong: what the Run says of each fault, and that it goes on."""

from __future__ import annotations

import socket

import pytest

from tests.sites import Response, Site, faults
from tests.sites.faults import ACCENTS, BIG_BYTES, QUOTES, SMALL, page

OPEN = """
start: SITE/start
commands:
  - capture: {before: h1}
  - open: [a, "//nothing"]
    do:
      - capture: {title: h1, url: {page: url}}
settings: {retries: 1, timeout: 1}
"""
LINKED = "commands[1].open"


@pytest.fixture(scope="module")
def site():
    with faults(hang=20) as served:
        yield served


def crawl(project, site, *paths, text=OPEN, **settings):
    """Open the given paths from one page, which is fine."""
    links = "".join(f'<a href="{site.url}{path}">{path}</a>' for path in paths)
    with Site({"/start": page("Start", links)}) as start:
        return project.crawl(text.replace("SITE/", start.url), settings=settings)


@pytest.mark.parametrize(
    ("path", "what", "requests"),
    [
        ("404", "HTTP 404", 1),
        ("410", "HTTP 410", 1),
        ("403", "HTTP 403", 1),
        ("500", "HTTP 500", 2),
        ("503", "HTTP 503", 2),
        ("hang", "timeout", 2),
        ("truncated", "the answer broke off", 2),
        ("no-body", "the answer broke off", 2),
        ("reset", "the connection failed", 2),
        ("redirect-loop", "too many redirects", None),
        ("redirect-to-404", "HTTP 404", 2),
        ("redirect-nowhere", "HTTP 302", 1),
    ],
)
def test_a_page_that_cannot_be_had_is_an_error_and_the_rest_is_read(
    either_project, site, path, what, requests
):
    result = crawl(either_project, site, path, "ok")
    assert [record["title"] for record in result.records] == ["All is well"]
    event = result.event(what)
    assert (event.level, event.address) == ("error", LINKED)
    assert event.url.startswith(site.url)
    assert result.whats() == [what]
    assert result.counters["errors"] == 1
    assert result.status == "COMPLETED"
    assert result.health[LINKED].failed == 1
    if requests:
        assert result.counters["requests"] == 2 + requests, result.log


@pytest.mark.parametrize(
    ("path", "title"), [("500-once", "Well again"), ("429-then-200", "In good time")]
)
def test_a_page_that_comes_at_the_second_time_is_no_error(either_project, site, path, title):
    result = crawl(either_project, site, f"{path}?{either_project.worker.mode}")
    assert result.values("title") == [title]
    assert result.events == []
    assert result.counters["requests"] == 3


@pytest.mark.parametrize("path", ["301", "302", "307", "308", "redirect-twice", "meta-refresh"])
def test_redirects_are_followed(either_project, site, path):
    result = crawl(either_project, site, path)
    assert result.values("title") == ["All is well"]
    assert result.values("url") == [site.url + "ok"]
    assert result.events == []


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("latin1-as-utf8", ACCENTS),
        ("cp1252-undeclared", QUOTES),
        ("utf8-undeclared", QUOTES),
        ("utf16-bom", QUOTES),
        ("utf8-bom", QUOTES),
        ("unknown-charset", ACCENTS),
        ("meta-charset", ACCENTS),
        ("nul-bytes", ACCENTS),
        ("gzip", SMALL),
        ("deflate", SMALL),
        ("deflate-raw", SMALL),
        ("br", SMALL),
        ("gzip-broken", SMALL),
        ("big", "Big"),
        ("deep", "Deep"),
        ("no-type", "No type"),
        ("slow", "Slow"),
        ("broken-html", "Broken"),
    ],
)
def test_pages_of_every_kind_are_read(either_project, site, path, title):
    result = crawl(either_project, site, path)
    if path == "latin1-as-utf8":
        # It is not what it says it is: what cannot be decoded is marked, never dropped in silence.
        assert "\N{REPLACEMENT CHARACTER}" in result.records[0]["title"]
    elif path == "broken-html":
        assert result.records[0]["title"].startswith(title)
    else:
        assert result.values("title") == [title]
    if path == "big":
        assert result.counters["bytes"] > BIG_BYTES * 0.99
    assert result.events == []
    assert not result.logged_errors


@pytest.mark.parametrize("path", ["empty", "blank", "204"])
def test_an_empty_page_makes_an_invalid_record(either_project, site, path):
    result = crawl(either_project, site, path)
    ((record, reasons),) = result.invalid
    assert record["before"] == "Start"
    assert [(r["path"], r["message"]) for r in reasons] == [("$.title", "not found")]
    assert result.counters["errors"] == 0
    assert "not found" in result.whats("warning")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("image.png", "image/png"),
        ("file.pdf", "application/pdf"),
        ("data.json", "application/json"),
        ("broken.json", "application/json"),
    ],
)
def test_a_page_of_another_kind_says_which(either_project, site, path, kind):
    result = crawl(either_project, site, path)
    ((_, reasons),) = result.invalid
    assert reasons[0]["message"] == f"the page is {kind}, not HTML"
    assert not result.logged_errors, result.log


@pytest.mark.parametrize(
    "path", ["gzip-not", "image-as-html", "plain.txt", "feed.xml", "json-as-html"]
)
def test_no_page_ends_the_run(either_project, site, path):
    result = crawl(either_project, site, path, "ok")
    assert "All is well" in [record["title"] for record in result.records]
    assert result.status == "COMPLETED"
    assert result.events
    assert not result.logged_errors, result.log


def test_a_page_over_the_largest_size_is_an_error(either_project, site):
    result = crawl(either_project, site, "big", "ok", DOWNLOAD_MAXSIZE=1_000_000)
    assert result.event("the answer is too large").address == LINKED
    assert result.values("title") == ["All is well"]


def test_a_small_answer_that_unpacks_to_a_large_page_is_an_error(either_project, site):
    result = crawl(either_project, site, "gzip-bomb", "ok")
    assert [e.what for e in result.events if e.level == "error"] == ["the answer is too large"]
    assert result.values("title") == ["All is well"]


def test_a_port_where_nobody_listens_and_a_host_that_is_not_there(either_project, site):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    links = (
        f'<a href="http://127.0.0.1:{closed}/">x</a><a href="http://no.such.host.invalid/">y</a>'
    )
    with Site({"/start": page("Start", links)}) as start:
        result = either_project.crawl(OPEN, start)
    assert result.whats("error") == ["connection refused", "host not found"]


def test_robots_txt_is_obeyed(either_project):
    robots = Response("User-agent: *\nDisallow: /private\n", content_type="text/plain")
    html = page("Start", "<a href=/private>x</a>")
    with Site({"/start": html, "/robots.txt": robots, "/private": page("P")}) as site:
        result = either_project.crawl(OPEN, site)
        assert site.paths == ["/start"]
        event = result.event("forbidden by robots.txt")
        assert (event.level, event.address, event.url) == ("error", LINKED, f"{site.url}private")
        ignored = either_project.ok(OPEN.replace("timeout: 1", "robots: ignore"), site)
    assert ignored.values("title") == ["P"]


class TestStatus:
    """A Run that brought nothing because of errors is a Failure; one that brought some is not."""

    ALONE = "start: SITE/{path}\ncommands:\n  - capture: {title: h1}\nsettings: {retries: 0, timeout: 1}\n"

    @pytest.mark.parametrize(
        ("path", "what"),
        [("404", "HTTP 404"), ("hang", "timeout"), ("reset", "the connection failed"),
         ("redirect-loop", "too many redirects")],
    )  # fmt: skip
    def test_nothing_could_be_fetched(self, either_project, site, path, what):
        result = either_project.crawl(self.ALONE.replace("{path}", path), site)
        assert result.status == "FAILURE"
        assert result.message == "errors, and not one record: see its events"
        assert result.event(what).address == "start"
        assert result.counters["records"] == 0

    def test_robots_forbid_the_start(self, either_project):
        robots = Response("User-agent: *\nDisallow: /\n", content_type="text/plain")
        with Site({"/": page("x"), "/robots.txt": robots}) as site:
            result = either_project.crawl(self.ALONE.replace("{path}", ""), site)
        assert result.status == "FAILURE"
        assert result.event("forbidden by robots.txt").address == "start"

    def test_a_page_that_is_fine_but_brings_nothing_is_completed_with_a_warning(
        self, project, site
    ):
        text = "start: SITE/ok\ncommands:\n  - list: .none\n    do:\n      - capture: {x: h1}\n"
        result = project.ok(text, site)
        assert result.status == "COMPLETED"
        assert result.whats() == ["matched nothing on its first page", "never matched"]


class TestOnErrorOfPages:
    TEXT = """
start: SITE/start
commands:
  - capture: {before: h1}
  - open: a
    on_error: {reason}
    do:
      - capture: {title: h1}
settings: {retries: 0}
"""

    @pytest.mark.parametrize(
        ("reason", "records", "status"),
        [
            ("keep", [{"before": "Start"}], "COMPLETED"),
            ("skip", [], "FAILURE"),
            ("stop", [], "FAILURE"),
        ],
    )
    def test_says_what_becomes_of_the_record(self, either_project, site, reason, records, status):
        result = crawl(either_project, site, "404", text=self.TEXT.replace("{reason}", reason))
        assert result.records == records
        assert result.counters["errors"] == 1
        assert result.status == status


def test_the_commands_of_a_page_may_judge_its_status(either_project, site):
    text = """
start: SITE/start
commands:
  - open: a
    do:
      - capture: {status: {page: status}}
      - branch: page.status == 404
        do:
          - capture: {gone: {value: yes}}
settings: {retries: 0}
"""
    result = crawl(either_project, site, "404", "ok", text=text)
    assert sorted(result.records, key=str) == [{"status": 200}, {"status": 404, "gone": "yes"}]
    assert result.counters["errors"] == 0

"""Logins: one for each session, again where it has ended, none where they do not work."""

from __future__ import annotations

import pytest

from tests.sites import Members, Request, Response, Site, members
from tests.sites.faults import page
from tests.sites.members import PASSWORD, USER, items

TEXT = """
start: SITE/items
inputs:
  user: {type: string}
commands:
  - login: SITE/login
    do:
      - fill: {email: "{{ input.user }}", password: "{{ secret.MEMBER }}"}
      - submit: button
    verify: {exists: a.logout}
    MORE
  - paginate: a.next
    do:
      - open: li a
        do:
          - capture: {name: h1, price: {css: .price, as: number}}
settings: {concurrency: 64, retries: 0}
"""


def crawl(project, site, more="", password=PASSWORD, **kwargs):
    return project.crawl(
        TEXT.replace("MORE", more),
        site,
        inputs={"user": USER},
        environment={"SEQUENTUM_SECRET_MEMBER": password},
        **kwargs,
    )


def by_price(records):
    return sorted(records, key=lambda record: record["price"])


def test_one_login_serves_all_pages_at_once(either_project):
    state = Members(delay=0.02)
    with members(state) as site:
        result = crawl(either_project, site)
        assert site.peak > 5
    assert (state.logins, state.wrong, state.refused) == (1, 0, 0)
    assert by_price(result.records) == list(items())
    assert result.status == "COMPLETED"
    assert result.events == []
    health = result.health["commands[0].login"]
    assert (health.ran, health.matched, health.failed) == (1, 1, 0)
    assert PASSWORD not in result.log


@pytest.mark.parametrize(("quiet", "more"), [(False, ""), (True, "ended: {exists: form#login}")])
def test_a_session_that_ends_is_renewed_and_no_page_is_lost(either_project, quiet, more):
    state = Members(lives=30, quiet=quiet, delay=0.01)
    with members(state) as site:
        result = crawl(either_project, site, more)
    assert by_price(result.records) == list(items())
    # 105 pages of 30 to a session: four sessions, and no more for the pages that were refused together.
    assert state.logins == 4
    assert state.refused > 3
    assert result.status == "COMPLETED"
    assert result.whats() == ["the session ended"] * 3


def test_a_wrong_password_ends_the_run_after_one_try(either_project):
    state = Members()
    with members(state) as site:
        result = crawl(either_project, site, password="wrong")
        asked = [path for path in site.paths if path.startswith("/item")]
    assert (state.logins, state.wrong) == (0, 1)
    assert asked == []
    assert result.status == "FAILURE"
    assert result.message.startswith("commands[0].login: the login failed: verify does not hold")
    assert "wrong" not in result.log


def test_a_field_that_is_not_there_fails_the_login(either_project):
    with Site({"/*": page("Log in", "<form><input name=q></form>")}) as site:
        result = crawl(either_project, site)
    assert result.status == "FAILURE"
    assert "verify does not hold" in result.message
    assert 'the form has no field "email" (it has: q)' in result.whats("error")


def test_a_login_page_that_cannot_be_had_fails_the_login(either_project):
    with Site({"/login": Response(reset=True), "/*": page("x")}) as site:
        result = crawl(either_project, site)
    assert result.status == "FAILURE"
    assert "the login failed" in result.message


def test_a_session_that_never_holds_is_no_loop(either_project):
    """The login seems to work, yet each page leads back to it."""
    routes = {
        "/login": lambda r: Response(
            page("x", '<a class="logout">out</a>')
            if r.method == "POST"
            else page(
                "x",
                "<form method=post><input name=email><input name=password><button>Go</button></form>",
            )
        ),
        "/*": Response("", 302, headers=(("Location", "/login"),)),
    }
    with Site(routes) as site:
        result = crawl(either_project, site)
        assert len([entry for entry in site.log if entry.method == "POST"]) == 3
    assert result.status == "FAILURE"
    assert "the session ends right after each login" in result.whats("error")


def test_lookups_are_sent_logged_in_too(either_project):
    text = (
        TEXT.replace("MORE", "").partition("  - paginate")[0]
        + """
  - list: li
    limit: 3
    do:
      - lookup: a
        do: [{capture: {name: h1, price: {css: .price, as: number}}}]
"""
    )
    state = Members()
    with members(state) as site:
        result = either_project.ok(
            text, site, inputs={"user": USER}, environment={"SEQUENTUM_SECRET_MEMBER": PASSWORD}
        )
    assert by_price(result.records) == list(items())[:3]
    assert state.logins == 1


def test_the_start_page_may_be_one_that_answers_401(either_project):
    def api(request: Request) -> Response:
        if "session=s" not in request.headers.get("cookie", ""):
            return Response('{"error": "log in"}', 401, content_type="application/json")
        return Response('{"items": [1, 2]}', content_type="application/json")

    text = """
start: SITE/api
commands:
  - login: SITE/login
    do:
      - fill: {email: "EMAIL", password: "{{ secret.MEMBER }}"}
      - submit: null
    verify: page.status == 200 and page.title == "Welcome"
  - list: {jmespath: items}
    do: [{capture: {n: {jmespath: "@"}}}]
""".replace("EMAIL", USER)
    with members() as site:
        site.routes = {**site.routes, "/api": api}
        result = either_project.crawl(text, site, environment={"SEQUENTUM_SECRET_MEMBER": PASSWORD})
    assert result.values("n") == [1, 2]

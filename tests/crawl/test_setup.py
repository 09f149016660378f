"""Arguments, inputs and secrets: what a Run is given, and what it refuses before its first request."""

from __future__ import annotations

import sqlite3

import pytest

from tests.sites import Response, Site
from tests.sites.faults import page

INPUTS = """
start: SITE/{{ input.q|urlencode }}?n={{ input.n }}
inputs:
  q: {type: string, minLength: 2}
  n: {type: integer, default: 3}
  tags: {type: array, items: {type: string}, default: []}
  password: {type: string, writeOnly: true, default: none}
commands:
  - capture: {q: {value: "{{ input.q }}"}, n: {value: "{{ input.n + 1 }}"}, x: h1}
  - for_each: {input: tags}
    keep_empty: true
    do:
      - capture: {tag: {value: "{{ row }}"}}
"""


@pytest.fixture
def site():
    with Site({"/*": lambda request: Response(page(request.path))}) as served:
        yield served


def test_inputs_are_read_as_their_types_and_have_defaults(either_project, site):
    result = either_project.ok(INPUTS, site, inputs={"q": "black tea"})
    assert result.records == [{"q": "black tea", "n": "4", "x": "/black%20tea?n=3"}]
    result = either_project.ok(INPUTS, site, inputs={"q": "12", "n": "7", "tags": '["a", "b"]'})
    assert [(r["q"], r["n"], r["tag"]) for r in result.records] == [
        ("12", "8", "a"),
        ("12", "8", "b"),
    ]
    assert result.run.inputs == {"q": "12", "n": 7, "tags": ["a", "b"], "password": "***"}


def test_inputs_that_do_not_fit_are_refused_before_the_first_request_all_at_once(project, site):
    result = project.crawl(INPUTS, site, inputs={"Q": "tea", "n": "many", "tags": "a"})
    for problem in ('unknown input "Q"', '"q" is missing', "input \"n\": 'many' is not of type"):
        assert problem in result.error
    assert 'input "tags"' in result.error
    assert site.log == []
    assert result.run is None


def test_an_agent_without_inputs_refuses_any(project, site):
    text = "start: SITE/\ncommands:\n  - capture: {x: h1}\n"
    result = project.crawl(text, site, inputs={"q": "tea"})
    assert 'unknown input "q" (this Agent has none)' in result.error


def test_what_is_write_only_is_masked_in_the_store_but_used(project, site):
    text = """
start: SITE/
inputs: {password: {type: string, format: password}, key: {type: string, writeOnly: true}}
commands:
  - open: SITE/login
    method: POST
    body: "p={{ input.password }}"
    headers: {X-Key: "{{ input.key }}"}
    do:
      - capture: {x: h1}
"""

    def login(r):
        return Response(page(f"{r.body.decode() == 'p=hunter2'} {r.headers['x-key'] == 'k3y'}"))

    with Site({"/": page("x"), "/login": login}) as own:
        result = project.ok(text, own, inputs={"password": "hunter2", "key": "k3y"})
    assert result.values("x") == ["True True"]
    assert result.run.inputs == {"password": "***", "key": "***"}
    assert_not_stored(project, "hunter2", "k3y")
    assert "hunter2" not in result.log


def assert_not_stored(project, *texts):
    with sqlite3.connect(project.folder / ".sequentum/store.db") as database:
        dump = "\n".join(database.iterdump())
    for text in texts:
        assert text not in dump
        assert text.encode().hex() not in dump.lower()


SECRET = """
start: SITE/
commands:
  - open: SITE/in
    headers: {Authorization: "Bearer {{ secret.API_TOKEN }}"}
    do:
      - capture: {x: h1}
  - open: SITE/in
    method: POST
    json: {token: "{{ secret.OTHER }}"}
    do:
      - capture: {x: h1}
"""


def test_secrets_come_from_the_environment_and_stand_nowhere(either_project):
    def check(request):
        good = request.headers.get("authorization") == "Bearer t0ps3cret"
        return Response(page("in" if good or request.body == b'{"token":"oth3r"}' else "out"))

    environment = {"SEQUENTUM_SECRET_API_TOKEN": "t0ps3cret", "SEQUENTUM_SECRET_OTHER": "oth3r"}
    with Site({"/": page("x"), "/in": check}) as site:
        result = either_project.ok(
            SECRET, site, environment=environment, settings={"LOG_LEVEL": "DEBUG"}
        )
    assert result.values("x") == ["in", "in"]
    assert_not_stored(either_project, "t0ps3cret", "oth3r")
    assert "t0ps3cret" not in result.log
    assert "t0ps3cret" not in str(result.answer["scheduled"])


def test_missing_secrets_are_refused_before_the_first_request_all_at_once(project, site):
    result = project.crawl(SECRET, site, environment={"API_TOKEN": "x"})
    assert "set SEQUENTUM_SECRET_API_TOKEN in the environment" in result.error
    assert "set SEQUENTUM_SECRET_OTHER in the environment" in result.error
    assert site.log == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"agnet": "x"}, 'unknown argument "agnet" (did you mean "agent"?)'),
        ({"limit": "0"}, 'limit is a whole number from 1, not "0"'),
        ({"limit": "x"}, 'limit is a whole number from 1, not "x"'),
        ({"version": "-1"}, 'version is a whole number from 1, not "-1"'),
    ],
)
def test_arguments_that_do_not_fit_are_refused(project, site, arguments, message):
    text = "start: SITE/\ncommands:\n  - capture: {x: h1}\n"
    name = project.write(text, site, "agent_defs/shop.yaml").stem
    result = project.crawl(arguments={"agent": name, **arguments})
    assert message in result.error
    assert site.log == []


def test_those_of_scrapyd_are_not_for_us(project, site):
    text = "start: SITE/\ncommands:\n  - capture: {x: h1}\n"
    assert project.ok(text, site, arguments={"_job": "1a2b", "_version": "r23"}).records


def test_without_an_agent_it_says_how_to_name_one(project):
    assert "which Agent? -a agent=NAME" in project.crawl().error


def test_a_definition_with_errors_is_refused_with_all_of_them(project, site):
    result = project.crawl("start: SITE/\ncommands:\n  - lst: li\n  - capture: {x: 'p >'}\n", site)
    assert 'did you mean "list"?' in result.error
    assert "invalid CSS selector" in result.error
    assert site.log == []


def test_the_id_of_the_run_can_be_captured(project, site):
    text = "start: SITE/\ncommands:\n  - capture: {run: {value: 'run {{ run.id }}'}}\n"
    result = project.ok(text, site)
    assert result.records == [{"run": f"run {result.run.run_id}"}]
    assert (result.run.started_by, result.run.agent_name) == ("scrapy", "test")

"""An Agent on PyPI's httpbin, which nobody here wrote: statuses, redirects, authentication, cookies, encodings."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from tests.sites.httpbin import httpbin

OPEN = """
start: SITE/html
commands:
  - open: {url: PATH}
    MORE
    do:
      - capture: {status: {value: "{{ page.status }}", as: integer}, data: {FIELD}}
settings: {robots: ignore, retries: 0}
"""
JSON = 'jmespath: "@", optional: true'


@pytest.fixture(scope="module")
def site():
    with httpbin() as url:
        yield url


def ask(project, site, path, more="note: x", field=JSON):
    text = OPEN.replace("PATH", path).replace("MORE", more).replace("FIELD", field)
    return project.ok(text, site)


@pytest.mark.parametrize(
    ("encoding", "name"), [("gzip", "gzipped"), ("deflate", "deflated"), ("brotli", "brotli")]
)
def test_packed_answers_are_unpacked(either_project, site, encoding, name):
    (record,) = ask(either_project, site, f"/{encoding}").records
    assert record["data"][name] is True


def test_redirects_are_followed_and_their_cookies_kept(either_project, site):
    (record,) = ask(either_project, site, "/cookies/set?a=1&b=2").records
    assert record["data"] == {"cookies": {"a": "1", "b": "2"}}
    (record,) = ask(either_project, site, "/redirect/5").records
    assert record["data"]["url"].endswith("/get")


def test_more_redirects_than_a_browser_follows_are_an_error(project, site):
    result = ask(project, site, "/redirect/30")
    assert result.records == []
    assert result.whats("error") == ["too many redirects"]


@pytest.mark.parametrize("status", [400, 404, 418, 500, 503])
def test_a_status_is_an_error_unless_the_commands_look_at_it(project, site, status):
    assert ask(project, site, f"/status/{status}").whats("error") == [f"HTTP {status}"]
    text = f"""
start: SITE/status/{status}
commands:
  - branch: page.status >= 400
    do: [{{capture: {{gone: {{page: status}}}}}}]
settings: {{robots: ignore, retries: 0}}
"""
    assert project.ok(text, site).records == [{"gone": status}]


def test_basic_authentication(project, site):
    token = b64encode(b"user:pass word").decode()
    header = f'headers: {{Authorization: "Basic {token}"}}'
    (record,) = ask(project, site, "/basic-auth/user/pass%20word", header).records
    assert record["data"] == {"authenticated": True, "user": "user"}
    assert ask(project, site, "/basic-auth/user/other", header).whats("error") == ["HTTP 401"]


def test_what_is_sent_arrives(project, site):
    (record,) = ask(
        project,
        site,
        "/anything?q=%C3%BC",
        'method: POST\n    json: {a: ["ü", 1, null], page: "{{ page.status }}"}',
    ).records
    assert record["data"]["method"] == "POST"
    assert record["data"]["args"] == {"q": "ü"}
    assert json.loads(record["data"]["data"]) == {"a": ["ü", 1, None], "page": 200}


def test_a_form_that_somebody_else_wrote(either_project, site):
    agent = Path(__file__).parents[2] / "agent_defs" / "examples" / "httpbin-form.yaml"
    result = either_project.ok(
        arguments={"agent": str(agent)}, inputs={"site": site}, settings={"ROBOTSTXT_OBEY": False}
    )
    assert result.records == [
        {"customer": "Ada", "phone": "5", "size": "large", "toppings": ["bacon", "cheese"]}
    ]


def test_a_page_of_xml_and_one_in_utf_8(project, site):
    result = project.ok(
        "start: SITE/xml\ncommands: [{list: slide, do: [{capture: {t: title}}]}]\nsettings: {robots: ignore}",
        site,
    )
    assert result.values("t") == ["Wake up to WonderWidgets!", "Overview"]
    text = "start: SITE/encoding/utf8\ncommands: [{capture: {t: {css: pre, regex: 'STARGΛ̊TE'}}}]"
    assert len(project.ok(f"{text}\nsettings: {{robots: ignore}}", site).records) == 1

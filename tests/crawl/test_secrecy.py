"""Secrets go out in requests, and are nowhere else: not in what a run keeps, logs or says."""

from __future__ import annotations

import json
import os
from urllib.parse import parse_qs, quote

import pytest

from sequentum_scrapy.crawl.secrecy import _forms
from tests.sites import Response, Site
from tests.sites.faults import page

KEY, TOKEN, PASSWORD = "k3y/with+odd &chars=ü", 'tok"en\\-é', "p4ss wörd&more"
SECRETS = {"KEY": KEY, "TOKEN": TOKEN}
ENVIRONMENT = {f"SEQUENTUM_SECRET_{name}": value for name, value in SECRETS.items()}
TEXT = """
start: SITE/start?key={{ secret.KEY }}
inputs:
  user: {type: string}
  password: {type: string, format: password}
commands:
  - capture: {start: {page: url}, echo: p}
  - open: SITE/header
    headers: {X-Token: "{{ secret.TOKEN }}"}
    do: [{capture: {header: {jmespath: header}}}]
  - open: SITE/json
    method: POST
    json: {token: "{{ secret.TOKEN }}", deep: ["{{ input.password }}"]}
    do: [{capture: {json: {jmespath: "@"}}}]
  - open: SITE/form
    do:
      - fill: {user: "{{ input.user }}", password: "{{ input.password }}", key: "{{ secret.KEY }}"}
      - submit: null
        do: [{capture: {form: {jmespath: got, as: text}, url: {page: url}}}]
  - open: SITE/broken?key={{ secret.KEY }}
    do: [{capture: {never: h1}}]
  - open: a.next
    do: [{capture: {next: {page: url}, price: {css: p, as: number}}}]
settings: {retries: 1}
"""


def echo():
    """A site that gives back all that it is told."""
    seen = {}

    def start(request):
        seen.update(request.query)
        more = f'<a class="next" href="/next?key={quote(KEY)}&p=2">next</a>'
        return Response(page("Start", f"<p>your key is {KEY}</p>{more}"))

    def answer(value):
        return Response(json.dumps(value), content_type="application/json")

    def form(request):
        if request.method == "POST":
            seen["form"] = parse_qs(request.body.decode())
            return answer({"got": request.body.decode()})
        return Response(
            '<form method="post"><input name="user"><input name="password"><input name="key"></form>'
        )

    def body(request):
        seen["json"] = json.loads(request.body)
        return answer(seen["json"])

    def header(request):
        seen["header"] = request.headers["x-token"].encode("latin-1").decode()
        return answer({"header": seen["header"]})

    return seen, Site(
        {
            "/start": start,
            "/header": header,
            "/json": body,
            "/form": form,
            "/broken": Response(f"no {KEY}", 500),
            "/next": lambda r: Response(f"<h1>{r.query['key']}</h1><p>{r.query['key']}</p>"),
            "/robots.txt": Response("User-agent: *\n", content_type="text/plain"),
        }
    )


def traces(folder):
    """Return every secret, in any form, that is in a file below a folder, with the file."""
    found = []
    forms = {form for value in (*SECRETS.values(), PASSWORD) for form in _forms(value)}
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [(path.name, form) for form in forms if form.encode() in data]
    return found


def test_secrets_reach_the_site_and_nothing_that_a_run_leaves_behind(either_project):
    seen, site = echo()
    with site:
        result = either_project.crawl(
            TEXT,
            site,
            inputs={"user": "ada", "password": PASSWORD},
            environment=ENVIRONMENT,
            settings={
                "LOG_LEVEL": "DEBUG",
                "JOBDIR": str(either_project.folder / "job"),
                "FEEDS": {str(either_project.folder / "out.jsonl"): {"format": "jsonlines"}},
                "HTTPCACHE_ENABLED": True,
                "HTTPCACHE_DIR": str(either_project.folder / "cache"),
            },
        )
    assert not result.error
    assert seen["key"] == KEY
    assert seen["header"] == TOKEN
    assert seen["json"] == {"token": TOKEN, "deep": [PASSWORD]}
    assert seen["form"] == {"user": ["ada"], "password": [PASSWORD], "key": [KEY]}
    kinds = {name for record in result.records for name in record}
    assert {"start", "echo", "header", "json", "form"} <= kinds
    # What a site sends back lies in the cache as it came: a cache is a copy of the site.
    bodies = set(either_project.folder.rglob("response_body"))
    for path in bodies:
        path.unlink()
    assert traces(either_project.folder) == []
    said = json.dumps(result.answer, ensure_ascii=False) + json.dumps(result.answer)
    said += str(result.records) + str(result.events) + result.log + result.message
    for value in (KEY, TOKEN, PASSWORD):
        assert [form for form in _forms(value) if form in said] == []
    assert "__secret_KEY__" in result.log
    assert result.run.inputs == {"user": "ada", "password": "***"}
    broken = next(event for event in result.events if event.what == "HTTP 500")
    assert broken.url.endswith("/broken?key=__secret_KEY__")


def test_requests_that_wait_on_disk_hold_placeholders(project):
    text = """
start: SITE/
commands:
  - open: a
    headers: {X-Token: "{{ secret.TOKEN }}"}
    do: [{capture: {t: h1}}]
settings: {limits: {pages: 2}, concurrency: 1}
"""
    links = "".join(f'<a href="/{n}">{n}</a>' for n in range(50))
    with Site({"/": links, "/*": page("x")}) as site:
        job = project.folder / "job"
        project.crawl(text, site, environment=ENVIRONMENT, settings={"JOBDIR": str(job)})
        waiting = b"".join(path.read_bytes() for path in job.rglob("*") if path.is_file())
        assert b"__secret_TOKEN__" in waiting
        assert traces(project.folder) == []
        result = project.crawl(
            text.replace("limits: {pages: 2}, ", ""),
            site,
            environment=ENVIRONMENT,
            settings={"JOBDIR": str(job)},
        )
        sent = {entry.headers.get("x-token") for entry in site.log if entry.path[1:].isdigit()}
    assert sent == {TOKEN.encode().decode("latin-1")}
    assert len(result.records) > 20


def secrets_file(project, text, mode=0o600):
    path = project.folder / ".sequentum" / "secrets"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


HEADER = """
start: {url: SITE/, headers: {X-Token: "{{ secret.TOKEN }}"}}
commands: [{capture: {t: h1}}]
"""


def sent_token(project, **kwargs):
    with Site({"/": page("x")}) as site:
        result = project.crawl(HEADER, site, **kwargs)
        return result, [entry.headers.get("x-token") for entry in site.log if entry.path == "/"]


def test_secrets_may_come_from_a_file_and_the_environment_goes_first(project):
    secrets_file(project, "# of the shop\n\n TOKEN = of the file \nOTHER=x\n")
    assert sent_token(project)[1] == ["of the file"]
    environment = {"SEQUENTUM_SECRET_TOKEN": "of the environment"}
    assert sent_token(project, environment=environment)[1] == ["of the environment"]


@pytest.mark.parametrize(
    ("text", "mode", "what"),
    [
        ("TOKEN=x\n", 0o644, "others can read these secrets: chmod 600"),
        ("TOKEN x\n", 0o600, "secrets:1: a line of secrets is NAME=value"),
        (
            "OTHER=x\n",
            0o600,
            'secret "TOKEN" is missing: set SEQUENTUM_SECRET_TOKEN in the environment',
        ),
    ],
)
def test_a_file_of_secrets_that_does_not_do_is_said_before_the_first_request(
    project, text, mode, what
):
    secrets_file(project, text, mode)
    result, sent = sent_token(project)
    assert what in result.error
    assert sent == []


def test_inputs_and_secrets_that_are_missing_are_said_at_once(project):
    with Site({"/": page("x")}) as site:
        result = project.crawl(TEXT, site, inputs={"usr": "ada", "password": ""})
        assert site.log == []
    for what in (
        'unknown input "usr"',
        'input "user" is missing',
        'secret "KEY"',
        'secret "TOKEN"',
    ):
        assert what in result.error
    assert os.environ.get("SEQUENTUM_SECRET_KEY") is None

"""What a browser shares with the rest of the crawl: proxies, names, header fields, cookies, a Run that is killed."""

import os
import signal
import subprocess
import sys
import time
from html import escape

import pytest

from sequentum_scrapy.store import Store, list_runs
from tests.sites import Site
from tests.sites.server import Response


def echo(request):
    shown = "".join(f"<p id='{name}'>{value}</p>" for name, value in request.headers.items())
    return Response(f"<h1>{request.method}</h1>{shown}<pre>{request.body.decode()}</pre>")


ECHO = """
browser: true
start: SITE/
commands:
  - capture:
      agent: "#user-agent"
      language: {css: "#accept-language", optional: true}
      extra: {css: "#x-extra", optional: true}
"""


@pytest.fixture
def site():
    with Site({"/": echo, "/*": echo}) as site:
        yield site


def test_the_name_the_language_and_the_fields_of_the_settings_go_out(live_project, site):
    more = "settings: {user_agent: Tester/1, accept_language: de-DE, headers: {X-Extra: mine}}\n"
    (record,) = live_project.ok(ECHO + more, site).records
    assert record["agent"] == "Tester/1"
    assert record["language"].startswith("de-DE")
    assert record["extra"] == "mine"


def test_without_a_name_the_browser_gives_its_own(live_project, site):
    (record,) = live_project.ok(ECHO, site).records
    assert "Chrome" in record["agent"]


def test_a_page_is_asked_for_with_a_method_and_a_body(live_project, site):
    text = """
browser: true
start: SITE/
commands:
  - open: {url: /api}
    method: POST
    json: {q: "{{ secret.WORD }}"}
    headers: {X-Extra: once}
    do: [{capture: {method: h1, body: pre, extra: "#x-extra"}}]
"""
    result = live_project.ok(text, site, environment={"SEQUENTUM_SECRET_WORD": "sesame-seed"})
    (record,) = result.records
    assert record["method"] == "POST"
    assert record["extra"] == "once"
    # The site sent the secret back: it is masked where it is kept.
    assert "sesame-seed" not in record["body"]
    assert "__secret_WORD__" in record["body"]


def test_secrets_that_are_typed_are_in_no_record_page_or_log(live_project):
    form = (
        "<form><input name=word><button>Go</button></form><b></b><script>"
        "const form = document.forms[0]; form.onsubmit = (event) => { event.preventDefault();"
        " document.querySelector('b').textContent = form.word.value }</script>"
    )
    text = """
browser: true
start: SITE/
commands:
  - fill: {word: "{{ secret.WORD }}"}
  - submit: null
  - capture: {word: b, missing: .nothing}
"""
    with Site({"/": form}) as site:
        secret = """it's <a> "very" & secret"""
        result = live_project.crawl(text, site, environment={"SEQUENTUM_SECRET_WORD": secret})
    ((record, _),) = result.invalid
    assert record["word"] == "__secret_WORD__"
    assert secret not in result.log
    written = {
        secret,
        escape(secret),
        escape(secret, quote=False),
        secret.replace("&", "&amp;").replace('"', "&quot;"),
        "very&quot; &amp; secret",
    }
    for path in live_project.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(form.encode() in content for form in written), path


def test_cookies_of_the_browser_are_those_of_plain_http_and_back(live_project):
    def site_page(request):
        given = request.headers.get("cookie", "none")
        name = request.route.strip("/") or "start"
        link = {"start": "one", "one": "two", "two": ""}.get(name, "")
        script = f"<script>document.cookie = 'by-{name}=1; path=/'</script>"
        headers = (("Set-Cookie", f"from-{name}=1; Path=/"),)
        return Response(f"<h1>{given}</h1><a href='/{link}'>on</a>{script}", headers=headers)

    text = """
start: SITE/
commands:
  - open: a
    browser: true
    do:
      - capture: {first: h1}
      - open: a
        browser: false
        do: [{capture: {second: h1}}]
"""
    with Site({"/": site_page, "/*": site_page}) as site:
        (record,) = live_project.ok(text, site).records
    first, second = (set(record[name].split("; ")) for name in ("first", "second"))
    assert "from-start=1" in first
    # Beside them are those of robots.txt and of the icon.
    assert second - first >= {"from-one=1", "by-one=1"}


def linked(sets):
    """Return pages /1, /2 … that show the cookies they were sent, set some, and lead on to the next."""

    def page(request):
        number = int(request.route.strip("/"))
        headers, script = sets.get(number, ((), ""))
        return Response(
            f"<h1>{request.headers.get('cookie', '')}</h1><a href='/{number + 1}'>on</a>"
            f"<script>{script}</script>",
            headers=tuple(("Set-Cookie", f"{cookie}; Path=/") for cookie in headers),
        )

    return {"/favicon.ico": "", "/robots.txt": Response("", 404), "/*": page}


def chain(ways, more=""):
    """Return an Agent that goes from page to page, each in a browser or plain, and captures what each was sent."""
    text, indent = "start: SITE/0\ncommands:\n", "  "
    for number, way in enumerate(ways.split(), 1):
        text += (
            f"{indent}- open: a\n{indent}  browser: {str(way == 'browser').lower()}\n{indent}  do:\n"
            f"{indent}    - capture: {{page{number}: {{css: h1, default: ''}}}}\n"
        )
        indent += "    "
    return text + more


def sent(record, number):
    return set(filter(None, record[f"page{number}"].split("; ")))


def test_a_cookie_that_a_site_takes_back_over_plain_http_is_no_longer_sent_by_the_browser(
    live_project,
):
    sets = {
        0: (("plain=1; HttpOnly", "stays=1"), ""),
        1: (("inside=1",), "document.cookie = 'script=1; path=/'"),
        2: (("plain=; Max-Age=0", "inside=; Max-Age=0", "new=1"), ""),
    }
    with Site(linked(sets)) as site:
        (record,) = live_project.ok(chain("browser plain browser plain"), site).records
    assert sent(record, 1) == {"plain=1", "stays=1"}
    assert sent(record, 2) == {"plain=1", "stays=1", "inside=1", "script=1"}
    # What the page set of its own accord is there as before.
    assert sent(record, 3) == {"stays=1", "script=1", "new=1"}
    assert sent(record, 4) == {"stays=1", "script=1", "new=1"}


def test_a_cookie_that_was_taken_back_does_not_return_with_a_fresh_context(live_project):
    # Pages go out in two sessions by turns, and one context is kept: that of the other is closed.
    sets = {1: (("taken=1", "stays=1"), ""), 3: (("taken=; Max-Age=0",), "")}
    more = "settings: {sessions: 2, robots: ignore, browser: {contexts: 1}}\n"
    with Site(linked(sets)) as site:
        result = live_project.ok(chain("browser browser plain browser browser", more), site)
    (record,) = result.records
    assert sent(record, 3) == {"taken=1", "stays=1"}
    assert sent(record, 5) == {"stays=1"}
    assert [sent(record, number) for number in (2, 4)] == [set(), set()]
    assert result.answer["stats"]["playwright/context_count"] == 3


LOGIN = """
start: SITE/
browser: true
commands:
  - login: SITE/login
    do:
      - fill: {word: "{{ secret.WORD }}"}
      - submit: null
    verify: {exists: .hello}
  - capture: {title: h1}
"""


@pytest.mark.parametrize("inside", [True, False])
def test_a_login_page_that_answers_401_is_a_form_all_the_same(live_project, inside):
    def site_page(request):
        if request.method == "POST":
            cookie = ("Set-Cookie", "member=1; Path=/")
            return Response("", 303, headers=(("Location", "/"), cookie))
        if "member=1" in request.headers.get("cookie", ""):
            return Response("<h1>Members</h1><p class=hello>hello</p>")
        form = "<form method=post><input name=word type=password><button>Go</button></form>"
        return Response(form, 401)

    text = LOGIN if inside else LOGIN.replace("browser: true\n", "")
    with Site({"/": site_page, "/login": site_page}) as site:
        result = live_project.ok(text, site, environment={"SEQUENTUM_SECRET_WORD": "sesame-seed"})
    assert result.values("title") == ["Members"]
    assert result.counters["errors"] == 0


AFTER = """      - {lookup: {url: "?n=more"}, browser: false, do: [{capture: {more: h1}}]}
"""


@pytest.mark.parametrize("after", ["", AFTER])
def test_a_run_in_a_browser_that_is_killed_goes_on_without_loss(live_project, after):
    def page(request):
        number = request.query.get("n")
        if number is None:
            return Response("".join(f"<a href='/?n={n}'>{n}</a>" for n in range(40)))
        return Response(f"<h1>Page {number}</h1>", delay=0.1)

    text = f"""
browser: true
start: SITE/
commands:
  - open: a
    do:
      - wait: {{time: 100ms}}
      - capture: {{title: h1}}
{after}settings: {{concurrency: 2}}
"""
    with Site({"/": page}) as site:
        path = live_project.write(text, site)
        command = [sys.executable, "-m", "sequentum_scrapy.cli"]
        process = subprocess.Popen(
            [*command, "run", str(path)], cwd=live_project.folder, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 40
        while sum("n=" in path for path in site.paths) < 12 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with Store.open(live_project.store_url) as store:
            (run,) = list_runs(store)
        done = subprocess.run(
            [*command, "restart", str(run.run_id), "--json"], cwd=live_project.folder,
            capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        result = live_project.result()
    assert result.status == "COMPLETED", done.stderr + done.stdout
    assert sorted(result.values("title")) == sorted(f"Page {n}" for n in range(40))
    if after:
        assert set(result.values("more")) == {"Page more"}


def test_a_crawl_in_a_browser_leaves_the_memory_when_it_is_over(live_project):
    counting = {"EXTENSIONS": {"tests.crawl.components.CountCrawlers": 1}}
    with Site({"/": echo}) as site:
        stats = [live_project.ok(ECHO, site, project=counting).answer["stats"] for _ in range(4)]
    # The last one may be on its way yet.
    assert max(one["crawlers_in_memory"] for one in stats) <= 1

"""What goes wrong in a browser: each has its event, nothing is there twice, and nothing stays open."""

import json
import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.crawl.conftest import Project, Worker
from tests.crawl.test_live_soak import descendants
from tests.sites import Site
from tests.sites.server import Response

PAGE = (
    "<html><head><title>{n}</title></head><body><h1>Page {n}</h1><button>go</button></body></html>"
)
LATER = """<h1>Page {n}</h1><button disabled>go</button><input name=q disabled><script>
setTimeout(() => document.querySelectorAll(":disabled").forEach((one) => {{ one.disabled = false }}), 2000);
</script>"""
HANGING = 3600


def page(request):
    return Response(PAGE.format(n=request.query.get("n", "")))


ROUTES = {
    "/ok": page,
    "/": "".join(f"<a href='/ok?n={n}'>{n}</a>" for n in range(12)),
    "/never": Response("", delay=HANGING),
    "/loop": Response("", 302, headers=(("Location", "/loop?x"),)),
    "/file": Response(
        b"a,b\n1,2\n",
        content_type="text/csv",
        headers=(("Content-Disposition", 'attachment; filename="rows.csv"'),),
    ),
    "/loading": "<h1>Loading</h1><img src='/never'><script>fetch('/never')</script>",
    "/moves": "<h1>Here</h1><script>setTimeout(() => location = '/ok?n=there', 30)</script>",
    "/restless": "<h1>Restless</h1><script>setTimeout(() => location.reload(), 50)</script>",
    "/asks": "<h1>Asks</h1><script>alert('hello')</script><h2>after</h2>",
    "/json": Response('{"items": [{"n": 1}, {"n": 2}]}', content_type="application/json"),
    "/busy": lambda request: Response("busy", 503),
    "/ok/later": lambda request: Response(LATER.format(n=request.query["n"])),
    "/later": "".join(f"<a href='/ok/later?n={n}'>{n}</a>" for n in range(6)),
}


@pytest.fixture
def site():
    with Site(ROUTES) as site:
        yield site


def agent(path, commands="  - capture: {title: h1}\n", more=""):
    return f"browser: true\nstart: SITE/{path}\ncommands:\n{commands}{more}"


QUICK = "settings: {retries: 0, browser: {timeout: 2s}}\n"


def nothing_is_open(result):
    assert result.answer["stats"]["sequentum/browser/open_pages"] == 0
    stats = result.answer["stats"]
    assert stats["playwright/page_count"] == stats["playwright/page_count/closed"]
    assert children_named("chrom") == []


def children_named(name):
    """Return the processes of a browser below this one, that of the worker included."""
    below = descendants(os.getpid())
    return [
        pid
        for pid, (_, line) in below.items()
        if name.encode() in line and (b"--headless" in line or b"--type=renderer" in line)
    ]


def drivers():
    below = descendants(os.getpid())
    return [pid for pid, (_, line) in below.items() if b"run-driver" in line]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("never", "timeout"),
        ("loop", "too many redirects"),
        ("busy", "HTTP 503"),
    ],
)
def test_a_page_that_does_not_come_is_an_event(live_project, site, path, what):
    result = live_project.crawl(agent(path, more=QUICK), site)
    assert result.event(what).address == "start"
    assert result.records == []
    nothing_is_open(result)


def test_a_host_that_refuses_is_said_as_without_a_browser(live_project):
    with Site({}) as gone:
        pass
    result = live_project.crawl(agent("", more=QUICK), gone.url)
    assert result.event("connection refused").address == "start"


def test_a_page_that_never_stops_loading_is_taken_as_it_is(live_project, site):
    result = live_project.ok(agent("loading", more="settings: {browser: {timeout: 1s}}\n"), site)
    assert result.values("title") == ["Loading"]
    nothing_is_open(result)


def test_a_page_that_moves_on_while_it_is_read_is_read_where_it_comes_to(live_project, site):
    commands = "  - wait: {text: Page there}\n  - capture: {title: h1}\n"
    result = live_project.ok(agent("moves", commands), site)
    assert result.values("title") == ["Page there"]


def test_a_page_that_never_comes_to_rest_ends_by_itself(live_project, site):
    commands = "  - wait: {time: 1s}\n  - click: {css: .nowhere}\n  - capture: {title: h1}\n"
    result = live_project.crawl(agent("restless", commands, QUICK), site)
    assert result.counters["records"] + len(result.events) >= 1
    nothing_is_open(result)


def test_a_dialog_does_not_hold_a_page_up(live_project, site):
    result = live_project.ok(agent("asks", "  - capture: {title: h1, after: h2}\n"), site)
    assert result.records == [{"title": "Asks", "after": "after"}]


def test_a_file_in_the_place_of_a_page_is_read_as_one(live_project, site):
    commands = "  - list: {jmespath: '[*]'}\n    do: [{capture: {a: {jmespath: a}}}]\n"
    result = live_project.ok(agent("file", commands), site)
    assert result.values("a") == ["1"]


def test_json_is_what_was_sent_and_not_how_a_browser_shows_it(live_project, site):
    commands = "  - list: {jmespath: items}\n    do: [{capture: {n: {jmespath: n}}}]\n"
    assert live_project.ok(agent("json", commands), site).values("n") == [1, 2]
    acting = "  - wait: {time: 100ms}\n" + commands
    assert live_project.ok(agent("json", acting), site).values("n") == [1, 2]


def test_what_is_waited_for_in_vain_is_an_event_with_a_picture_and_the_page(live_project, site):
    commands = "  - click: .nowhere\n    timeout: 300ms\n  - capture: {title: h1}\n"
    result = live_project.crawl(agent("ok?n=1", commands), site)
    event = result.event("not there after 0.3 s")
    assert result.health["commands[0].click"].seconds >= 0.3
    assert event.address == "commands[0].click"
    assert result.values("title") == ["Page 1"]
    folder = live_project.folder / ".sequentum/runs/1"
    (png,) = folder.glob("screenshots/*.png")
    assert png.read_bytes().startswith(b"\x89PNG")
    (html,) = folder.glob("pages/*.html")
    assert "Page 1" in html.read_text()
    nothing_is_open(result)


def test_a_page_that_changed_between_two_failures_is_kept_as_it_was_at_each(live_project):
    page = """<h1>before</h1><button>go</button><script>
    document.querySelector("button").onclick = () => { document.querySelector("h1").textContent = "after" };
    </script>"""
    commands = (
        "  - wait: .one\n    timeout: 100ms\n  - wait: .two\n    timeout: 100ms\n"
        "  - click: button\n  - wait: .three\n    timeout: 100ms\n"
    )
    with Site({"/ok": page}) as site:
        result = live_project.crawl(agent("ok", commands), site)
    assert result.whats("error") == ["not there after 0.1 s"] * 3
    pages = sorted((live_project.folder / ".sequentum/runs/1/pages").iterdir())
    # One copy for the two commands that found the same.
    assert [page.name for page in pages] == ["1-commands-0-wait.html", "2-commands-3-wait.html"]
    assert "<h1>before" in pages[0].read_text()
    assert "<h1>after" in pages[1].read_text()


@pytest.mark.parametrize(
    ("commands", "address"),
    [
        ("  - click: button\n  - wait: {time: 60s}\n", "commands[1].wait"),
        ("  - list: h1\n    do: [{wait: {time: 60s}}]\n", "commands[0].do[0].wait"),
    ],
)
def test_the_commands_of_a_page_have_a_time_together(live_project, site, commands, address):
    commands += "  - capture: {title: h1}\n"
    more = "settings: {browser: {page_timeout: 2s}}\n"
    begin = time.monotonic()
    result = live_project.crawl(agent("ok?n=1", commands, more), site)
    assert time.monotonic() - begin < 15
    event = result.event("the commands of the page took too long")
    assert (event.address, event.detail) == (address, "over 2 s")
    assert result.health[address].failed == 1
    assert result.records == []
    folder = live_project.folder / ".sequentum/runs/1"
    name = re.sub(r"[^a-z0-9]+", "-", address)
    (png,) = folder.glob(f"screenshots/failed-1-{name}.png")
    assert png.read_bytes().startswith(b"\x89PNG")
    (html,) = folder.glob(f"pages/1-{name}.html")
    assert "Page 1" in html.read_text()
    nothing_is_open(result)


def crawl_and(project, site, then, commands, more="", *, start=""):
    """Run an Agent on the pages of a start, and do something to the browser once the third was asked for."""

    def watch():
        while sum(path.startswith("/ok") for path in site.paths) < 3:
            time.sleep(0.02)
        then()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    head = f"browser: true\nstart: SITE/{start}\ncommands:\n  - open: a\n    do:\n"
    text = f"{head}{commands}settings:\n  concurrency: 3\n{more}"
    result = project.crawl(text, site)
    thread.join(10)
    return result


ACTING = "      - wait: {time: 300ms}\n      - capture: {title: h1}\n"


@pytest.fixture
def own_project(tmp_path, browser):
    """Return a project whose crawls have a process of their own.

    Playwright leaves what a driver died of unread, and asyncio logs that at some time: in another test otherwise.
    """
    worker = Worker("reactor", tmp_path / "worker.log")
    yield Project(tmp_path / "project", worker)
    worker.close()


@pytest.mark.parametrize("victim", ["browser", "renderer", "driver"])
def test_a_browser_that_dies_is_started_again_and_no_page_is_lost_or_there_twice(
    own_project, site, victim
):
    def kill():
        if victim == "driver":
            for pid in drivers():
                os.kill(pid, signal.SIGKILL)
            return
        for pid in children_named("chrom"):
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if (victim == "renderer") == (b"--type=renderer" in line) and (
                victim == "renderer" or b"--type=" not in line
            ):
                os.kill(pid, signal.SIGKILL)

    result = crawl_and(own_project, site, kill, ACTING)
    assert sorted(result.values("title")) == sorted(f"Page {n}" for n in range(12))
    assert result.counters["errors"] == 0
    assert result.answer["stats"]["retry/count"] >= 1
    assert result.answer["stats"]["sequentum/browser/open_pages"] == 0


@pytest.fixture
def hasty_project(tmp_path, browser):
    """Return a project whose crawls give up soon what does not answer."""
    hasty = (
        "from sequentum_scrapy.crawl.browser import troubles; troubles.ANSWER_SECONDS = 4.0\n"
        "from sequentum_scrapy.crawl.browser import contexts; contexts.CLOSING_SECONDS = 2.0"
    )
    worker = Worker("reactor", tmp_path / "worker.log", hasty)
    yield Project(tmp_path / "project", worker)
    worker.close()


@pytest.mark.parametrize("victim", ["browser", "driver"])
def test_a_browser_that_stands_still_is_replaced_and_no_page_is_lost_or_there_twice(
    hasty_project, site, victim
):
    def freeze():
        for pid in drivers() if victim == "driver" else children_named("chrom"):
            if b"--type=" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGSTOP)

    result = crawl_and(hasty_project, site, freeze, ACTING, "  browser: {timeout: 5s}\n")
    assert sorted(result.values("title")) == sorted(f"Page {n}" for n in range(12))
    assert result.counters["errors"] == 0
    assert result.answer["stats"]["playwright/browser_count"] == 2
    assert result.answer["stats"]["sequentum/browser/open_pages"] == 0
    if victim == "driver":
        # It ends with the process that it is a part of.
        for pid in drivers():
            os.kill(pid, signal.SIGKILL)
        time.sleep(1)
    assert children_named("chrom") == []
    assert drivers() == []


@pytest.mark.parametrize("action", ["click: button", "fill: {q: text}"])
def test_a_driver_that_stands_still_during_an_action_is_replaced_as_well(
    hasty_project, site, action
):
    def freeze():
        # All three wait for what they act on.
        time.sleep(1)
        for pid in drivers():
            os.kill(pid, signal.SIGSTOP)

    commands = f"      - {action}\n      - capture: {{title: h1}}\n"
    more = "  browser: {timeout: 5s, page_timeout: 30s}\n"
    result = crawl_and(hasty_project, site, freeze, commands, more, start="later")
    for pid in drivers():
        os.kill(pid, signal.SIGKILL)
    assert sorted(result.values("title")) == [f"Page {n}" for n in range(6)]
    assert result.whats() == []
    assert result.answer["stats"]["playwright/browser_count"] == 2
    assert result.answer["stats"]["sequentum/browser/open_pages"] == 0


@pytest.mark.parametrize("commands", ["", "  - click: button\n"])
def test_a_page_that_answers_no_more_is_an_event_and_holds_nothing_up(hasty_project, commands):
    endless = "<h1>Endless</h1><button onclick='for (;;);'>go</button>"
    if not commands:
        endless += (
            "<script>addEventListener('load', () => setTimeout(() => { for (;;); }))</script>"
        )
    commands = f"{commands}  - capture: {{title: h1}}\n"
    begin = time.monotonic()
    with Site({"/endless": endless}) as site:
        result = hasty_project.crawl(
            agent("endless", commands, "settings: {retries: 1, browser: {timeout: 2s}}\n"), site
        )
    assert time.monotonic() - begin < 60
    event = result.event("the browser died, or does not answer")
    assert (event.address, result.answer["stats"]["retry/count"]) == ("start", 1)
    assert "does not answer" in event.detail
    assert result.records == []
    nothing_is_open(result)


def test_commands_need_no_picture_where_nothing_went_wrong(live_project, site):
    result = live_project.ok(agent("ok?n=1", "  - click: button\n  - capture: {title: h1}\n"), site)
    assert not (live_project.folder / ".sequentum/runs/1/screenshots").exists()
    assert json.dumps(result.records) == '[{"title": "Page 1"}]'

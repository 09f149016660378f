"""Sites that block, and real proxies: every record comes, and none from a page that is no data."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack

import pytest

from tests.crawl.conftest import Project
from tests.sites import Fortress, Proxy, Response, Site, fortress
from tests.sites.faults import page
from tests.sites.fortress import products

TEXT = """
start: SITE/
commands:
  - paginate: a.next
    do:
      - open: li a
        do:
          - capture: {title: h1, price: {css: .price, as: number}}
settings:
  retries: 0
  SETTINGS
"""
BLOCK = "block: {status: [403, 429], selector: .captcha, attempts: 8, backoff: 10ms}"


def crawl(scrapy, site, own, **kwargs):
    lines = own if isinstance(own, str) else "\n  ".join(own)
    return scrapy.crawl(TEXT.replace("SETTINGS", lines), site, **kwargs)


def by_price(records):
    return sorted(records, key=lambda record: record["price"])


def test_ten_proxies_three_dead_and_three_banned_half_way(either_project):
    state = Fortress(patience=12, banned=frozenset({"p3", "p4", "p5"}), ban_after=100, bots=True)
    with ExitStack() as stack:
        site = stack.enter_context(fortress(state))
        proxies = [stack.enter_context(Proxy(f"p{n}", dead=n < 3)) for n in range(10)]
        urls = json.dumps([proxy.url for proxy in proxies])
        settings = [
            f"proxy: {{urls: {urls}, cool_off: 1s}}", BLOCK, "sessions: 10", "user_agent: desktop",
        ]  # fmt: skip
        result = crawl(either_project, site, settings)
        assert state.served["direct"] == 0
    assert by_price(result.records) == list(products())
    assert result.status == "COMPLETED"
    assert result.counters["errors"] == 0
    assert state.blocked["captcha"] > 0
    assert state.blocked["banned"] >= 3
    assert state.blocked["agent"] == 0
    health = {
        event.what: event.detail for event in result.events if event.what.startswith("proxy ")
    }
    assert len(health) == 10
    assert all(", 0 failed" not in health[f"proxy {proxy.label}"] for proxy in proxies[:3])
    # One that is dead is left alone but for the requests that were under way together with the first.
    assert all(proxy.asked <= 50 for proxy in proxies[:3])
    assert result.answer["stats"][f"sequentum/proxy/{proxies[9].label}/requests"] > 20


@pytest.mark.parametrize("rotate", ["request", "session", "on_block"])
def test_proxies_rotate(project, rotate):
    with fortress() as site, Proxy("a") as first, Proxy("b") as second:
        urls = json.dumps([first.url, second.url])
        more = ["sessions: 2"] if rotate == "session" else []
        settings = [f"proxy: {{urls: {urls}, rotate: {rotate}}}", *more, "user_agent: [one, two]"]
        result = crawl(project, site, settings)
        pairs = {
            (e.headers.get("x-proxy-id"), e.headers["user-agent"])
            for e in site.log
            if e.path != "/robots.txt"
        }
    assert by_price(result.records) == list(products())
    shares = sorted((first.forwarded, second.forwarded))
    if rotate == "on_block":
        assert shares[0] <= 1
    else:
        assert shares[0] > 50
    if rotate == "session":
        assert len(pairs) == 2


def test_a_password_is_sent_to_the_proxy_and_shown_nowhere(either_project):
    with fortress() as site, Proxy("a", password="user:pa55w0rd") as proxy:
        url = proxy.url.replace("pa55w0rd", "{{ secret.PROXY }}")
        result = crawl(
            either_project,
            site,
            f'proxy: {{urls: ["{url}"]}}',
            environment={"SEQUENTUM_SECRET_PROXY": "pa55w0rd"},
            settings={"LOG_LEVEL": "DEBUG", "JOBDIR": str(either_project.folder / "job")},
        )
        assert proxy.forwarded > 200
    assert by_price(result.records) == list(products())
    kept = [path.read_bytes() for path in either_project.folder.rglob("*") if path.is_file()]
    for form in (b"pa55w0rd", b"dXNlcjpwYTU1dzByZA"):
        assert not any(form in data for data in kept)
        assert form.decode() not in json.dumps(result.answer)


def test_a_wrong_password_is_a_proxy_that_fails(project):
    with fortress() as site, Proxy("a", password="user:right") as proxy, Proxy("b") as other:
        urls = json.dumps([proxy.url.replace("right", "wrong"), other.url])
        result = crawl(project, site, f"proxy: {{urls: {urls}}}")
    assert len(result.records) == 200
    assert proxy.forwarded == 0


def test_a_pool_of_the_project(project):
    with fortress() as site, Proxy("a", password="user:s3cr3t") as proxy:
        url = proxy.url.replace("s3cr3t", "{{ secret.PROXY }}")
        given = {
            "project": {"SEQUENTUM_PROXY_POOLS": {"main": [url]}},
            "environment": {"SEQUENTUM_SECRET_PROXY": "s3cr3t"},
        }
        assert len(crawl(project, site, "proxy: {pool: main}", **given).records) == 200
        result = crawl(project, site, "proxy: {pool: mian}", **given)
    assert 'no pool "mian" (did you mean "main"?)' in result.error


def test_all_proxies_dead_ends_the_run_where_that_is_asked_for(project):
    with fortress() as site, Proxy("a", dead=True) as first, Proxy("b", dies_after=60) as second:
        urls = json.dumps([first.url, second.url])
        result = crawl(project, site, f"proxy: {{urls: {urls}, when_exhausted: fail}}")
    assert result.status == "FAILURE"
    assert result.message == "every proxy failed or is blocked"
    assert 0 < len(result.records) < 60


def test_a_run_waits_for_a_proxy_to_come_back(project):
    with fortress() as site, Proxy("a", dead=True) as proxy:
        threading.Timer(1.0, lambda: setattr(proxy, "dead", False)).start()
        result = crawl(project, site, f'proxy: {{urls: ["{proxy.url}"], cool_off: 1500ms}}')
    assert len(result.records) == 200
    waiting = result.event("every proxy failed or is blocked: waiting")
    assert (waiting.level, waiting.address) == ("info", "settings.proxy")


def test_retry_after_is_honoured(project):
    with fortress(Fortress(rate=60, retry_after="1")) as site:
        result = crawl(project, site, BLOCK)
        asked = len(site.log)
    assert by_price(result.records) == list(products())
    assert asked < 210 * 3
    assert "blocked: HTTP 429" in result.whats("warning")


def test_a_page_that_stays_blocked_is_an_error_with_a_copy_of_the_page(either_project):
    with Site({"/": '<a href="/1">1</a>', "/1": '<p class="captcha">prove it</p>'}) as site:
        text = """
start: SITE/
commands: [{open: a, do: [{capture: {t: p}}]}]
settings: {block: {selector: .captcha, attempts: 2, backoff: 0}}
"""
        result = either_project.ok(text, site)
        assert site.paths == ["/", "/1", "/1", "/1"]
    assert result.records == []
    event = result.event("blocked")
    assert event.level == "error"
    assert event.detail == "selector matched, after 3 attempts"
    (saved,) = (either_project.folder / ".sequentum").glob("runs/*/pages/*settings-block.html")
    assert "prove it" in saved.read_text()
    assert result.counters["requests"] == 4


@pytest.mark.parametrize("most", ["20%", "30"])
def test_a_hopeless_run_ends_early(project, most):
    with fortress(Fortress(patience=0)) as site:
        settings = f"block: {{selector: .captcha, attempts: 50, backoff: 0, max_blocked: {most}}}"
        guarded, captcha = site.routes["/*"], Response('<p class="captcha">')
        site.routes = {**site.routes, "/": guarded, "/*": captcha}
        result = crawl(project, site, settings)
        assert len(site.log) < 150
    assert result.status == "FAILURE"
    assert result.message.startswith("blocked: ")
    assert result.message.endswith(f"at most {most}")


def test_a_blocked_session_is_left_for_a_fresh_one(project):
    state = Fortress(patience=25)
    with fortress(state) as site:
        result = crawl(project, site, [BLOCK, "concurrency: 4"])
    assert by_price(result.records) == list(products())
    assert 8 <= len(state.sessions) <= 40


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            "user_agent: desktop",
            {"user-agent": "Mozilla/5.0", "sec-fetch-mode": "navigate", "accept": "image"},
        ),
        ("user_agent: mobile", {"user-agent": "Mobile"}),
        ("user_agent: [Tester]", {"user-agent": "Tester"}),
        (
            "user_agent: desktop, accept_language: de-DE",
            {"accept-language": "de-DE,de;q=0.9,en;q=0.8"},
        ),
        ("accept_language: fr", {"accept-language": "fr,en;q=0.8", "user-agent": "Scrapy"}),
        ("user_agent: desktop, headers: {Accept: x/y}", {"accept": "x/y"}),
        ("user_agent: desktop, robots: ignore", {"user-agent": "Mozilla/5.0", "accept": "image"}),
    ],
)
def test_a_browser_name_goes_with_the_fields_that_fit_it(project, settings, expected):
    with Site({"/": page("x")}) as site:
        text = f"start: SITE/\ncommands: [{{capture: {{t: h1}}}}]\nsettings: {{{settings}}}\n"
        project.ok(text, site)
        headers = next(entry.headers for entry in site.log if entry.path == "/")
    for name, value in expected.items():
        assert value in headers[name]


def test_defaults_of_the_project_go_under_the_agents_own(project):
    defaults = {"user_agent": "Project", "retries": 5, "delay": "10ms"}
    with Site({"/": page("x")}) as site:
        text = "start: SITE/\ncommands: [{capture: {t: h1}}]\nsettings: {retries: 1}\n"
        result = project.ok(text, site, project={"SEQUENTUM_DEFAULTS": defaults})
        assert site.log[-1].headers["user-agent"] == "Project"
        used = result.answer["settings"]
        assert (used["RETRY_TIMES"], used["DOWNLOAD_DELAY"]) == (1, 0.01)
        result = project.crawl(text, site, project={"SEQUENTUM_DEFAULTS": {"proxi": {}}})
    assert "the project's SEQUENTUM_DEFAULTS: proxi" in result.error


def test_impersonate_sends_what_the_browser_sends(tmp_path, workers):
    scrapy_project = Project(tmp_path / "project", workers["reactor"])
    with Site({"/": page("x")}) as site:
        text = "start: SITE/\ncommands: [{capture: {t: h1}}]\nsettings: {impersonate: chrome, robots: ignore}\n"
        result = scrapy_project.ok(text, site)
        agent = site.log[-1].headers["user-agent"]
    assert result.values("t") == ["x"]
    assert "Chrome/" in agent
    assert "Scrapy" not in agent

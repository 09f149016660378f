"""Pages in a browser that come through proxies: the same proxies, users and passwords as over plain HTTP."""

import json
from contextlib import ExitStack

import pytest

from tests.sites import Proxy, Site
from tests.sites.proxy import PROXY_ID
from tests.sites.server import Response

PASSWORD = "me:pass-word"
HOST = "shop.invalid"
AGENT = """
browser: BROWSER
start: http://shop.invalid/
commands:
  - open: a
    do: [{capture: {title: h1, via: {css: "#via", optional: true}}}]
settings:
  proxy: {urls: URLS, when_exhausted: fail, rotate: request}
  retries: 1
"""


def page(request):
    links = "".join(f"<a href='/{n}'>{n}</a>" for n in range(4)) if request.route == "/" else ""
    via = request.headers.get(PROXY_ID.lower(), "")
    return Response(f"<h1>{request.route}</h1><p id=via>{via}</p>{links}")


@pytest.fixture
def site():
    with Site({"/": page, "/*": page}) as site:
        yield site


def crawl(project, urls, *, browser=True):
    text = AGENT.replace("BROWSER", json.dumps(browser)).replace("URLS", json.dumps(urls))
    result = project.crawl(text)
    assert "pass-word" not in result.log
    assert "pass-word" not in json.dumps([result.records, [e.detail for e in result.events]])
    return result


def test_pages_come_through_proxies_with_a_password_each_in_its_turn(live_project, site):
    with ExitStack() as stack:
        proxies = [
            stack.enter_context(Proxy(name, password=PASSWORD, hosts={HOST: site.port}))
            for name in ("one", "two")
        ]
        result = crawl(live_project, [proxy.url for proxy in proxies])
    assert sorted(result.values("title")) == ["/0", "/1", "/2", "/3"]
    assert set(result.values("via")) == {"one", "two"}
    # A context has one way out.
    assert result.answer["stats"]["playwright/context_count"] == 2
    assert result.answer["stats"]["sequentum/browser/open_pages"] == 0


@pytest.mark.parametrize("browser", [True, False])
@pytest.mark.parametrize("kind", ["wrong", "refused", "dead"])
def test_a_proxy_that_fails_is_said_so_with_a_browser_and_without(
    live_project, site, kind, browser
):
    with Proxy("one", password=PASSWORD, hosts={HOST: site.port}, dead=kind == "dead") as proxy:
        url = proxy.url.replace("pass-word", "pass-word-not") if kind == "wrong" else proxy.url
        if kind != "refused":
            result = crawl(live_project, [url], browser=browser)
    if kind == "refused":
        result = crawl(live_project, [url], browser=browser)
    assert result.status == "FAILURE"
    assert result.message == "every proxy failed or is blocked"
    assert result.event("no proxy is left").address == "start"
    assert result.records == []
    assert site.paths == []


@pytest.mark.parametrize("browser", [True, False])
def test_another_proxy_takes_the_place_of_one_that_fails(live_project, site, browser):
    with Proxy("gone") as gone:
        pass
    with Proxy("one", password=PASSWORD, hosts={HOST: site.port}) as proxy:
        result = crawl(live_project, [gone.url, proxy.url], browser=browser)
    assert sorted(result.values("title")) == ["/0", "/1", "/2", "/3"]
    assert result.counters["errors"] == 0


@pytest.mark.parametrize("browser", [True, False])
def test_the_users_of_one_gateway_are_proxies_of_their_own(live_project, site, browser):
    with Proxy("one", password=PASSWORD, hosts={HOST: site.port}) as proxy:
        unknown = proxy.url.replace("me:", "nobody:")
        result = crawl(live_project, [unknown, proxy.url], browser=browser)
    assert sorted(result.values("title")) == ["/0", "/1", "/2", "/3"]
    told = {e.what.partition("#")[2]: e.detail for e in result.events if e.what.startswith("proxy")}
    assert "1 failed" in told[""]
    assert "0 failed" in told["2"]


@pytest.mark.parametrize("browser", [True, False])
def test_a_site_that_the_proxy_does_not_reach_is_no_fault_of_the_proxy(live_project, browser):
    with Proxy("one", password=PASSWORD) as proxy:
        result = crawl(live_project, [proxy.url], browser=browser)
    assert result.event("HTTP 502").address == "start"
    assert "0 failed" in next(e.detail for e in result.events if e.what.startswith("proxy"))


@pytest.mark.parametrize("browser", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_a_tunnel_is_the_fault_of_a_proxy_only_where_it_does_not_let_one_in(
    live_project, browser, known
):
    with Proxy("one", password=PASSWORD) as proxy:
        url = proxy.url if known else proxy.url.replace("pass-word", "pass-word-not")
        text = AGENT.replace("http://shop.invalid", "https://shop.invalid")
        text = text.replace("BROWSER", json.dumps(browser)).replace("URLS", json.dumps([url]))
        result = live_project.crawl(text)
    told = next(e.detail for e in result.events if e.what.startswith("proxy"))
    if known:
        assert result.event("the proxy does not get through to the site").address == "start"
        assert "0 failed" in told
    else:
        assert result.message == "every proxy failed or is blocked"
        assert "0 failed" not in told


def test_each_session_has_its_proxy_and_its_cookies(live_project):
    def counted(request):
        seen = int(request.headers.get("cookie", "seen=0").partition("seen=")[2] or 0)
        links = "".join(f"<a href='/{n}'>{n}</a>" for n in range(12))
        via = request.headers.get(PROXY_ID.lower(), "")
        body = f"<h1>{seen}</h1><p id=via>{via}</p>{links if request.route == '/' else ''}"
        return Response(body, headers=(("Set-Cookie", f"seen={seen + 1}; Path=/"),))

    with ExitStack() as stack:
        site = stack.enter_context(Site({"/": counted, "/*": counted, "/favicon.ico": ""}))
        proxies = [
            stack.enter_context(Proxy(name, hosts={HOST: site.port})) for name in ("one", "two")
        ]
        text = AGENT.replace("BROWSER", "true").replace("rotate: request", "rotate: session")
        text = text.replace("URLS", json.dumps([proxy.url for proxy in proxies]))
        result = live_project.ok(text + "  sessions: 2\n  concurrency: 1\n  robots: ignore\n")
    by_proxy = {
        via: sorted(int(r["title"]) for r in result.records if r["via"] == via)
        for via in ("one", "two")
    }
    # Each goes on counting where it was; the first page was one of them, too.
    assert sorted(n for counts in by_proxy.values() for n in counts) == sorted(
        [*range(1, 7), *range(6)]
    )
    assert all(counts == list(range(counts[0], counts[0] + 6)) for counts in by_proxy.values())
    assert result.answer["stats"]["playwright/context_count"] == 2

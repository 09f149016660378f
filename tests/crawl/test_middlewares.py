"""Cookies, the Referer and redirects work as in Scrapy, with less to do where a site has none."""

from __future__ import annotations

import pytest

from tests.sites import Response, Site
from tests.sites.faults import page

OPEN = "start: SITE/\ncommands:\n  - open: a\n    do:\n      - capture: {x: h1}\n"
ONE = "start: SITE/\ncommands:\n  - capture: {x: h1}\n"


def says(name):
    """Return a page that says what a header field of its request was."""
    return lambda request: Response(page(request.headers.get(name, "none")))


def set_cookie(value, html="<a href=/next>x</a>", **more):
    return Response(page("First", html), headers=(("Set-Cookie", f"{value}; Path=/"),), **more)


class TestCookies:
    def test_one_that_the_first_page_sets_goes_along_to_the_next(self, either_project):
        with Site({"/": set_cookie("session=abc"), "/next": says("cookie")}) as site:
            assert either_project.ok(OPEN, site).values("x") == ["session=abc"]

    def test_one_that_is_set_later_is_kept_from_then_on(self, project):
        html = "<a href=/b>x</a>"
        text = OPEN.replace(
            "do:\n      - capture", "do:\n     - open: a\n       do:\n        - capture"
        )
        routes = {
            "/": page("A", "<a href=/a>x</a>"),
            "/a": set_cookie("b=2", html),
            "/b": says("cookie"),
        }
        with Site(routes) as site:
            assert project.ok(text, site).values("x") == ["b=2"]

    def test_an_agent_may_do_without(self, project):
        with Site({"/": set_cookie("session=abc"), "/next": says("cookie")}) as site:
            result = project.ok(OPEN + "settings: {cookies: false}\n", site)
        assert result.values("x") == ["none"]

    def test_a_redirect_that_sets_one_is_followed_with_it(self, either_project):
        redirect = set_cookie("wall=1", status=302)
        redirect = Response(redirect.body, 302, headers=(*redirect.headers, ("Location", "/in")))
        with Site({"/": redirect, "/in": says("cookie")}) as site:
            assert either_project.ok(ONE, site).values("x") == ["wall=1"]

    @pytest.mark.parametrize("status", [302, 200], ids=["redirect", "meta-refresh"])
    def test_a_page_that_comes_only_with_a_cookie_comes(self, either_project, status):
        """It sets the cookie and sends the client to where it was."""

        def wall(request):
            if "wall=1" in request.headers.get("cookie", ""):
                return Response(page("Inside"))
            refresh = '<meta http-equiv="refresh" content="0; url=/">' if status == 200 else ""
            fields = (("Set-Cookie", "wall=1; Path=/"), ("Location", "/"))
            return Response(page("Wall", refresh), status, headers=fields)

        with Site({"/": wall}) as site:
            result = either_project.ok(ONE, site)
            assert site.paths == ["/", "/"]
        assert result.values("x") == ["Inside"]

    def test_a_site_of_another_name_does_not_get_them(self, project):
        with Site({"/": says("cookie")}) as other:
            link = f"<a href=http://localhost:{other.port}/>x</a>"
            with Site({"/": set_cookie("session=abc", link)}) as site:
                assert project.ok(OPEN, site).values("x") == ["none"]


class TestReferer:
    def test_a_page_is_told_where_it_was_found(self, either_project):
        with Site({"/": page("F", "<a href=/next>x</a>"), "/next": says("referer")}) as site:
            assert either_project.ok(OPEN, site).values("x") == [site.url]

    def test_the_start_has_none(self, project):
        with Site({"/": says("referer")}) as site:
            assert project.ok(ONE, site).values("x") == ["none"]

    def test_the_next_page_of_a_pagination_has_the_one_before(self, project):
        text = "start: SITE/\ncommands:\n  - paginate: a\n    do:\n      - capture: {x: h1}\n"
        routes = {
            "/": lambda r: Response(page(r.headers.get("referer", "none"), "<a href=/2>n</a>")),
            "/2": says("referer"),
        }
        with Site(routes) as site:
            assert sorted(project.ok(text, site).values("x")) == sorted(["none", site.url])

    def test_it_stays_that_of_the_first_request_through_a_redirect(self, either_project):
        routes = {
            "/": page("F", "<a href=/moved>x</a>"),
            "/moved": Response("", 302, headers=(("Location", "/next"),)),
            "/next": says("referer"),
        }
        with Site(routes) as site:
            assert either_project.ok(OPEN, site).values("x") == [site.url]

    def test_a_header_of_the_command_wins(self, project):
        text = OPEN.replace("open: a\n", "open: a\n    headers: {Referer: 'http://mine/'}\n")
        with Site({"/": page("F", "<a href=/next>x</a>"), "/next": says("referer")}) as site:
            assert project.ok(text, site).values("x") == ["http://mine/"]

    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({"REFERER_ENABLED": False}, "none"),
            ({"REFERRER_POLICY": "origin"}, "SITE/"),
            ({"REFERRER_POLICY": "no-referrer"}, "none"),
        ],
    )
    def test_the_settings_of_the_project_hold(self, project, settings, expected):
        routes = {"/dir/": page("F", "<a href=/next>x</a>"), "/next": says("referer")}
        with Site(routes) as site:
            text = OPEN.replace("SITE/", "SITE/dir/")
            for kind in ("settings", "project"):
                result = project.ok(text, site, **{kind: settings})
                assert result.values("x") == [expected.replace("SITE/", site.url)]


class TestMetaRefresh:
    @pytest.mark.parametrize("tag", ['<meta http-equiv="refresh"', "<META HTTP-EQUIV=Refresh"])
    def test_is_followed_however_it_is_written(self, either_project, tag):
        html = f'<html><head>{tag} content="0; url=/next"></head></html>'
        with Site({"/": html, "/next": page("Next")}) as site:
            assert either_project.ok(ONE, site).values("x") == ["Next"]

    def test_is_followed_in_a_page_of_16_bits(self, project):
        html = '<html><head><meta http-equiv="refresh" content="0; url=/next"></head></html>'
        body = Response(html.encode("utf-16"), content_type="text/html")
        with Site({"/": body, "/next": page("Next")}) as site:
            assert project.ok(ONE, site).values("x") == ["Next"]

    def test_a_page_that_only_speaks_of_it_is_read(self, project):
        with Site({"/": page("refresh your meta http-equiv")}) as site:
            assert project.ok(ONE, site).values("x") == ["refresh your meta http-equiv"]

    def test_may_be_switched_off(self, project):
        html = page("Here", '<meta http-equiv="refresh" content="0; url=/next">')
        with Site({"/": html, "/next": page("Next")}) as site:
            text = ONE + "settings: {scrapy: {METAREFRESH_ENABLED: false}}\n"
            assert project.ok(text, site).values("x") == ["Here"]


class TestRedirects:
    def test_the_same_page_reached_by_two_redirects_is_read_once(self, project):
        to_one = Response("", 302, headers=(("Location", "/one"),))
        routes = {
            "/": page("F", "<a href=/a>a</a><a href=/b>b</a>"),
            "/a": to_one,
            "/b": to_one,
            "/one": page("1"),
        }
        with Site(routes) as site:
            assert project.ok(OPEN, site).values("x") == ["1"]

    def test_none_leads_out_of_the_web(self, project):
        out = Response(page("Moved"), 302, headers=(("Location", "file:///etc/passwd"),))
        with Site({"/": out}) as site:
            result = project.crawl(ONE, site)
        assert result.records == []
        assert result.event("HTTP 302").address == "start"

    def test_may_be_switched_off(self, project):
        moved = Response(page("Moved"), 302, headers=(("Location", "/next"),))
        with Site({"/": moved, "/next": page("Next")}) as site:
            result = project.crawl(ONE + "settings: {scrapy: {REDIRECT_ENABLED: false}}\n", site)
        assert result.whats("error") == ["HTTP 302"]

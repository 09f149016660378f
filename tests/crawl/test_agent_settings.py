"""An Agent's settings as Scrapy's: what they become, who wins, and what is left out."""

from __future__ import annotations

import time

import pytest

from tests.sites import Catalogue, Response, Site, catalogue
from tests.sites.faults import page

ONE = "start: SITE/\ncommands:\n  - capture: {x: h1}\n"
OPEN = "start: SITE/\ncommands:\n  - open: a\n    do:\n      - capture: {x: h1}\n"
LIST = """
start: SITE/
commands:
  - paginate: li.next a
    do:
      - list: article.product
        do:
          - capture: {sku: {xpath: ./@data-sku}}
"""


def used(scrapy, own, site, **more):
    """Return the settings that a crawl of an Agent with these settings had."""
    return scrapy.ok(f"{ONE}settings: {own}\n", site, **more).answer["settings"]


@pytest.fixture(scope="module")
def site():
    with Site({"/": page("Here")}) as served:
        yield served


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{concurrency: 3}", {"CONCURRENT_REQUESTS": 3, "CONCURRENT_REQUESTS_PER_DOMAIN": 3}),
        ("{delay: 0.01}", {"DOWNLOAD_DELAY": 0.01}),
        ("{timeout: 7}", {"DOWNLOAD_TIMEOUT": 7}),
        ("{retries: 5}", {"RETRY_TIMES": 5, "RETRY_ENABLED": True}),
        ("{retries: 0}", {"RETRY_ENABLED": False}),
        ("{robots: ignore}", {"ROBOTSTXT_OBEY": False}),
        ("{robots: obey}", {"ROBOTSTXT_OBEY": True}),
        ("{user_agent: me}", {"USER_AGENT": "me"}),
        ("{cookies: false}", {"COOKIES_ENABLED": False}),
        (
            "{autothrottle: true, scrapy: {AUTOTHROTTLE_START_DELAY: 0.01}}",
            {"AUTOTHROTTLE_ENABLED": True},
        ),
        ("{cache: true}", {"HTTPCACHE_ENABLED": True}),
        ("{cache: 60}", {"HTTPCACHE_ENABLED": True, "HTTPCACHE_EXPIRATION_SECS": 60}),
        ("{limits: {minutes: 2}}", {"CLOSESPIDER_TIMEOUT": 120}),
        ("{limits: {depth: 2}}", {"DEPTH_LIMIT": 2}),
        ("{scrapy: {DNS_TIMEOUT: 5}}", {"DNS_TIMEOUT": 5}),
        ("{}", {"ROBOTSTXT_OBEY": True, "DOWNLOAD_MAXSIZE": 32 * 1024 * 1024}),
    ],
)
def test_each_becomes_the_setting_of_scrapy(project, site, settings, expected):
    settings = used(project, settings, site)
    assert {name: settings[name] for name in expected} == expected


def test_they_win_over_the_project_and_the_command_line_over_them(project, site):
    given = {"DOWNLOAD_TIMEOUT": 30, "CONCURRENT_REQUESTS": 2}
    settings = used(project, "{timeout: 7}", site, project=given)
    assert (settings["DOWNLOAD_TIMEOUT"], settings["CONCURRENT_REQUESTS"]) == (7, 2)
    settings = used(project, "{timeout: 7, robots: obey}", site,
                    settings={"DOWNLOAD_TIMEOUT": 9, "ROBOTSTXT_OBEY": False})  # fmt: skip
    assert (settings["DOWNLOAD_TIMEOUT"], settings["ROBOTSTXT_OBEY"]) == (9, False)


def test_a_project_may_allow_more_settings_than_usual(project, site):
    settings = "{scrapy: {MY_SETTING: 5}}"
    refused = project.crawl(f"{ONE}settings: {settings}\n", site)
    assert "an Agent may not set MY_SETTING" in refused.error
    allowed = used(project, settings, site, project={"SEQUENTUM_ALLOWED_SETTINGS": ["MY_SETTING"]})
    assert allowed["MY_SETTING"] == 5


@pytest.mark.parametrize("robots", ["obey", "ignore"])
def test_headers_and_user_agent_go_with_every_request(either_project, robots):
    def show(request):
        names = ("user-agent", "x-mine", "accept-language", "accept")
        return Response(
            page("|".join(request.headers.get(name, "") for name in names), "<a href=/2>x</a>")
        )

    text = f"{OPEN}settings: {{robots: {robots}, user_agent: me, headers: {{X-Mine: 'yes', accept-language: de}}}}\n"
    with Site({"/": show, "/2": show}) as site:
        (found,) = either_project.ok(text, site).values("x")
        agent, mine, language, accept = found.split("|")
        assert (agent, mine, language) == ("me", "yes", "de")
        assert accept.startswith("text/html")
        assert len(site.paths) == 2


@pytest.mark.parametrize("robots", ["obey", "ignore"])
def test_default_headers_of_the_project_go_along(project, robots):
    def show(request):
        names = ("x-project", "accept-language")
        return Response(page("".join(request.headers.get(name, "") for name in names)))

    headers = {"X-Project": "p", "Accept-Language": None}
    with Site({"/": show}) as site:
        text = f"{ONE}settings: {{robots: {robots}}}\n"
        result = project.ok(text, site, project={"DEFAULT_REQUEST_HEADERS": headers})
    assert result.values("x") == ["p"]


def test_an_answer_from_the_cache_is_a_page_too(project):
    with Site({"/": page("Here")}) as site:
        for _ in range(2):
            assert project.ok(f"{ONE}settings: {{cache: true}}\n", site).values("x") == ["Here"]
        assert site.paths == ["/"]


def test_a_delay_is_kept_between_requests(project):
    with catalogue(Catalogue(products=40)) as site:
        begin = time.monotonic()
        text = LIST + "settings: {delay: 0.2, robots: ignore, scrapy: {DOWNLOAD_DELAY_JITTER: 0}}\n"
        project.ok(text, site)
        assert time.monotonic() - begin > 0.55


class TestLimits:
    def test_records_are_exact(self, either_project):
        for limit in (1, 7, 20):
            with catalogue(Catalogue(products=45)) as site:
                text = f"{LIST}settings: {{limits: {{records: {limit}}}}}\n"
                feed = either_project.folder / "out.jsonl"
                result = either_project.ok(
                    text,
                    site,
                    settings={"FEEDS": {str(feed): {"format": "jsonlines", "overwrite": True}}},
                )
            assert len(result.records) == result.counters["records"] == limit
            assert len(feed.read_text().splitlines()) == limit
            assert (result.status, result.message) == ("COMPLETED", "ended at a limit")

    def test_an_argument_limits_them_further(self, project):
        with catalogue(Catalogue(products=45)) as site:
            text = f"{LIST}settings: {{limits: {{records: 5}}}}\n"
            for given, expected in (("2", 2), ("9", 5)):
                result = project.ok(text, site, arguments={"limit": given})
                assert len(result.records) == expected

    def test_duplicates_and_invalid_records_do_not_count_to_it(self, project):
        rows = "".join(f"<li>{n}</li>" for n in (1, 1, "x", 2, 2, 3, 4))
        text = """
start: SITE/
commands:
  - list: li
    do:
      - capture: {n: {xpath: ., as: integer}}
output: {key: [n]}
settings: {limits: {records: 3}}
"""
        with Site({"/": rows}) as site:
            assert project.ok(text, site).values("n") == [1, 2, 3]

    def test_pages(self, either_project):
        with catalogue(Catalogue(products=400)) as site:
            text = f"{LIST}settings: {{concurrency: 1, limits: {{pages: 3}}}}\n"
            result = either_project.ok(text, site)
            assert len(site.paths) == 3
        assert (result.status, result.message) == ("COMPLETED", "ended at a limit")

    def test_minutes(self, either_project):
        with catalogue(Catalogue(products=4000, delay=0.02)) as site:
            text = f"{LIST}settings: {{limits: {{minutes: 0.01}}}}\n"
            begin = time.monotonic()
            result = either_project.ok(text, site)
        assert 0.5 < time.monotonic() - begin < 5
        assert result.records
        assert (result.status, result.message) == ("COMPLETED", "ended at a limit")

    def test_depth(self, either_project):
        with catalogue(Catalogue(products=45)) as site:
            result = either_project.ok(f"{LIST}settings: {{limits: {{depth: 2}}}}\n", site)
            assert site.paths == ["/", "/page/2", "/page/3"]
        assert result.status == "COMPLETED"


class TestWhatIsLeftOut:
    """Components that cannot matter are switched off, and stay where the project names them."""

    GONE = (
        "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
        "scrapy.spidermiddlewares.depth.DepthMiddleware",
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware",
        "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",
    )

    def test_none_of_them_is_enabled(self, project, site):
        log = project.ok(ONE, site).log
        assert not [path for path in self.GONE if path in log]
        assert "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware" in log

    @pytest.mark.parametrize("path", GONE)
    def test_one_that_the_project_names_stays(self, project, site, path):
        name = "SPIDER_MIDDLEWARES" if "spidermiddlewares" in path else "DOWNLOADER_MIDDLEWARES"
        assert path in project.ok(ONE, site, project={name: {path: 555}}).log

    @pytest.mark.parametrize(
        "path",
        [
            "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware",
        ],
    )
    def test_one_that_is_replaced_stays_where_the_project_names_it(self, project, site, path):
        log = project.crawl(ONE, site, project={"DOWNLOADER_MIDDLEWARES": {path: 555}}).log
        assert f"'{path}'" in log

    def test_one_that_the_project_switched_off_stays_off(self, project, site):
        path = "scrapy.downloadermiddlewares.cookies.CookiesMiddleware"
        log = project.ok(ONE, site, project={"DOWNLOADER_MIDDLEWARES": {path: None}}).log
        assert "CookiesMiddleware" not in log

    def test_depth_is_counted_where_a_setting_needs_it(self, project, site):
        log = project.ok(ONE, site, settings={"DEPTH_PRIORITY": 1}).log
        assert "DepthMiddleware" in log

    def test_the_proxy_of_the_environment_is_used(self, project):
        def proxy(request):
            return Response(page(f"proxied {request.path}"))

        with Site({"/x": proxy}) as site:
            result = project.ok(
                "start: http://far.away.invalid/x\ncommands:\n  - capture: {x: h1}\n"
                "settings: {robots: ignore}\n",
                environment={"http_proxy": site.url},
            )
        assert result.values("x") == ["proxied http://far.away.invalid/x"]

    def test_a_proxy_that_a_middleware_of_the_project_chooses_is_used_with_its_password(
        self, either_project
    ):
        def proxy(request):
            return Response(page(request.headers.get("proxy-authorization", "none")))

        with Site({"/x": proxy}) as site:
            result = either_project.ok(
                "start: http://far.away.invalid/x\ncommands:\n  - capture: {x: h1}\n"
                "settings: {robots: ignore}\n",
                project={
                    "DOWNLOADER_MIDDLEWARES": {"tests.crawl.components.ProxyMiddleware": 100},
                    "TEST_PROXY": site.url.replace("://", "://user:pass@"),
                },
            )
        assert result.values("x") == ["Basic dXNlcjpwYXNz"]

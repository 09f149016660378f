"""Where a run begins: a request, a sitemap, a file of addresses."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.sites import Response, Site

BODY = """
commands: [{capture: {url: {page: url}, title: h1}}]
settings: {retries: 0}
"""


def urlset(*urls):
    entries = "".join(f"<url><loc> {url} </loc><lastmod>2026-01-01</lastmod></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def index(*urls):
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


def xml(text):
    return Response(text, content_type="application/xml")


@pytest.fixture
def shop():
    with Site({"/p/*": lambda r: Response(f"<h1>{r.path}</h1>")}) as site:
        url = site.url
        pages = [f"{url}p/{n}" for n in range(1, 41)]
        packed = gzip.compress(urlset(*pages[20:], "ftp://x/").encode())
        site.routes = {
            **site.routes,
            "/robots.txt": Response(
                f"User-agent: *\nSitemap: {url}index.xml\nSitemap: /one.xml\n",
                content_type="text/plain",
            ),
            "/index.xml": xml(index(f"{url}one.xml", f"{url}two.xml.gz", f"{url}index.xml")),
            "/one.xml": xml(urlset(*pages[:20])),
            "/two.xml.gz": Response(packed, content_type="application/gzip"),
            "/empty.xml": xml(urlset()),
            "/none.xml": Response("<h1>not one</h1>", 200),
        }
        yield site


def paths(result, site):
    return sorted(result.values("url")), [entry.path for entry in site.log]


@pytest.mark.parametrize("start", ["robots.txt", "index.xml"])
def test_a_sitemap_an_index_or_robots_txt(either_project, shop, start):
    result = either_project.ok(f"start: {{sitemap: SITE/{start}}}" + BODY, shop)
    assert sorted(result.values("title"), key=lambda path: int(path[3:])) == [
        f"/p/{n}" for n in range(1, 41)
    ]
    assert result.whats() == ["not a web address"]
    assert [entry.path for entry in shop.log].count("/one.xml") == 1


def test_rules_choose_among_the_addresses(project, shop):
    result = project.ok(
        "start: {sitemap: SITE/index.xml, allow: ['/p/1'], deny: ['0$']}" + BODY, shop
    )
    assert sorted(result.values("title")) == ["/p/1", *(f"/p/1{n}" for n in range(1, 10))]


@pytest.mark.parametrize(
    ("start", "what"),
    [
        ("empty.xml", "the sitemap gave no address"),
        ("missing.xml", "sitemap: HTTP 404"),
        ("none.xml", "the sitemap gave no address"),
    ],
)
def test_a_sitemap_that_gives_nothing_is_a_failure(project, shop, start, what):
    result = project.ok(f"start: {{sitemap: SITE/{start}}}" + BODY, shop)
    assert what in result.whats("error")
    assert result.status == "FAILURE"


def test_a_file_of_addresses(either_project, shop):
    folder = either_project.folder / "agent_defs"
    (folder / "urls.txt").write_text(f"{shop.url}p/1\n\n {shop.url}p/2 \nnowhere\n")
    (folder / "urls.csv").write_text(f"n,page\n1,{shop.url}p/3\n")
    result = either_project.ok("start: {file: urls.txt}" + BODY, shop)
    assert sorted(result.values("title")) == ["/p/1", "/p/2"]
    assert result.whats() == ["not a web address"]
    result = either_project.ok("start: {file: urls.csv, column: page}" + BODY, shop)
    assert result.values("title") == ["/p/3"]
    result = either_project.ok("start: {file: urls.csv}" + BODY, shop)
    assert result.whats("error") == ['urls.csv has no column "text" (it has: n, page)']
    result = either_project.crawl("start: {file: other.csv}" + BODY, shop)
    assert 'start: there is no file "other.csv"' in result.error


def test_an_api_to_begin_with(either_project):
    def api(request):
        asked = json.loads(request.body)
        assert request.method == "POST"
        return Response(json.dumps({"got": asked}), content_type="application/json")

    text = """
start: {url: SITE/api, method: POST, json: {q: "{{ input.q }}", n: "{{ input.n }}"}, headers: {X-A: b}}
inputs: {q: {type: string}, n: {type: integer}}
commands: [{capture: {got: {jmespath: got}}}]
"""
    with Site({"/api": api}) as site:
        result = either_project.ok(text, site, inputs={"q": "tea", "n": "3"})
        assert site.log[-1].headers["x-a"] == "b"
    assert result.records == [{"got": {"q": "tea", "n": 3}}]

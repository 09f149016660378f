import pytest

from sequentum_scrapy.compiler.links import compile_links
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.scope import Run, Scope
from sequentum_scrapy.definition.links import Links

HTML = """<head><base href="/dir/"></head><body><main><a href="a.html">A page</a> <a href="a.html#x">again</a>
<a href=" b.html ">B</a> <area href="c.html"></main><a href="//other.example/d">other</a> <a href="http://sub.shop.example/e">sub</a>
<a href="f.PDF">pdf</a> <a href="mailto:a@b">m</a> <a href="javascript:x()">j</a> <a>none</a> <a href="http://[bad">bad</a>
<a rel="ugc nofollow" href="g.html">ad</a></body>"""
DIR = "http://shop.example/dir/"


def found(**rules):
    page = Page("http://shop.example/x", HTML.encode(), content_type="text/html; charset=utf-8")
    return [url.removeprefix(DIR) for url in compile_links(Links(**rules))(Scope(Run(), page, {}))]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, ["a.html", "b.html", "c.html", "http://sub.shop.example/e"]),
        ({"allow": [r"[ab]\.html$"]}, ["a.html", "b.html"]),
        ({"allow": ["a", "b"], "deny": [r"b\.html", "sub"]}, ["a.html", "c.html"]),
        ({"within": "main"}, ["a.html", "b.html", "c.html"]),
        ({"text": "page|B"}, ["a.html", "b.html"]),
        ({"allow_domains": ["other.example"]}, ["http://other.example/d"]),
        ({"deny_domains": ["sub.shop.example"]}, ["a.html", "b.html", "c.html"]),
        ({"deny_extensions": ["html"]}, ["http://sub.shop.example/e", "f.PDF"]),
        ({"nofollow": True, "allow": ["g"]}, ["g.html"]),
        ({"within": "aside"}, []),
    ],
)
def test_links_that_fit_the_rules_each_once_in_the_order_of_the_page(rules, expected):
    assert found(**rules) == expected

"""Which address a matched node leads to."""

from __future__ import annotations

import pytest
from lxml import etree, html

from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.crawl.links import follow, is_web_address, link_of, may_tell

PAGE = Page("http://site/dir/page?x=1", b"<html></html>", content_type="text/html")


@pytest.mark.parametrize(
    ("node", "link"),
    [
        (html.fragment_fromstring("<a href=x>y</a>"), "x"),
        (html.fragment_fromstring("<iframe src=x></iframe>"), "x"),
        (html.fragment_fromstring("<li><b><a href=x></a><a href=y></a></b></li>"), "x"),
        (html.fragment_fromstring("<li>no</li>"), None),
        ("x", "x"),
        (7, None),
        ({"a": 1}, None),
        (etree.Element("x"), None),
    ],
)
def test_the_link_of_a_node(node, link):
    assert link_of(node) == link


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("y", "http://site/dir/y"),
        (" /y \n", "http://site/y"),
        ("?z", "http://site/dir/page?z"),
        ("y#part", "http://site/dir/y"),
        ("//other/y", "http://other/y"),
        ("https://other/#!/x", "https://other/"),
        ("HTTP://site/y", "http://site/y"),
        ("", None),
        ("#top", None),
        (None, None),
        ("javascript:void(0)", None),
        ("JavaScript:void(0)", None),
        ("mailto:a@b.c", None),
        ("file:///etc/passwd", None),
        ("ftp://site/x", None),
    ],
)
def test_a_link_as_an_address_to_request(link, url):
    assert follow(PAGE, link) == url


def test_only_http_is_the_web():
    assert is_web_address("HTTPS://x/")
    assert is_web_address("http://x")
    assert not any(
        is_web_address(url) for url in ("file:///", "httpx://y", "", "//x", "data:http://")
    )


@pytest.mark.parametrize(
    ("referer", "url", "told"),
    [
        ("http://a/", "http://b/", True),
        ("https://a/", "https://b/", True),
        ("http://a/", "https://b/", True),
        ("https://a/", "http://b/", False),
        ("http://user:password@a/", "http://b/", False),
        ("http://a/@user", "http://b/", True),
    ],
)
def test_who_may_be_told_where_a_page_was_found(referer, url, told):
    assert may_tell(referer, url) is told

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from sequentum_scrapy.crawl.cookies import freeze_cookies, thaw_cookies
from sequentum_scrapy.crawl.frozen import UNIT, Freezer
from sequentum_scrapy.crawl.secrecy import Secrecy

HEADERS = {b"Accept": [b"text/html"], b"User-Agent": [b"Scrapy"]}


class Spider:
    crawler = SimpleNamespace(settings={})

    def parse(self): ...

    def failed(self): ...


@pytest.fixture
def freezer():
    return Freezer(Spider(), HEADERS, None)


def make(**more):
    return Request("http://a.example/x?b=1", headers=HEADERS, **more)


def same(one, other):
    names = ("url", "method", "body", "headers", "cookies", "priority", "dont_filter", "cb_kwargs")
    for name in names:
        assert getattr(one, name) == getattr(other, name), name
    assert one.meta == {k: v for k, v in other.meta.items() if k != UNIT}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"method": "POST", "body": b"a=1&b=\xc3\xa4"},
        {"body": b"\x00\xff\xfe"},
        {"body": '{"q": "ä"}'},
        {"priority": -3, "dont_filter": True, "flags": ["x"]},
        {"cookies": {"a": "1"}},
        {"cookies": [{"name": "a", "value": "1", "path": "/x"}]},
        {"meta": {"retry_times": 2, "download_timeout": 180.0, "proxy": "http://p:1"}},
        {"meta": {"sequentum_sent": ["POST", b"\xff"], "deep": {"a": [b"x"]}}},
        {"cb_kwargs": {"at": "start", "record": {"n": 2**70, "t": "ä☕", "x": None}}},
        {"cb_kwargs": {"at": "start", "row": {"float": 0.1, "list": [1, [2]]}}},
    ],
)
def test_a_request_comes_back_as_it_was(freezer, more):
    request = make(**more)
    same(request, freezer.thaw(freezer.freeze(request), 7))


def test_it_comes_back_with_its_number_and_the_spiders_own_methods(freezer):
    request = freezer.thaw(freezer.freeze(make(meta={UNIT: 3})), 7)
    assert request.meta == {UNIT: 7}
    assert request.callback.__name__ == "parse"
    assert request.errback.__name__ == "failed"


def test_only_headers_that_differ_are_kept(freezer):
    assert "headers" not in orjson.loads(freezer.freeze(make()))
    request = make()
    request.headers["X-One"] = ["1", "2"]
    request.headers["Accept"] = "*/*"
    del request.headers["User-Agent"]
    data = freezer.freeze(request)
    assert orjson.loads(data)["headers"] == {
        "X-One": ["1", "2"], "Accept": ["*/*"], "User-Agent": [],
    }  # fmt: skip
    same(request, freezer.thaw(data, 1))


def test_cookies_of_a_jar_are_put_in_anew(freezer):
    request = make(meta={"cookiejar": "session-1"})
    request.headers["Cookie"] = "old=1"
    assert b"Cookie" not in freezer.thaw(freezer.freeze(request), 1).headers


def test_passwords_that_a_middleware_puts_in_are_not_kept(freezer):
    request = make(meta={"proxy": "http://p:1", "_auth_proxy": "http://p:1"})
    request.headers["Proxy-Authorization"] = "Basic c2VjcmV0"
    request.headers["Authorization"] = "Bearer __secret_TOKEN__"
    thawed = freezer.thaw(freezer.freeze(request), 1)
    assert b"Proxy-Authorization" not in thawed.headers
    assert thawed.headers[b"Authorization"] == b"Bearer __secret_TOKEN__"
    assert thawed.meta == {UNIT: 1}
    spider = Spider()
    spider.crawler = SimpleNamespace(settings={"HTTPAUTH_USER": "ann"})
    request.headers["Authorization"] = "Basic c2VjcmV0"
    assert b"c2VjcmV0" not in Freezer(spider, HEADERS, None).freeze(request)


def test_what_json_has_no_form_for_is_left_out_of_meta(freezer):
    request = make(meta={"object": object(), "retry_times": 1})
    assert freezer.thaw(freezer.freeze(request), 1).meta == {"retry_times": 1, UNIT: 1}


def test_secrets_that_a_site_told_are_not_kept():
    freezer = Freezer(Spider(), HEADERS, Secrecy({"TOKEN": "hush-hush"}))
    request = Request("http://a.example/?t=hush-hush", meta={"redirect_urls": ["/hush-hush"]})
    data = freezer.freeze(request)
    assert b"hush" not in data
    assert "__secret_TOKEN__" in freezer.thaw(data, 1).url


def jar_with(cookie):
    jar = CookieJar()
    request = Request("http://a.example/")
    jar.extract_cookies(Response(request.url, headers={"Set-Cookie": cookie}), request)
    return jar


def sent(jar):
    request = Request("http://a.example/x")
    jar.add_cookie_header(request)
    return request.headers.get("Cookie")


def test_cookies_come_back_in_their_jars():
    jars = {None: jar_with("a=1; Path=/"), "session-2": jar_with("b=2; Path=/; HttpOnly")}
    back = {None: CookieJar(), "session-2": CookieJar()}
    thaw_cookies(freeze_cookies(jars, None), back)
    assert sent(back[None]) == b"a=1"
    assert sent(back["session-2"]) == b"b=2"


def test_a_secret_in_a_cookie_is_not_kept():
    kept = freeze_cookies({None: jar_with("a=hush-hush; Path=/")}, Secrecy({"T": "hush-hush"}))
    assert b"hush" not in kept


def test_a_jar_whose_name_json_does_not_hold_is_left_out():
    assert orjson.loads(freeze_cookies({("a", 1): jar_with("a=1")}, None)) == []

"""What makes two continuations the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.utils.test import get_crawler

from sequentum_scrapy.crawl.fingerprint import FALLBACK, RequestFingerprinter

URL = "http://site/page?b=1&a=2"
SAME = {"at": "commands[0].open", "record": {"a": 1, "b": [1]}, "row": {"q": "tea"}}


@pytest.fixture(scope="module")
def fingerprinter():
    return RequestFingerprinter(get_crawler())


def of(fingerprinter, url=URL, *, method="GET", body=b"", headers=None, **keywords):
    request = Request(
        url, method=method, body=body, headers=headers, cb_kwargs={**SAME, **keywords}
    )
    return fingerprinter.fingerprint(request)


@pytest.mark.parametrize(
    "other",
    [
        {"url": "http://site/other"},
        {"method": "POST"},
        {"body": b"x"},
        {"at": "commands[1].open"},
        {"record": {"a": 2, "b": [1]}},
        {"record": {"a": 1, "b": [1], "c": None}},
        {"record": None},
        {"row": {"q": "milk"}},
        {"row": None},
    ],
    ids=str,
)
def test_tells_apart(fingerprinter, other):
    assert of(fingerprinter, **other) != of(fingerprinter)


@pytest.mark.parametrize(
    "other",
    [
        {"number": 7},
        {"cursor": "x"},
        {"first": "http://site/"},
        {"flaws": [{"path": "$.a", "message": "not found", "command": "x"}]},
        {"headers": {"Referer": "http://else/"}},
        {"url": "http://site/page?a=2&b=1"},
        {"url": "http://site/page?b=1&a=2#part"},
        {"record": {"b": [1], "a": 1}},
    ],
    ids=str,
)
def test_takes_for_the_same(fingerprinter, other):
    assert of(fingerprinter, **other) == of(fingerprinter)


def test_once_looks_at_the_address_alone(fingerprinter):
    one = of(fingerprinter, once=True)
    assert of(fingerprinter, once=True, record={"x": 1}, row=None, at="elsewhere") == one
    assert of(fingerprinter, "http://site/other", once=True) != one


def test_what_is_no_continuation_is_left_to_the_fingerprinter_of_the_project():
    own = "tests.crawl.components.OwnFingerprinter"
    fingerprinter = RequestFingerprinter(get_crawler(settings_dict={FALLBACK: own}))
    one, other = Request("http://site/?a=1"), Request("http://site/?a=2")
    assert fingerprinter.fingerprint(one) == fingerprinter.fingerprint(other)
    assert of(fingerprinter, one.url) != of(fingerprinter, other.url)


def test_parts_do_not_run_into_each_other(fingerprinter):
    assert of(fingerprinter, record={"a": "1"}) != of(fingerprinter, record={"a": 1})
    assert of(fingerprinter, row=None, record={"q": 1}) != of(
        fingerprinter, row={"q": 1}, record=None
    )
    assert of(fingerprinter, body=b"null") != of(fingerprinter, body=b"")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_any_record_has_one_whatever_the_order_of_its_fields(fingerprinter, record):
    backwards = dict(reversed(record.items()))
    assert of(fingerprinter, record=record) == of(fingerprinter, record=backwards)

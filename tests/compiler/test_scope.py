"""A scope: the element, value or text it stands for, and what its templates see."""

from __future__ import annotations

import pytest

from sequentum_scrapy.compiler import NOTHING, PageError

from .places import JSON, on


def test_a_whole_page_is_its_root_its_document_and_its_text():
    assert on("<p>a").element.tag == "html"
    assert on('{"a": 1}', JSON).value == {"a": 1}
    assert on("<p>é").text == "<p>é"


def test_a_part_of_a_page_is_that_part():
    scope = on("<p>a <b>b</b></p>")
    scope.node = scope.element.find(".//p")
    assert scope.text == "a b"
    with pytest.raises(PageError, match="the scope is an element of the page, not JSON"):
        _ = scope.value
    scope.node = {"a": 1}
    assert scope.value == {"a": 1}
    with pytest.raises(PageError, match="the scope is not an element of the page"):
        _ = scope.element


def test_an_area_that_is_not_there_has_nothing():
    scope = on("<p>a")
    scope.node = NOTHING
    assert scope.value is None
    assert scope.text == ""


def test_a_fork_has_its_own_record_and_flaws():
    scope = on("<p>a", inputs={"q": "tea"})
    scope.record["a"] = 1
    inner = scope.fork(None, "kind", {"sku": 2})
    inner.record["b"] = 2
    inner.flaws.append({"path": "$.b", "message": "", "command": ""})
    assert scope.record == {"a": 1}
    assert scope.flaws == []
    names = inner.names()
    assert names["input"] == {"q": "tea"}
    assert names["row"] == {"sku": 2}
    assert names["record"] == {"a": 1, "b": 2}
    assert scope.names()["row"] == {}

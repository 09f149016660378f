"""Where a CSS selector can begin, and the elements of a page by class."""

from __future__ import annotations

import pytest
from lxml import etree

from sequentum_scrapy.compiler.marks import Classes, Mark, mark_of, only_with_id, within


@pytest.mark.parametrize(
    ("css", "mark"),
    [
        (".a", Mark(None, ("a",), None, alone=True)),
        ("P.a.b", Mark(None, ("b", "a"), "p", alone=True)),
        (".a b", Mark(None, ("a",), None, alone=False)),
        (".a::text", Mark(None, ("a",), None, alone=False)),
        ("#i", Mark("i", (), None, alone=True)),
        ("p#i.a > b", Mark("i", ("a",), "p", alone=False)),
        ("p", None),
        ("p .a", None),
        (".a, .b", None),
        (".a:first-child", None),
        ("#i#j", None),
    ],
)
def test_where_a_selector_begins(css, mark):
    assert mark_of(css) == mark


def test_elements_of_a_class_come_in_document_order_whatever_stands_beside_it():
    root = etree.HTML('<p class="x"/><p class="y x"/><p class="xy"/><p class="\tx\ny "/><p/>')
    classes = Classes(root)
    found = [element.get("class").split() for element in classes.named("x")]
    assert found == [["x"], ["y", "x"], ["x", "y"]]
    assert classes.named("x") is classes.named("x")
    assert classes.named("none") == []
    assert len(Mark(None, ("x", "y"), "p", alone=True).found(classes)) == 2
    assert Mark(None, ("x",), "b", alone=True).found(classes) == []


def test_an_id_that_may_stand_twice_is_left_to_xpath():
    once, twice = b"<p id=i>1</p>", b"<p id=i>1</p><b id=i>2</b>"
    assert only_with_id(etree.HTML(once), once, "i") is None, (
        "the letter stands in the body elsewhere"
    )
    body = b"<p id=one>1</p>"
    assert only_with_id(etree.HTML(body), body, "one").text == "1"
    assert only_with_id(etree.HTML(twice), twice, "i") is None
    assert only_with_id(etree.HTML(body), body, "none") is None


def test_what_is_within_a_node_is_found_while_that_is_cheap():
    root = etree.HTML("<div><p/><p/></div><p/><p/><p/>")
    elements, area = list(root.iter("p")), root.find(".//div")
    assert within(elements[:3], area, first=False) == elements[:2]
    assert within(elements, area, first=True) == elements[:1]
    assert within(elements, area, first=False) is None
    assert within([area], area, first=False) == [area]

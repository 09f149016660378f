"""Selectors find what parsel finds, and fall back in order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from parsel import Selector

from sequentum_scrapy.compiler import PageError
from sequentum_scrapy.compiler.selectors import compile_selector, select_css, select_xpath
from sequentum_scrapy.definition.selectors import Css, JmesPath, Regex, XPath

from .places import JSON, on

TAGS = ["p", "div", "b", "a"]
CLASSES = ["x", "y", "x y", "y  x", "\tx", "xy", ""]


@st.composite
def markup(draw, depth=3):
    tag = draw(st.sampled_from(TAGS[:2] if depth else TAGS))
    attributes = ""
    if draw(st.booleans()):
        attributes += f' class="{draw(st.sampled_from(CLASSES))}"'
    if draw(st.integers(0, 4)) == 0:
        attributes += f' id="{draw(st.sampled_from("ij"))}"'
    if draw(st.booleans()):
        attributes += f' href="{draw(st.sampled_from("mn"))}"'
    inner = "".join(draw(st.lists(markup(depth - 1), max_size=4))) if depth else "t"
    return f"<{'div' if inner.startswith('<') else tag}{attributes}>{inner}</{'div' if inner.startswith('<') else tag}>"


compounds = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "*", "p", "div", "b"]),
        st.sampled_from(["", ".x", ".y", ".x.y", "#i", "#j.x", ".xy", "[href]", '[href="m"]']),
        st.sampled_from(["", "", "", ":first-child", ":nth-child(2)", ":not(.y)", ":last-child"]),
    ),
).map(lambda text: text or "*")
css = st.builds(
    lambda first, rest, end: first + "".join(sign + part for sign, part in rest) + end,
    compounds,
    st.lists(st.tuples(st.sampled_from([" ", " > ", " + ", " ~ ", ", "]), compounds), max_size=2),
    st.sampled_from(["", "", "::text", "::attr(href)"]),
)


def shown(node):
    return node if isinstance(node, str) else etree.tostring(node, with_tail=False).decode()


@settings(max_examples=500, deadline=None, derandomize=True)
@given(markup(), css)
def test_css_finds_what_parsel_finds_in_the_same_order(page, selector):
    scope = on(f"<html><body>{page}</body></html>")
    expected = [
        shown(found.root)
        for found in Selector(text=f"<html><body>{page}</body></html>").css(selector)
    ]
    assert [shown(node) for node in select_css(selector, first=False)(scope)] == expected
    assert [shown(node) for node in select_css(selector, first=True)(scope)] == expected[:1]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(markup(), css)
def test_css_inside_an_element_finds_what_parsel_finds_there(page, selector):
    text = f"<html><body><p>o</p>{page}{page}</body></html>"
    scope = on(text)
    outer = Selector(text=text).xpath("//body/*")[1]
    scope.node = scope.area = scope.element.xpath("//body/*")[1]
    expected = [shown(found.root) for found in outer.css(selector)]
    assert [shown(node) for node in select_css(selector, first=False)(scope)] == expected
    assert [shown(node) for node in select_css(selector, first=True)(scope)] == expected[:1]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("//p", ["<p>1</p>", "<p>2</p>"]),
        ("//p/text()", ["1", "2"]),
        ("//p[2]/@class", []),
        ("count(//p)", ["2"]),
        ("string(//p[2])", ["2"]),
        ("string(//none)", []),
        ("boolean(//p)", ["true"]),
        ("//p[re:test(., '^2$')]", ["<p>2</p>"]),
        ("number('x')", []),
    ],
)
def test_xpath_gives_nodes_texts_and_scalars(path, found):
    scope = on("<p>1</p><p>2</p>")
    assert [shown(node) for node in select_xpath(path, first=False)(scope)] == found
    assert [shown(node) for node in select_xpath(path, first=True)(scope)] == found[:1]


def test_the_first_of_an_xpath_is_the_first_in_the_document():
    scope = on("<div><p>1</p><p>2</p></div><div><p>3</p></div>")
    assert [shown(node) for node in select_xpath("//p[1]", first=True)(scope)] == ["<p>1</p>"]
    assert [shown(n) for n in select_xpath("//b | //p[last()]", first=True)(scope)] == ["<p>2</p>"]


@pytest.mark.parametrize(
    ("expression", "every", "first"),
    [
        ("items", [{"a": 1}, {"a": 0}], [[{"a": 1}, None, {"a": 0}]]),
        ("items[].a", [1, 0], [[1, 0]]),
        ("items[0].a", [1], [1]),
        ("items[2].a", [0], [0]),
        ("empty", [], [[]]),
        ("none", [], []),
        ("no", [False], [False]),
    ],
)
def test_jmespath_takes_json_where_only_null_is_no_match(expression, every, first):
    scope = on(
        '{"items": [{"a": 1}, null, {"a": 0}], "empty": [], "none": null, "no": false}', JSON
    )
    selection = compile_selector(JmesPath(jmespath=expression))
    assert selection.all(scope)[0] == every
    assert selection.first(scope)[0] == first


def test_a_regular_expression_searches_the_source_of_the_page_or_the_text_of_the_node():
    scope = on("<p>a1</p><p id=z>b2 b3</p>")
    selection = compile_selector(Regex(regex=r"[ab](\d)"))
    assert selection.all(scope)[0] == ["1", "2", "3"]
    assert selection.first(scope)[0] == ["1"]
    scope.node = scope.element.xpath("//*[@id='z']")[0]
    assert selection.all(scope)[0] == ["2", "3"]


def test_the_first_alternative_that_matches_is_taken_and_told():
    scope = on("<p>1</p><b>2</b>")
    selection = compile_selector(["i", "/html/body/b", "p"])
    nodes, way = selection.all(scope)
    assert [shown(node) for node in nodes] == ["<b>2</b>"]
    assert way == 1
    assert compile_selector(["i", "u"]).first(scope) == ([], 0)


def test_a_selector_on_the_wrong_kind_of_page_says_so():
    with pytest.raises(PageError, match="the page is application/json, not HTML"):
        compile_selector("p").all(on("{}", JSON))
    with pytest.raises(PageError, match="the page is text/html, not JSON"):
        compile_selector(JmesPath(jmespath="a")).first(on("<p>"))


def test_equal_selectors_are_one_compiled_function():
    assert select_css("li a.x", first=True) is select_css("li a.x", first=True)
    assert compile_selector(Css(css="li a.x"))._all == compile_selector("li a.x")._all
    assert compile_selector(XPath(xpath="//a"))._first == compile_selector("//a")._first

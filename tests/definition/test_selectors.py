# ruff: noqa: E501 - a grammar on one line
"""What a text means as a selector, and that no text breaks the check."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequentum_scrapy.definition import DefinitionError, parse_definition
from sequentum_scrapy.definition.selectors import Css, XPath, alternatives, is_url, is_xpath

tokens = st.sampled_from(
    ["a", ".x", "#i", "[b]", "[b='c']", ":not(", ")", "::text", "::attr(href)", ">", "+", "~", " ", ",", "*", "/", "//", "@", "..", "(", "[", "]", "1", "text()", "|", "é", "\\", '"', "\n", "\0"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("h1", Css),
        ("article.product_pod > a", Css),
        ("a::attr(href)", Css),
        (".x", Css),
        ("/html", XPath),
        ("//h1", XPath),
        ("./b", XPath),
        ("../b", XPath),
        ("(//h1)[1]", XPath),
    ],
)
def test_how_a_text_begins_says_what_it_is(text, kind):
    (one,) = alternatives(text)
    assert isinstance(one, kind)
    assert is_xpath(text) is (kind is XPath)


def test_an_absolute_address_or_a_template_of_one_is_no_selector():
    assert is_url("http://site/")
    assert is_url("https://site/{{ page.number }}")
    assert not is_url("h1 a")
    assert not is_url("//a")


def findings(text):
    try:
        return parse_definition(text, "a.json").warnings
    except DefinitionError as error:
        return error.findings


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(tokens, min_size=1, max_size=8).map("".join),
    st.sampled_from(["", "css", "xpath", "jmespath", "regex"]),
)
def test_any_text_is_a_selector_or_a_finding_at_its_place(text, kind):
    selector = {kind: text} if kind else text
    tree = {
        "name": "a",
        "start": "http://site/",
        "commands": [{"list": selector, "do": [{"capture": {"t": "h1"}}]}],
    }
    found = findings(json.dumps(tree))
    assert all(finding.line == 1 for finding in found)
    assert "\0" in text or all(finding.address.startswith("commands[0].list") for finding in found)

"""The text and the HTML of an element."""

from __future__ import annotations

import pytest
from lxml import html

from sequentum_scrapy.compiler.text import html_of, text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p>", "a"),
        ("<p> a\n\t b\u00a0c </p>", "a b c"),
        ("<p>a<b>b</b>c</p>", "abc"),
        ("<p>a <!-- not this --> b</p>", "a b"),
        ("<p>a<script>x()</script> b<style>p{}</style></p>", "a b"),
        ("<p></p>", ""),
        ("<p>&lt;a&gt; &amp;</p>", "<a> &"),
        ("<script>x()</script>", "x()"),
    ],
)
def test_text_is_what_a_reader_sees_with_whitespace_folded(markup, text):
    assert text_of(html.fragment_fromstring(markup)) == text


def test_html_is_the_element_without_what_follows_it():
    element = html.fragment_fromstring("<div><p class=a>b<br>é</p>tail</div>")[0]
    assert html_of(element) == '<p class="a">b<br>é</p>'

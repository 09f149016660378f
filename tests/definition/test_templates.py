# ruff: noqa: E501 - a grammar on one line
"""Templates: the values that are named, and nothing that a stranger could misuse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError, TemplateSyntaxError

from sequentum_scrapy.definition.templates import (
    MAX_TEMPLATE_CHARS,
    compile_expression,
    compile_template,
    names,
    parse,
)

CONTEXT = {
    "input": {"q": "green tea", "n": 3},
    "row": {"items": "a column", "sku": "a/b"},
    "record": {"title": None},
    "page": {"number": 2, "url": "http://site/"},
    "run": {"id": 7},
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("{{ input.q }}", "green tea"),
        ("{{ input.q|urlencode }}-{{ input.n + 1 }}", "green%20tea-4"),
        ("{{ row.items }}", "a column"),
        ("{{ row['sku']|replace('/', '-')|upper }}", "A-B"),
        ("{{ row.none|default('?') }}", "?"),
        ("{% if page.number > 1 %}p{{ page.number }}{% else %}first{% endif %}", "p2"),
        ("{{ (page.number - 1) * 20 }}", "20"),
        ("{{ 'x' if record.title is none else 'y' }}", "x"),
    ],
)
def test_what_a_template_gives(source, text):
    assert compile_template(source)(CONTEXT) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ input.__class__.__mro__ }}",
        "{{ row['__init__'] }}",
        "{{ input.q.format }}",
        "{{ row.none }}",
        "{{ input.q * 1000000 }}",
        "{{ 10 ** 100000 }}",
        "{{ '%s' % input.q }}",
        "{{ config }}",
    ],
)
def test_what_a_template_may_not_reach_fails_when_it_is_filled_in(source):
    with pytest.raises((TemplateError, TypeError, OverflowError)):
        compile_template(source)(CONTEXT)


@pytest.mark.parametrize(
    "source",
    [
        "{{ input.q.upper() }}",
        "{{ range(10**9) }}",
        "{% for x in row %}{% endfor %}",
        "{% set x = 1 %}",
        "{% macro x() %}{% endmacro %}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as y %}",
        "{{ input.q|attr('__class__') }}",
        "{{ input.q|center(1000000000) }}",
        "{{ self }}{% block a %}{% endblock %}",
        "{{ input.q",
        "x" * MAX_TEMPLATE_CHARS + "{{ 1 }}",
    ],
)
def test_what_the_language_leaves_out_is_refused_when_it_is_read(source):
    with pytest.raises(TemplateSyntaxError):
        parse(source)


def test_an_expression_gives_values_of_their_type_and_nothing_for_what_is_absent():
    assert compile_expression("page.number")(CONTEXT) == 2
    assert compile_expression("{{ input.n in [1, 3] }}")(CONTEXT) is True
    assert compile_expression("row.none")(CONTEXT) is None


def test_the_names_that_a_template_reads():
    source = "{{ input.q }} {{ input['n'] }} {{ row.a }} {{ input.q|lower }}"
    assert names(source, "input") == {"q", "n"}
    assert names(source, "row") == {"a"}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(
            ["{{", "}}", "{%", "%}", " ", "if", "input", ".q", "['q']", "|", "upper", "(", ")", "+", "**", "9" * 9, "~", "'x'", "not", "[", "]", "\n", "é"]
        ),
        max_size=10,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_a_template_or_says_why_not(source):
    try:
        render = compile_template(source)
    except TemplateSyntaxError:
        return
    try:
        assert len(render(CONTEXT)) < 10_000
    except (TemplateError, TypeError, ValueError, ArithmeticError):
        return

"""Fields: every source, what is made of a value, and what is wrong with it."""

from __future__ import annotations

import pytest

from .places import JSON, capture, flaw, on, value

PAGE = """
<html><head><title>Shop</title>
<script type="application/ld+json">{"@type": ["Product", "Thing"], "name": "Tea", "offers": {"price": "5.5"}}</script>
</head><body>
<h1> Green
 tea </h1>
<a class=link href="../cup?x=1">Cup</a>
<img src="/i.png" alt="">
<ul><li data-n=1>one <b>1</b></li><li data-n=2>two</li><li></li></ul>
<div class=review><i>Ann</i><u>5</u></div>
<div class=review><i>Bob</i></div>
</body></html>
"""


@pytest.fixture
def page():
    return on(PAGE, inputs={"q": "tea"})


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("h1", "Green tea"),
        ("//h1", "Green tea"),
        ({"css": "h1", "html": True}, "<h1> Green\n tea </h1>"),
        ({"css": "li", "all": True}, ["one 1", "two"]),
        ({"css": "li", "attr": "data-n", "all": True, "as": "integer"}, [1, 2]),
        ("a.link::attr(href)", "http://site/cup?x=1"),
        ("//a/@href", "http://site/cup?x=1"),
        ({"css": ".link", "attr": "href"}, "http://site/cup?x=1"),
        ({"css": "img", "attr": "src"}, "http://site/i.png"),
        ({"css": "li::text", "all": True}, ["one", "two"]),
        ({"xpath": "count(//li)", "as": "integer"}, 3),
        ({"regex": r"<title>(\w+)"}, "Shop"),
        ({"page": "url"}, "http://site/dir/page"),
        ({"page": "title"}, "Shop"),
        ({"page": "status"}, 200),
        ({"page": "number"}, 1),
        ({"page": "html"}, PAGE),
        ({"json_ld": "Product.name"}, "Tea"),
        ({"json_ld": "Thing.offers.price", "as": "price"}, 5.5),
        ({"value": "{{ input.q | upper }}"}, "TEA"),
        ({"value": "cup", "as": "url"}, "http://site/dir/cup"),
        (["h2", "h3", "h1"], "Green tea"),
        ([{"css": "h2"}, {"value": "none"}], "none"),
        ({"css": "h2", "default": "?"}, "?"),
        ({"css": "h2", "default": None}, None),
        ({"css": "h2", "optional": True}, None),
        ({"css": "h2", "optional": True, "all": True}, []),
        ({"css": "img", "attr": "alt", "optional": True}, None),
        ({"css": "h1", "regex": "Green (.*)"}, "tea"),
        ({"css": "h1", "regex": "Black", "optional": True}, None),
        ({"css": "h1", "replace": {"Green": "Black", "tea$": "coffee"}}, "Black coffee"),
        ({"css": "h1", "map": {"Green tea": 7}}, 7),
        ({"css": "h1", "fields": {"t": "/html/head/title"}}, {"t": "Shop"}),
        ({"list": ".review", "fields": {"by": "i"}}, [{"by": "Ann"}, {"by": "Bob"}]),
        ({"list": ".none", "fields": {"by": "i"}, "optional": True}, []),
        ({"fields": {"a": "h1", "b": {"fields": {"c": "title"}}}}, {"a": "Green tea", "b": {"c": "Shop"}}),
    ],
)  # fmt: skip
def test_what_a_field_reads(page, field, expected):
    assert value(field, page) == expected


def test_the_order_is_regex_replace_map_as():
    field = {
        "css": "p",
        "regex": r"a(\w+)",
        "replace": {"b": "c"},
        "map": {"cc": "1,000"},
        "as": "integer",
    }
    assert value(field, on("<p>x abb y</p>")) == 1000


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("h2", "not found"),
        (["h2", "h3"], "not found"),
        ({"css": "img", "attr": "alt"}, "not found"),
        ({"css": "h1", "regex": "Black"}, "not found"),
        ({"css": "h1", "as": "price"}, '"Green tea" is not a price'),
        ({"css": "h1", "as": "integer", "default": 7}, '"Green tea" is not a whole number'),
        ({"css": "h1", "as": "integer", "optional": True}, '"Green tea" is not a whole number'),
        ({"css": "h1", "map": {"x": 1}}, '"Green tea" is not in map'),
        ({"css": "h1::text", "attr": "href"}, 'attr "href" needs an element, not a text'),
        ({"jmespath": "a"}, "the page is text/html, not JSON"),
        ({"list": ".none", "fields": {"by": "i"}}, "not found"),
        ({"value": "{{ row.sku }}"}, "\"{{ row.sku }}\": 'dict object' has no attribute 'sku'"),
        ({"value": "{{ 1 / 0 }}"}, '"{{ 1 / 0 }}": division by zero'),
    ],
)
def test_what_is_wrong_with_a_field(page, field, message):
    assert flaw(field, page) == message


def test_what_is_wrong_inside_an_object_says_where(page):
    fields = {
        "reviews": {"list": ".review", "fields": {"stars": {"css": "u", "as": "integer"}}},
        "deep": {"fields": {"er": {"list": "li", "fields": {"n": "b"}}}},
    }
    record, flaws = capture(fields, page)
    assert record == {"reviews": [{"stars": 5}, {}], "deep": {"er": [{"n": "1"}, {}, {}]}}
    assert [(flaw["path"], flaw["command"]) for flaw in flaws] == [
        ("$.reviews[1].stars", "capture.reviews.fields.stars"),
        ("$.deep.er[1].n", "capture.deep.fields.er.fields.n"),
        ("$.deep.er[2].n", "capture.deep.fields.er.fields.n"),
    ]


def test_json_values_keep_their_types():
    scope = on('{"a": {"n": 1.5, "b": false, "list": [1, null]}, "s": " x "}', JSON)
    assert value({"jmespath": "a.n"}, scope) == 1.5
    assert value({"jmespath": "a.b"}, scope) is False
    assert value({"jmespath": "a.list"}, scope) == [1, None]
    assert value({"jmespath": "a.list", "all": True}, scope) == [1]
    assert value({"jmespath": "a", "fields": {"n": {"jmespath": "n"}}}, scope) == {"n": 1.5}
    assert value({"jmespath": "s"}, scope) == " x "


def test_a_field_that_reads_each_of_many_leaves_the_scope_where_it_was(page):
    before = page.node
    value({"css": "li", "all": True}, page)
    value({"list": ".review", "fields": {"by": "i"}}, page)
    assert page.node is before or page.node is page.page.root


def test_health_counts_fallbacks_and_misses_by_field():
    from sequentum_scrapy.compiler import Health
    from sequentum_scrapy.compiler.fields import compile_fields

    addresses: list[str] = []

    def register(address: str) -> int:
        addresses.append(address)
        return len(addresses) - 1

    fields = compile_fields({"a": ["h2", "h1"], "b": "h2"}, "capture", register)
    health = Health(addresses)
    for _ in range(3):
        for field in fields:
            field.read(on("<h1>x"), {}, [], health)
    rows = {row[0]: row[1:6] for row in health.snapshot()}
    assert rows == {"capture.a": (3, 3, 0, 3, 0), "capture.b": (3, 0, 3, 0, 0)}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"jmespath": "t", "regex": ".+"}, "true"),
        ({"jmespath": "t", "map": {"true": 1}}, 1),
        ({"jmespath": "o", "replace": {"null": "0"}}, '{"a":0}'),
        ({"jmespath": "deep", "as": "text"}, "[" * 400 + "]" * 400),
    ],
)
def test_what_is_no_text_is_taken_as_its_json(field, expected):
    body = '{"t": true, "o": {"a": null}, "deep": %s}' % ("[" * 400 + "]" * 400)
    assert value(field, on(body, JSON)) == expected


def test_all_takes_the_json_ld_of_every_object():
    html = "".join(
        f'<script type="application/ld+json">{{"@type": "A", "n": {n}}}</script>' for n in (1, 2)
    )
    assert value({"json_ld": "A.n", "all": True}, on(html)) == [1, 2]
    assert value({"json_ld": "A.n"}, on(html)) == 1

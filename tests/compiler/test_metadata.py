import pytest
from lxml import etree

from sequentum_scrapy.compiler import metadata
from sequentum_scrapy.compiler.errors import PageError
from sequentum_scrapy.compiler.metadata import json_ld_of, meta_of, microdata_of, of_type
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.definition import AgentError


def json_ld(*texts):
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return list(json_ld_of(etree.HTML(f"<head>{scripts}</head>")))


def test_json_ld_of_several_scripts_lists_and_graphs():
    assert json_ld('{"@type": "A"}', '[{"@type": "B"}, 3]', '{"@graph": [{"@type": "C"}]}') == [
        {"@type": "A"}, {"@type": "B"}, {"@graph": [{"@type": "C"}]}, {"@type": "C"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '{"@type": "A", "n": 1,}',
        '/* by hand */ {"@type": "A", "n": 1}',
        '<!-- {"@type": "A", "n": 1} -->',
        '{"@type": "A", "n": 1};',
    ],
)
def test_json_ld_that_is_nearly_json_is_read(text):
    assert json_ld(text) == [{"@type": "A", "n": 1}]


def test_a_line_break_in_a_text_is_no_obstacle():
    assert json_ld('{"@type": "A", "d": "one\ntwo"}') == [{"@type": "A", "d": "one\ntwo"}]


@pytest.mark.parametrize("text", ["", "no", "{", "[" * 2000])
def test_what_is_no_json_ld_is_left_out(text):
    assert json_ld(text, '{"@type": "A"}') == [{"@type": "A"}]


def test_meta_is_found_by_any_of_its_names():
    root = etree.HTML("""<head><meta name="Description" content=" a  b "><meta property="og:title" content="t">
        <meta http-equiv="refresh" content="5"><meta itemprop="price" content="3"><meta name="empty" content=" ">
        <meta property="og:title" content="u"></head>""")
    assert [meta_of(root, name) for name in ("description", "og:title", "refresh", "price", "empty", "x")] == [
        ["a b"], ["t", "u"], ["5"], ["3"], [], [],
    ]  # fmt: skip


def test_microdata_has_the_form_of_json_ld():
    html = """<div itemscope itemtype="https://schema.org/Product"><span itemprop="name">Tea</span>
        <div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="price" content="3"></div>
        <i itemprop="color">green</i><i itemprop="color">dark</i></div>"""
    assert microdata_of(html, "http://a/") == [
        {
            "@type": "Product",
            "name": "Tea",
            "offers": {"@type": "Offer", "price": "3"},
            "color": ["green", "dark"],
        }
    ]
    assert microdata_of("", "http://a/") == []


def test_an_extra_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(metadata, "find_spec", lambda _: None)
    with pytest.raises(AgentError, match=r'pip install "sequentum-scrapy\[metadata\]"'):
        metadata.check_microdata()


def test_json_ld_keeps_what_is_null_or_true():
    assert json_ld('{"@type":"A","n":null,"b":true,"c":[null,true],}') == [
        {"@type": "A", "n": None, "b": True, "c": [None, True]}
    ]


def test_json_ld_whose_quotes_are_entities_is_read():
    assert json_ld("{&quot;@type&quot;: &quot;A&quot;}") == [{"@type": "A"}]


def test_json_ld_may_be_nested_deeply():
    assert len(json_ld('{"@graph":' * 900 + "[]" + "}" * 900)) == 900


@pytest.mark.parametrize(
    "kind", ["http://schema.org/A", "https://schema.org/A", "schema:A", ["B", "A"]]
)
def test_a_type_may_be_written_in_full(kind):
    assert of_type([{"@type": {"x": 1}}, {"@type": [3]}, {"@type": kind, "n": 1}], "A") == [
        {"@type": kind, "n": 1}
    ]


def test_objects_inside_others_count_where_there_are_none_outside():
    page = {
        "@type": "WebPage",
        "mainEntity": [{"@type": "A", "n": 1}, {"x": {"@type": "A", "n": 2}}],
    }
    assert [item["n"] for item in of_type([page], "A")] == [1, 2]
    assert [item["n"] for item in of_type([page, {"@type": "A", "n": 3}], "A")] == [3]


ITEM = '<div itemscope itemtype="https://schema.org/A"><b itemprop="n">N</b>%s</div>'


def test_links_of_microdata_are_relative_to_the_base_of_the_page():
    page = Page(
        "http://a/", ('<base href="/b/">' + ITEM % '<a itemprop="u" href="c">').encode(),
        content_type="text/html",
    )  # fmt: skip
    assert page.microdata[0]["u"] == "http://a/b/c"


@pytest.mark.parametrize(
    "html", [ITEM % '<a itemprop="u" href="http://[x">', '<i itemscope itemprop="a">' * 3000]
)
def test_microdata_that_cannot_be_read_is_an_error_of_the_page(html):
    with pytest.raises(PageError, match="microdata of the page cannot be read"):
        microdata_of(html, "http://a/")

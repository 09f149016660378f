import pytest
from lxml import etree

from sequentum_scrapy.compiler import metadata
from sequentum_scrapy.compiler.metadata import json_ld_of, meta_of, microdata_of
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

"""A page: its kind, its encoding, its documents, its addresses."""

from __future__ import annotations

import codecs
import time
from urllib.parse import urljoin

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sequentum_scrapy.compiler import Page, PageError
from sequentum_scrapy.compiler.page import PageNames
from sequentum_scrapy.compiler.text import text_of


def heading(body: bytes, content_type: str = "text/html") -> str:
    return text_of(Page("http://site/", body, content_type=content_type).root.find(".//h1"))


@pytest.mark.parametrize(
    ("content_type", "encoding", "prefix"),
    [
        ("text/html; charset=utf-8", "utf-8", ""),
        ("text/html; charset=ISO-8859-1", "latin-1", ""),
        ("text/html; charset=windows-1251", "cp1251", ""),
        ("text/html; charset=Shift_JIS", "shift_jis", ""),
        ("text/html", "cp1251", "<meta charset=windows-1251>"),
        (
            "text/html",
            "euc-jp",
            '<meta http-equiv=Content-Type content="text/html; charset=euc-jp">',
        ),
        ("", "utf-8", "<!doctype html>"),
    ],
)
def test_the_header_or_the_page_says_the_encoding(content_type, encoding, prefix):
    text = {"cp1251": "Цена", "shift_jis": "価格", "euc-jp": "価格"}.get(encoding, "Größe")
    assert heading(f"{prefix}<h1>{text}</h1>".encode(encoding), content_type) == text


def test_the_header_wins_over_the_page():
    body = "<meta charset=windows-1251><h1>Größe</h1>".encode()
    assert heading(body, "text/html; charset=utf-8") == "Größe"


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_byte_order_mark_wins_over_the_header(bom, encoding):
    body = bom + "<h1>Größe</h1>".encode(encoding)
    assert heading(body, "text/html; charset=iso-8859-1") == "Größe"


def test_a_page_in_another_encoding_than_it_says_is_read_to_its_end():
    text = heading("<h1>Größe und mehr</h1>".encode("latin-1"), "text/html; charset=utf-8")
    assert text.startswith("Gr")
    assert text.endswith("e und mehr")


def test_without_a_word_about_it_bytes_that_are_no_utf_8_are_windows_1252():
    assert heading("<h1>Größe 5 €</h1>".encode("cp1252")) == "Größe 5 €"


def test_an_unknown_encoding_is_guessed():
    assert heading("<h1>Größe</h1>".encode(), "text/html; charset=nonsense") == "Größe"


@pytest.mark.parametrize("body", [b"", b"  \n", b"\0", b"<!-- -->", b"<", b"\xff\xfe"])
def test_an_empty_or_broken_page_is_a_page_without_elements_that_matter(body):
    page = Page("http://site/", body, content_type="text/html")
    assert page.root.find(".//h1") is None
    assert page.title is None


def test_nul_does_not_end_a_page():
    assert heading(b"<p>a\0b</p><h1>here\0</h1>") == "here"


def test_a_page_of_10_mb_is_read_whole_and_quickly():
    body = b"<ul>" + b"<li class=row>word word word</li>" * 320_000 + b"</ul><h1>end</h1>"
    assert len(body) > 10_000_000
    begin = time.process_time()
    assert heading(body, "text/html; charset=utf-8") == "end"
    assert time.process_time() - begin < 5


def test_a_deeply_nested_page_is_read_to_its_end():
    assert heading(b"<div>" * 1_000 + b"<h1>deep</h1>") == "deep"


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("text/html", b"{}", "html"),
        ("application/xhtml+xml", b"", "html"),
        ("application/json; charset=utf-8", b"", "json"),
        ("application/ld+json", b"", "json"),
        ("text/javascript", b"[]", "json"),
        ("application/rss+xml", b"<rss/>", "xml"),
        ("text/xml", b"<!DOCTYPE html><p>", "html"),
        ("image/png", b"<html>", "binary"),
        ("application/pdf", b"%PDF", "binary"),
        ("text/plain", b"words", "text"),
        ("text/plain", b'{"a": 1}', "json"),
        ("text/plain", b"<html>", "html"),
        ("application/octet-stream", b"<p>", "html"),
        ("application/octet-stream", b"a\0b", "binary"),
        ("", b"<p>", "html"),
        ("", b"<?xml version='1.0'?><a/>", "xml"),
        ("", b"[1]", "json"),
        ("", b"", "html"),
    ],
)
def test_the_kind_of_a_page(content_type, body, kind):
    assert Page("http://site/", body, content_type=content_type).kind == kind


def test_a_page_of_another_kind_says_what_it_is():
    image = Page("http://site/", b"\x89PNG", content_type="image/png")
    with pytest.raises(PageError, match=r"^the page is image/png, not HTML$"):
        _ = image.root
    with pytest.raises(PageError, match=r"^the page is image/png, not JSON$"):
        _ = image.json
    with pytest.raises(PageError, match=r"^the page is image/png, not text$"):
        _ = image.text
    with pytest.raises(PageError, match="the page is not valid JSON: "):
        _ = Page("http://site/", b'{"a": ', content_type="application/json").json


def test_xml_is_read_with_its_declared_encoding_and_without_what_it_refers_to(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = (
        f'<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        "<a><b>Größe</b><c>&x;</c></a>"
    ).encode("latin-1")
    root = Page("http://site/", body, content_type="application/xml").root
    assert root.findtext("b") == "Größe"
    assert "secret" not in "".join(root.itertext())


def test_json_ld_is_every_object_of_the_page_and_what_is_broken_is_left_out():
    body = b"""
    <script type="application/ld+json">{"@type": "A"}</script>
    <script type="application/ld+json">{broken</script>
    <script type=" Application/LD+JSON; x">[{"@type": "B"}, 7]</script>
    <script type="application/ld+json">{"@graph": [{"@type": "C"}]}</script>
    <script>{"@type": "D"}</script>"""
    page = Page("http://site/", body, content_type="text/html")
    assert [item.get("@type") for item in page.json_ld] == ["A", "B", None, "C"]


PARTS = st.sampled_from(
    ["a", "b.html", "..", ".", "", "/", "//", "?", "#", "x=1", "&", ":", ";p", "http:", "é", "%2F", " ", "g;x=1/./y"]
)  # fmt: skip
LINKS = st.lists(PARTS, max_size=6).map("".join)
BASES = st.sampled_from(
    [
        "http://site/", "http://site", "http://site/a/b/c?q=1#f", "http://site/a//b/c", "http://site/a/./b/../c",
        "https://user:pw@site:81/a/", "http://site/a?x=/b/", "http://site/a/b/",
    ]
)  # fmt: skip


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(BASES, LINKS)
@example("http://site/a/b", "../../../x")
@example("http://site/a/b", "c/../d")
@example("http://site/a/b", ".hidden")
def test_a_link_is_joined_as_the_standard_library_joins_it(base, link):
    link = link.strip(" ")
    assert Page(base).join(link) == urljoin(base, link)


def test_a_base_element_is_what_links_begin_from():
    page = Page("http://site/a/", b'<base href=" /b/ "><a href=c>', content_type="text/html")
    assert page.join("c") == "http://site/b/c"


def test_an_address_that_is_none_says_so():
    with pytest.raises(PageError, match="not an address"):
        Page("http://site/").join("//[::1")


def test_templates_see_what_a_page_has_and_no_more():
    page = Page("http://site/", b"<title> A\n page </title>", content_type="text/html")
    names = PageNames(page)
    assert names["title"] == "A page"
    assert names["number"] == 1
    assert names["status"] == 200
    for absent in ("cursor", "body", "__class__", "root"):
        with pytest.raises(KeyError):
            names[absent]


class TestXml:
    def page(self, text):
        return Page("http://a/", text.encode(), content_type="application/xml")

    def test_names_without_a_prefix_have_no_namespace(self):
        root = self.page(
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id></entry></feed>'
        ).root
        assert root.xpath("entry/id/text()") == ["1"]

    def test_names_with_a_prefix_keep_it(self):
        root = self.page(
            '<rss xmlns:m="http://search.yahoo.com/mrss/"><title>a</title><m:title>b</m:title></rss>'
        ).root
        assert root.xpath("title/text()") == ["a"]
        assert root.xpath("m:title/text()", namespaces={"m": "http://search.yahoo.com/mrss/"}) == [
            "b"
        ]


class TestRows:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ('a,b\n1,"x\ny"\n', "text/csv"),
            ('\ufeffa;b\r\n1;"x\ny"\r\n', "text/csv; charset=utf-8"),
            ('a\tb\n1\t"x\ny"\n', "text/csv"),
        ],
    )
    def test_csv_is_a_list_of_rows(self, text, kind):
        page = Page("http://a/", text.encode(), content_type=kind)
        assert page.json == [{"a": "1", "b": "x\ny"}]

    def test_a_single_column(self):
        assert Page("http://a/", b"sku\nA1\nB2\n", content_type="text/csv").json == [
            {"sku": "A1"}, {"sku": "B2"},
        ]  # fmt: skip

    def test_json_lines(self):
        page = Page("http://a/", b'{"a": 1}\n\n{"a": 2}\n', content_type="application/x-ndjson")
        assert page.json == [{"a": 1}, {"a": 2}]
        with pytest.raises(PageError, match="not valid JSON"):
            Page("http://a/", b"{", content_type="application/jsonl").json  # noqa: B018

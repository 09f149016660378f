import pytest

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.scope import Run, Scope
from sequentum_scrapy.compiler.text import text_of
from sequentum_scrapy.compiler.transforms import compile_change
from sequentum_scrapy.definition.commands.page import Change


def scope_of(html, content_type="text/html; charset=utf-8", node=None):
    body = html if isinstance(html, bytes) else html.encode()
    page = Page("http://a/b/", body, content_type=content_type)
    scope = Scope(Run(), page, {})
    scope.node = page.root.xpath(node)[0] if node else None
    return scope


def change(scope, **change):
    transform, _ = compile_change(Change(**change))
    return transform(scope)


def texts(scope, path="//body"):
    return [text_of(node) for node in scope.element.xpath(path)]


HTML = "<body><p>one <b>two</b> three</p><div class='ad'>buy</div>tail<p id='x'>four</p></body>"


def test_remove_takes_out_every_match_and_leaves_what_follows():
    scope = scope_of(HTML)
    assert change(scope, remove="b, .ad")
    assert texts(scope) == ["one three tail four".replace(" tail ", "tail")]


def test_unwrap_leaves_what_is_inside():
    scope = scope_of("<body><p>a<i>b<u>c</u>d</i>e<i></i>f</p></body>")
    assert change(scope, unwrap="i")
    assert texts(scope, "//p") == ["abcdef"]
    assert [node.tag for node in scope.element.iter()][-2:] == ["p", "u"]


def test_the_page_of_other_scopes_stays_as_it_was():
    scope = scope_of(HTML)
    page = scope.page
    change(scope, remove="p")
    assert scope.page is not page
    assert len(page.root.xpath("//p")) == 2
    assert b"four" in page.body
    assert b"four" not in scope.page.body
    assert scope.page.url == page.url


def test_only_the_node_of_a_row_is_changed():
    scope = scope_of(HTML, node="//p[1]")
    page = scope.page
    assert change(scope, remove="b")
    assert text_of(scope.element) == "one three"
    assert scope.page is page
    assert texts(scope_of(HTML), "//p[1]") == ["one two three"]


def test_ids_and_classes_are_looked_up_in_the_changed_page():
    scope = scope_of(HTML)
    change(scope, remove="#x")
    assert not change(scope, remove="#x")
    assert change(scope, remove=".ad")
    assert not change(scope, remove=".ad")


def test_nothing_to_change_is_told():
    scope = scope_of(HTML)
    page = scope.page
    assert not change(scope, remove="video")
    assert not change(scope, replace={"x{9}": ""})
    assert scope.page is page


def test_replace_rewrites_the_source_in_order():
    scope = scope_of("<p>ö1 2</p>".encode("latin-1"), "text/html; charset=latin-1")
    assert change(scope, replace={r"(\d) (\d)": r"\2\1", "21": "x"})
    assert texts(scope, "//p") == ["öx"]


def test_replace_in_a_row():
    scope = scope_of(HTML, node="//p[1]")
    assert change(scope, replace={"<b>": "<i>", "</b>": "</i>"})
    assert texts(scope, "//i") == ["two"]


@pytest.mark.parametrize(
    ("html", "selector", "expected"),
    [
        ('<script id="d">{"a": [1, null]}</script>', "#d", {"a": [1, None]}),
        ("<script>var data = {a: 'x', /* c */ b: [1, 2,],};\nshow()</script>", "script", {"a": "x", "b": [1, 2]}),
        ("<script>x = 1; var data = {a: {b: 1}}; y</script>", {"regex": "var data ="}, {"a": {"b": 1}}),
        ("<script>load({a: 1}, {b: 2})</script>", {"regex": r"load\((\{.*?\})"}, {"a": 1}),
        ("<div data-x='{\"a\": 1}'>", "div::attr(data-x)", {"a": 1}),
        ("<p>none</p><script>[1,2]</script>", ["#no", "script"], [1, 2]),
        ('<!-- {"a": 1} -->', "//comment()", {"a": 1}),
    ],
)  # fmt: skip
def test_parse_json_takes_the_data_out_of_a_page(html, selector, expected):
    scope = scope_of(f"<body>{html}</body>")
    assert change(scope, parse_json=selector)
    assert scope.value == expected


def test_parse_json_in_json():
    scope = scope_of('{"inner": "{\\"a\\": 1}", "own": {"b": 2}}', "application/json")
    assert change(scope, parse_json={"jmespath": "inner"})
    assert scope.value == {"a": 1}
    scope.node = None
    assert change(scope, parse_json={"jmespath": "own"})
    assert scope.value == {"b": 2}


@pytest.mark.parametrize("text", ["", "no data", "{", "var x = ;"])
def test_what_is_no_data_is_said(text):
    with pytest.raises(ValueFailure, match="neither JSON nor a JavaScript object"):
        change(scope_of(f"<body><script>{text}</script></body>"), parse_json="script")


def test_what_is_not_there_is_told():
    assert not change(scope_of("<p>"), parse_json="script")
    assert not change(scope_of("<p>"), parse_html="//comment()")


@pytest.mark.parametrize(
    ("html", "selector"),
    [
        ("<!-- <ul><li>a</ul> -->", "//comment()"),
        ("<textarea><ul><li>a</ul></textarea>", "textarea"),
        ("<template><ul><li>a</ul></template>", "template"),
        ("<noscript><ul><li>a</ul></noscript>", "noscript"),
        ("<div data-h='&lt;li&gt;a'>", "div::attr(data-h)"),
    ],
)
def test_parse_html_reads_what_hides_in_a_page(html, selector):
    scope = scope_of(f'<head><base href="/base/"></head><body>{html}</body>')
    assert change(scope, parse_html=selector)
    assert texts(scope, "//li") == ["a"]
    assert scope.page.join("x") == "http://a/base/x"


def test_parse_html_of_json():
    scope = scope_of('{"html": "<li>ä"}', "application/json")
    assert change(scope, parse_html={"jmespath": "html"})
    assert texts(scope, "//li") == ["ä"]
    scope = scope_of('{"html": [1]}', "application/json")
    with pytest.raises(ValueFailure, match="neither a text nor an element"):
        change(scope, parse_html={"jmespath": "html"})


def test_encoding_goes_over_what_the_page_declares():
    scope = scope_of("<meta charset=utf-8><p>ж</p>".encode("cp1251"))
    assert change(scope, encoding="cp1251")
    assert texts(scope, "//p") == ["ж"]


@pytest.mark.parametrize("path", ["//b/text()", "//@id"])
def test_what_is_no_element_cannot_be_removed(path):
    with pytest.raises(ValueFailure, match="take elements"):
        change(scope_of(HTML), remove=path)


def test_a_whole_page_cannot_be_removed():
    with pytest.raises(ValueFailure, match="nothing would be left"):
        change(scope_of(HTML), remove="html")


LATIN = "<a><b>é</b></a>".encode("latin-1")


@pytest.mark.parametrize(
    ("body", "kind", "given"),
    [
        (LATIN, "application/xml", {"encoding": "latin-1"}),
        (b'<?xml version="1.0" encoding="utf-8"?>' + LATIN, "text/xml", {"encoding": "latin-1"}),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + LATIN, "text/xml", {"replace": {"a>": "c>"}}),
        ("\ufeff<a><b>é</b></a>".encode("utf-16-le"), "text/html", {"encoding": "utf-16"}),
    ],
)  # fmt: skip
def test_another_source_is_read_in_its_own_encoding(body, kind, given):
    scope = scope_of(body, kind)
    assert change(scope, **given)
    assert scope.element.xpath("string(//b)") == "é"


def test_an_encoding_holds_for_json_too():
    scope = scope_of('{"a": "é"}'.encode("latin-1"), "application/json")
    change(scope, encoding="latin-1")
    assert scope.value == {"a": "é"}


def test_a_page_that_was_changed_is_decoded_already():
    scope = scope_of(HTML)
    change(scope, remove="b")
    with pytest.raises(ValueFailure, match="encoding comes before"):
        change(scope, encoding="latin-1")

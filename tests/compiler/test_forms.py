from urllib.parse import parse_qsl

import pytest

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.forms import Filling, controls, field_names, forms, postback_of, send
from sequentum_scrapy.compiler.multipart import FilePart
from sequentum_scrapy.compiler.page import Page

URL = "http://shop.example/dir/page?x=1"


def page_of(html, charset="utf-8", url=URL):
    return Page(url, html.encode(charset), content_type=f"text/html; charset={charset}")


def form_of(html, **more):
    page = page_of(html, **more)
    form = forms(page)[0]
    return page, form, {control.get("name"): control for control in controls(form, page)}


def sent(html, button=None, values=(), **more):
    page, form, named = form_of(html, **more)
    filling = Filling(form)
    for name, value in dict(values).items():
        filling = filling.setting(named[name], value)
    return send(page, filling, button=named[button] if button else None)


def pairs(request):
    data = request.body.decode() if request.body is not None else request.url.partition("?")[2]
    return parse_qsl(data, keep_blank_values=True)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("", "http://shop.example/dir/page?x=1"),
        (None, "http://shop.example/dir/page?x=1"),
        ("go", "http://shop.example/dir/go"),
        ("/go?a=1#top", "http://shop.example/go?a=1"),
        ("http://other.example/go", "http://other.example/go"),
        (" go ", "http://shop.example/dir/go"),
    ],
)
def test_the_address_is_the_action_from_the_page(action, expected):
    attribute = "" if action is None else f' action="{action}"'
    request = sent(f'<form method="post"{attribute}><input name="q" value="1"></form>')
    assert (request.url, request.method, request.body) == (expected, "POST", b"q=1")


def test_an_action_is_relative_to_the_base_of_the_page_and_no_action_is_the_page():
    base = '<head><base href="http://base.example/a/"></head>'
    assert sent(f'{base}<form method="post" action="b"></form>').url == "http://base.example/a/b"
    assert sent(f'{base}<form method="post"></form>').url == URL


def test_a_get_form_replaces_the_query():
    request = sent('<form action="/find?old=1"><input name="q" value="a b"></form>')
    assert (request.method, request.url) == ("GET", "http://shop.example/find?q=a+b")
    assert request.body is None


def test_what_is_sent_is_what_a_browser_sends():
    request = sent("""<form method="post">
        <input name="text" value="t"> <input name="empty"> <input type="hidden" name="token" value="k">
        <input value="no name"> <input type="reset" name="reset" value="r"> <input type="button" name="b" value="b">
        <input type="checkbox" name="on" checked> <input type="checkbox" name="off" value="1">
        <input type="radio" name="r" value="1"> <input type="radio" name="r" value="2" checked>
        <select name="first"><option value="">-<option>b</select>
        <select name="chosen"><option>a<option selected value="x">b</select>
        <select name="several" multiple><option selected>a<option>b<option selected>c</select>
        <select name="none"></select> <textarea name="area">
one
two</textarea>
        <input name="disabled" value="d" disabled> <fieldset disabled><input name="in" value="i"></fieldset>
        <button name="button" value="1">Go</button> <input type="submit" name="submit" value="s">
        </form>""")
    assert pairs(request) == [
        ("text", "t"), ("empty", ""), ("token", "k"), ("on", "on"), ("r", "2"), ("first", ""),
        ("chosen", "x"), ("several", "a"), ("several", "c"), ("area", "one\r\ntwo"),
    ]  # fmt: skip


def test_a_button_sends_its_value_and_may_say_where_and_how():
    html = """<form action="/a" method="post"><input name="q" value="1">
        <button name="one" value="1">A</button>
        <button name="two" formaction="/b" formmethod="get">B</button></form>"""
    assert pairs(sent(html, "one")) == [("q", "1"), ("one", "1")]
    assert sent(html, "two").url == "http://shop.example/b?q=1&two="


def test_fields_may_stand_outside_of_their_form():
    html = """<form id="f" action="/a"><input name="in" value="1"><input name="not" form="g" value="2">
        </form><input name="out" form="f" value="3"><form id="g"></form>"""
    assert sent(html).url == "http://shop.example/a?in=1&out=3"
    assert field_names(*form_of(html)[1::-1]) == ["in", "out"]


def test_what_was_set_takes_the_place_of_the_default():
    request = sent(
        """<form method="post"><input name="q" value="old"><textarea name="t">old</textarea>
        <select name="s"><option selected>a<option value="2">b</select>
        <input type="checkbox" name="c" value="yes"><input type="checkbox" name="d" checked></form>""",
        values={"q": "a&b=ü", "t": "x\ny", "s": ["2"], "c": True, "d": False},
    )
    assert pairs(request) == [("q", "a&b=ü"), ("t", "x\r\ny"), ("s", "2"), ("c", "yes")]


def test_a_form_is_sent_in_the_charset_of_its_page():
    html = '<form method="{}" action="/a"><input name="q" value="é€"></form>'
    assert sent(html.format("post"), charset="windows-1252").body == b"q=%E9%80"
    assert sent(html.format("get"), charset="windows-1252").url.endswith("?q=%E9%80")
    cyrillic = sent(html.format("post"), charset="windows-1252", values={"q": "ж"})
    assert cyrillic.body == b"q=%26%231078%3B"


def test_a_multipart_form_sends_files_and_empty_parts_for_those_not_chosen():
    html = """<form method="post" enctype="multipart/form-data"><input name="q" value="1">
        <input type="file" name="photo"><input type="file" name="more"></form>"""
    page, form, named = form_of(html)
    request = send(page, Filling(form).uploading(named["photo"], FilePart("a.gif", b"GIF89a")))
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert (
        b'name="photo"; filename="a.gif"\r\nContent-Type: image/gif\r\n\r\nGIF89a' in request.body
    )
    assert b'name="more"; filename=""' in request.body


def test_odd_attributes_of_a_page_are_no_obstacle():
    request = sent(
        '<form action="/a" @submit="x" v-on:a><input name="q" :value="y" value="1"></form>'
    )
    assert request.url == "http://shop.example/a?q=1"


@pytest.mark.parametrize(
    "html", ['<form method="dialog"></form>', '<form action="http://[x"></form>']
)
def test_a_form_that_cannot_be_sent_is_said(html):
    with pytest.raises(ValueFailure, match="the form cannot be sent"):
        sent(html)


def test_a_text_that_no_form_can_hold_is_said():
    with pytest.raises(ValueFailure, match="the form cannot be sent"):
        sent('<form><input name="q"></form>', values={"q": "a\x00b"})


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("""<a href="javascript:__doPostBack('grid','Page$2')">""", ("grid", "Page$2")),
        ("""<a href='javascript:__doPostBack("a\\"b","")'>""", ('a"b', "")),
        ("""<a href="javascript:__doPostBack(&#39;ctl00$g&#39;,&#39;Sort$x&#39;)">""", ("ctl00$g", "Sort$x")),
        (
            """<a href='javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("b", "", true))'>""",
            ("b", ""),
        ),
        ("""<select onchange="setTimeout('__doPostBack(\\'list\\',\\'\\')', 0)">""", None),
        ("""<td><a href="javascript:__doPostBack('in','')">x</a></td>""", ("in", "")),
        ("""<a href="/x">""", None),
    ],
)  # fmt: skip
def test_postbacks_are_read_from_links(html, expected):
    node = page_of(html).root.xpath("//body/*")[0] if "<td" not in html else page_of(
        f"<table><tr>{html}</table>"
    ).root.xpath("//td")[0]  # fmt: skip
    assert postback_of(node) == expected

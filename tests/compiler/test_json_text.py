import time

import pytest

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.json_text import read_json, read_json_at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ("{a:null,b:true,c:[null,false,true]}", {"a": None, "b": True, "c": [None, False, True]}),
        ("{a:undefined,b:!0,c:!1,d:void 0}", {"a": None, "b": True, "c": False, "d": None}),
        ("{a: NaN, b: -Infinity}", {"a": None, "b": None}),
        (r"{a: '\x3cb\x3e', b: 'it\'s', c: `x\`y`, d: '\u{1F600}'}",
         {"a": "<b>", "b": "it's", "c": "x`y", "d": "😀"}),
        ("{a: 'null,true, // no', b: 1, /* true, */ c: 2,}", {"a": "null,true, // no", "b": 1, "c": 2}),
        ('{"a": "one\ntwo, true,", "b": 1}', {"a": "one\ntwo, true,", "b": 1}),
        ('{"n": 123456789012345678901234567890,}', {"n": 123456789012345678901234567890}),
    ],
)  # fmt: skip
def test_an_object_of_a_script_keeps_its_values(text, expected):
    assert read_json(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "var data = {p: 3};",
        "if (w[0]) { var data = {p: 3}; }",
        "var s = '= [1]'; var data = {p: 3};",
        "(function(){ var data = {p: 3}; })();",
        "var App = {}; App.data = {p: 3};",
        "// = [1]\nself.x = [] || 0; data = {p: 3}",
        "load({p: 3});",
        '<!-- {"p": 3} -->',
        "//<![CDATA[\n{p: 3}\n//]]>",
    ],
)
def test_what_is_assigned_or_passed_is_taken_out_of_a_script(text):
    assert read_json(text) == {"p": 3}


@pytest.mark.parametrize("text", ["", "5", '"x"', "null", "x = 3", "x = {a: 1", "[" * 200_000])
def test_what_holds_no_object_is_a_failure(text):
    with pytest.raises(ValueFailure, match="neither JSON nor a JavaScript object"):
        read_json(text)


def test_what_stands_elsewhere_is_not_taken():
    text = "var data = null; var other = {p: 9};"
    with pytest.raises(ValueFailure):
        read_json_at(text, len("var data = "))
    assert read_json_at(text, len("var data = null; var other = ")) == {"p": 9}


@pytest.mark.parametrize(
    "text",
    ["'" * 10**5, "= (" * 10**5, "/*" * 10**5, "<!--" * 10**5, '={"a":' * 10**5, "{a:" * 10**5],
)
def test_a_hostile_text_takes_no_longer_than_its_length_asks_for(text):
    begin = time.process_time()
    with pytest.raises(ValueFailure):
        read_json(text)
    assert time.process_time() - begin < 2

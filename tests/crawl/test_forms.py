"""Forms without a browser: which form, which fields, what is sent."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from .offline import run

SEARCH = """<form action="/find"><input name="q"><select name="cat"><option value="1">Food<option value="2">Tea
</select><input type="checkbox" name="new" value="1"><input type="radio" name="size" value="S" checked>
<input type="radio" name="size" value="L"><input name="user[mail]"><input type="file" name="f">
<button name="go">Go</button></form>"""
LOGIN = '<form action="/login" method="post"><input name="user"><input name="q" value="x"></form>'


def visits(commands, page=SEARCH, **given):
    ran = run(commands + "\n- submit: null\n  do: [{capture: {a: h1}}]", page, **given)
    return ran, [visit.url.partition("?")[2] for visit in ran.visits]


def failure(commands, page=SEARCH):
    ran, sent = visits(commands, page)
    assert sent == []
    (_, address, _, what, *_), second = ran.events
    assert second[3] == "not submitted: a field of the form could not be set"
    assert address.startswith("commands[0]")
    return what


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("fill: {q: tea}", {"q": "tea"}),
        ("fill: {q: 5}", {"q": "5"}),
        ("fill: {'input:first-of-type': tea}", {"q": "tea"}),
        ("fill: {'//input[1]': tea}", {"q": "tea"}),
        ("fill: {'user[mail]': a@b}", {"user[mail]": "a@b"}),
        ("fill: {q: '{{ page.url }}'}", {"q": "http://site/"}),
        ("select: {cat: '2'}", {"cat": "2"}),
        ("select: {cat: 2}", {"cat": "2"}),
        ("select: {cat: Tea}", {"cat": "2"}),
        ("check: {new: true}", {"new": "1"}),
        ("check: {new: '1'}", {"new": "1"}),
        ("check: {new: false}", {}),
        ("check: {new: '{{ page.status == 200 }}'}", {"new": "1"}),
        ("check: {new: '{{ page.status == 404 }}'}", {}),
        ("check: {new: '{{ 1 }}'}", {"new": "1"}),
        ("check: {size: L}", {"size": "L"}),
        ("check: {'input[value=L]': true}", {"size": "L"}),
    ],
)
def test_fields_are_set(command, expected):
    _, sent = visits(f"- {command}")
    defaults = {"q": "", "cat": "1", "size": "S", "user[mail]": "", "f": "", "go": ""}
    assert [dict(parse_qsl(query, keep_blank_values=True)) for query in sent] == [
        defaults | expected
    ]


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("fill: {w: tea}", 'the form has no field "w" (it has: q, cat, new, size, user[mail], f)'),
        ("fill: {q: tea, w: tea}", 'the form has no field "w"'),
        ("fill: {cat: tea}", '"cat" is no text field but a select: use select'),
        ("fill: {new: tea}", '"new" is no text field but a checkbox: use check'),
        ("fill: {f: tea}", '"f" is no text field but a file: use upload'),
        ("fill: {go: tea}", '"go" is no text field but a button: submit presses buttons'),
        ("select: {cat: Coffee}", '"cat" has no option "Coffee" (it has: Food, Tea)'),
        ("select: {cat: [Food, Tea]}", '"cat" takes one option, not 2'),
        ("select: {q: a}", '"q" is no drop-down list but a text'),
        ("check: {size: M}", '"size" has no choice "M" (it has: S, L)'),
        ("check: {size: true}", '"size" has 2 choices: give the value (it has: S, L)'),
        ("check: {q: true}", '"q" is no check box but a text'),
        ("fill: {q: '{{ row.x }}'}", "template: "),
        ("upload: {q: a.txt}", '"q" is no file field but a text'),
        ("{fill: {q: tea}, form: table}", "form: matched nothing"),
        ("{fill: {q: tea}, form: p}", "form: matched, but it is no form"),
    ],
)
def test_what_cannot_be_set_is_said_and_the_form_is_not_sent(command, what):
    assert failure(f"- {command}", f"<p>{SEARCH}").startswith(what)


def test_a_page_without_forms():
    ran, sent = visits("- fill: {q: tea}", "<p>nothing</p>")
    assert sent == []
    assert [event[3] for event in ran.events] == ["there is no form here"] * 2


def test_optional_fields_are_passed_over():
    ran, sent = visits("- {fill: {q: tea, w: tea}, optional: true}")
    assert len(sent) == 1
    assert ran.events == []
    assert ran.health["commands[0].fill"][1:3] == [1, 1]


def test_keep_sends_what_could_be_set():
    _, sent = visits("- {fill: {w: tea}, on_error: keep}")
    assert len(sent) == 1


def test_the_form_is_the_one_that_has_the_fields():
    ran = run(
        "- fill: {q: tea, user: me}\n- submit: null\n  do: [{capture: {a: h1}}]", SEARCH + LOGIN
    )
    (visit,) = ran.visits
    assert (visit.method, visit.url, visit.body) == (
        "POST",
        "http://site/login",
        b"user=me&q=tea",
    )
    assert visit.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert visit.referer == "http://site/"


def test_form_says_which():
    ran = run(
        "- {fill: {q: tea}, form: '[action=\"/login\"]'}\n- submit: null\n  do: [{capture: {a: h1}}]",
        SEARCH + LOGIN,
    )
    assert ran.visits[0].body == b"user=&q=tea"


def test_submit_alone_needs_to_know_the_form_where_there_are_several():
    ran = run("- submit: null\n  do: [{capture: {a: h1}}]", SEARCH + LOGIN)
    assert ran.visits == []
    assert ran.events[0][3] == "there are several forms here: say which, with form:"
    ran = run("- {submit: null, form: '//form[2]', do: [{capture: {a: h1}}]}", SEARCH + LOGIN)
    assert ran.visits[0].url == "http://site/login"


def test_a_button_that_is_not_there_submits_nothing():
    ran = run("- submit: button.x\n  do: [{capture: {a: h1}}]", SEARCH)
    assert ran.visits == []
    assert ran.events[0][3] == "matched nothing on its first page"
    ran = run("- submit: input[name=q]\n  do: [{capture: {a: h1}}]", SEARCH)
    assert "neither a button" in ran.events[0][3]


def test_rows_fill_the_form_each_for_themselves():
    ran = run(
        """
- fill: {user: me}
- for_each: [{q: tea}, {q: rice}]
  do:
    - fill: {q: "{{ row.q }}"}
    - submit: null
      do: [{capture: {a: h1}}]
""",
        LOGIN,
    )
    assert [visit.body for visit in ran.visits] == [b"user=me&q=tea", b"user=me&q=rice"]
    assert [visit.row for visit in ran.visits] == [{"q": "tea"}, {"q": "rice"}]


def test_the_record_so_far_comes_along_and_the_answer_goes_on():
    ran = run(
        "- capture: {a: p}\n- fill: {q: tea}\n- submit: null\n  do: [{capture: {b: h1}}]",
        {
            "": '<p>first</p><form action="/find"><input name="q"></form>',
            "find?q=tea": "<h1>second</h1>",
        },
    )
    assert ran.values == [{"a": "first", "b": "second"}]


GRID = """<form method="post" action="grid.aspx"><input type="hidden" name="__VIEWSTATE" value="{0}">
<input type="hidden" name="__EVENTTARGET" value=""><input name="q" value="z"><button name="b">B</button>
<ul><li>{0}</ul>{1}</form>"""
NEXT = """<a class="next" href="javascript:__doPostBack('grid','Page$2')">next</a>"""


def test_a_pagination_follows_postbacks():
    ran = run(
        "- paginate: a.next\n  do: [{list: li, do: [{capture: {n: {xpath: .}}}]}]",
        {"": GRID.format("one", NEXT), "grid.aspx": GRID.format("two", "")},
    )
    assert ran.values == [{"n": "one"}, {"n": "two"}]
    assert dict(parse_qsl(ran.visits[0].body.decode(), keep_blank_values=True)) == {
        "__VIEWSTATE": "one",
        "__EVENTTARGET": "grid",
        "__EVENTARGUMENT": "Page$2",
        "q": "z",
    }


def test_open_follows_postbacks_and_buttons():
    ran = run("- open: a.next, button\n  do: [{capture: {a: h1}}]", GRID.format("x", NEXT))
    bodies = [dict(parse_qsl(v.body.decode(), keep_blank_values=True)) for v in ran.visits]
    assert [body.get("__EVENTTARGET") for body in bodies] == ["", "grid"]
    assert ["b" in body for body in bodies] == [True, False]


def test_a_postback_may_be_given():
    ran = run(
        "- submit: {event_target: 'list{{ page.number }}'}\n  do: [{capture: {a: h1}}]",
        GRID.format("x", ""),
    )
    body = dict(parse_qsl(ran.visits[0].body.decode(), keep_blank_values=True))
    assert (body["__EVENTTARGET"], body["__EVENTARGUMENT"]) == ("list1", "")


def test_a_form_that_leads_off_the_web_is_not_sent():
    ran = run("- submit: null\n  do: [{capture: {a: h1}}]", '<form action="mailto:a@b"></form>')
    assert ran.visits == []
    assert "leads to no web address" in ran.events[0][3]


def test_after_a_field_that_cannot_be_set_the_rest_is_not_tried():
    ran, sent = visits("- fill: {w: tea}\n- check: {new: true}\n- select: {cat: Nothing}")
    assert sent == []
    assert [event[1] for event in ran.events] == ["commands[0].fill", "commands[3].submit"]

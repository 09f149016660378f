"""What commands do, without Scrapy: the rule of records, branches, exits, errors."""

from __future__ import annotations

import pytest

from .offline import SITE, run

ROWS = "<h1>Shop</h1><p class=empty></p><ul><li>a</li><li>b</li><li>c</li></ul>"


def each(*values, name="x"):
    return [{name: value} for value in values]


class TestTheRuleOfRecords:
    def test_a_scope_that_captures_makes_one_record(self):
        assert run("- capture: {t: h1}\n- capture: {n: li}", ROWS).values == [
            {"t": "Shop", "n": "a"}
        ]

    def test_a_scope_that_captures_nothing_makes_none(self):
        assert run("- group: ul\n  do:\n    - branch: 'true'\n", ROWS).values == []

    def test_the_values_of_a_parent_are_joined_to_its_rows_and_it_makes_no_record_itself(self):
        text = """
- capture: {shop: h1}
- list: li
  do:
    - capture: {x: {css: "", xpath: .}}
""".replace('{css: "", xpath: .}', "{xpath: .}")
        assert run(text, ROWS).values == [
            {"shop": "Shop", "x": "a"},
            {"shop": "Shop", "x": "b"},
            {"shop": "Shop", "x": "c"},
        ]

    def test_fields_come_in_the_order_of_their_capture(self):
        text = """
- capture: {z: h1, a: h1}
- list: li
  limit: 1
  do:
    - capture: {m: {xpath: .}, b: {xpath: .}}
"""
        assert list(run(text, ROWS).records[0]) == ["z", "a", "m", "b"]

    def test_a_parent_whose_list_matched_nothing_makes_no_record(self):
        text = "- capture: {shop: h1}\n- list: .none\n  do:\n    - capture: {x: {xpath: .}}"
        assert run(text, ROWS).values == []

    def test_keep_empty_makes_the_record_of_a_parent_whose_list_matched_nothing(self):
        text = (
            "- capture: {shop: h1}\n- list: .none\n  keep_empty: true\n"
            "  do:\n    - capture: {x: {xpath: .}}"
        )
        assert run(text, ROWS).values == [{"shop": "Shop"}]

    def test_keep_empty_adds_nothing_where_the_list_matched(self):
        text = (
            "- capture: {shop: h1}\n- list: li\n  keep_empty: true\n"
            "  do:\n    - capture: {x: {xpath: .}}"
        )
        assert len(run(text, ROWS).values) == 3

    @pytest.mark.parametrize("keep", ["false", "true"])
    def test_keep_empty_of_an_open_whose_link_is_not_there(self, keep):
        text = (
            f"- capture: {{shop: h1}}\n- open: a.more\n  keep_empty: {keep}\n"
            "  do:\n    - capture: {x: h1}"
        )
        assert run(text, ROWS).values == ([{"shop": "Shop"}] if keep == "true" else [])

    def test_group_and_branch_are_no_scopes(self):
        text = """
- group: ul
  do:
    - capture: {first: li}
    - branch: "true"
      do:
        - capture: {second: "li:nth-child(2)"}
- capture: {shop: h1}
"""
        assert run(text, ROWS).values == [{"first": "a", "second": "b", "shop": "Shop"}]

    def test_rows_of_a_named_record_type_leave_their_parent_its_own_record(self):
        text = """
commands:
  - capture: {shop: h1}
  - list: li
    record: row
    do:
      - capture: {x: {xpath: .}}
output:
  records:
    row: {}
"""
        ran = run(text, ROWS)
        assert [(r.type, dict(r)) for r in ran.records] == [
            ("row", {"shop": "Shop", "x": "a"}),
            ("row", {"shop": "Shop", "x": "b"}),
            ("row", {"shop": "Shop", "x": "c"}),
            ("", {"shop": "Shop"}),
        ]

    def test_an_export_takes_the_place_of_the_rule(self):
        text = """
- list: li
  do:
    - capture: {x: {xpath: .}}
    - branch: record.x != "b"
      do:
        - export:
"""
        assert run(text, ROWS).values == each("a", "c")

    def test_what_is_captured_after_an_export_does_not_change_its_record(self):
        text = "- capture: {x: h1}\n- export:\n- capture: {y: li}\n- export:"
        assert run(text, ROWS).values == [{"x": "Shop"}, {"x": "Shop", "y": "a"}]

    def test_an_export_names_the_type_of_its_record(self):
        text = (
            "commands:\n  - capture: {x: h1}\n  - export: special\n"
            "output:\n  records:\n    special: {}\n"
        )
        assert [(r.type, dict(r)) for r in run(text, ROWS).records] == [("special", {"x": "Shop"})]

    def test_rows_do_not_see_what_their_siblings_captured(self):
        text = """
- list: li
  do:
    - branch: page.number == 1 and row.n is not defined
      do:
        - capture: {x: {xpath: .}}
    - branch: record.x == "b"
      do:
        - capture: {only_b: {value: yes}}
"""
        assert run(text, ROWS).values == [{"x": "a"}, {"x": "b", "only_b": "yes"}, {"x": "c"}]

    def test_a_list_without_a_capture_leaves_its_parent_a_record(self):
        text = "- capture: {x: h1}\n- list: li\n  do:\n    - group:\n      do: []"
        assert run(text, ROWS).values == [{"x": "Shop"}]

    def test_lists_nest_and_every_level_is_joined(self):
        html = "<div><b>A</b><i>1</i><i>2</i></div><div><b>B</b><i>3</i></div><div><b>C</b></div>"
        text = """
- list: div
  do:
    - capture: {group: b}
    - list: i
      do:
        - capture: {item: {xpath: .}}
"""
        assert run(text, html).values == [
            {"group": "A", "item": "1"},
            {"group": "A", "item": "2"},
            {"group": "B", "item": "3"},
        ]

    def test_json_items_are_scopes_too(self):
        text = """
- list: {jmespath: items}
  do:
    - capture: {x: {jmespath: name}}
"""
        assert run(text, '{"items": [{"name": "a"}, {"name": "b"}]}').values == each("a", "b")


class TestForEach:
    def test_each_row_is_a_scope_with_its_row(self):
        text = """
- for_each: [{q: tea}, {q: milk}]
  do:
    - capture: {x: {value: "{{ row.q }}"}}
"""
        assert run(text, ROWS).values == each("tea", "milk")

    def test_rows_come_from_an_input(self):
        text = """
inputs:
  words: {type: array}
commands:
  - for_each: {input: words}
    limit: 2
    do:
      - capture: {x: {value: "{{ row.q }}"}}
"""
        rows = [{"q": "a"}, {"q": "b"}, {"q": "c"}]
        assert run(text, ROWS, inputs={"words": rows}).values == each("a", "b")

    def test_needs_no_start_page(self):
        text = """
start: null
commands:
  - for_each: [{q: 1}, {q: 2}]
    do:
      - open: http://site/{{ row.q }}
        do:
          - capture: {x: h1, q: {value: "{{ row.q }}"}}
"""
        ran = run(text, {"1": "<h1>one</h1>", "2": "<h1>two</h1>"})
        assert ran.values == [{"x": "one", "q": "1"}, {"x": "two", "q": "2"}]

    def test_rows_may_be_plain_values(self):
        text = """
inputs:
  words: {type: array}
commands:
  - for_each: {input: words}
    do:
      - capture: {x: {value: "{{ row }}"}}
"""
        assert run(text, ROWS, inputs={"words": ["tea", 3]}).values == each("tea", "3")


class TestOpen:
    PAGES = {
        "": "<h1>Shop</h1><a href=1>1</a><a href=2>2</a><a href=3>3</a>",
        **{str(n): f"<h1>{n}</h1>" for n in (1, 2, 3)},
    }

    @pytest.mark.parametrize(
        ("more", "expected"),
        [("", ["1", "2", "3"]), ("first: true", ["1"]), ("limit: 2", ["1", "2"])],
    )
    def test_follows_links(self, more, expected):
        text = f"- open: a\n  {more}\n  do:\n    - capture: {{x: h1}}"
        assert run(text, self.PAGES).values == each(*expected)

    def test_carries_the_record_but_not_what_is_captured_later(self):
        text = """
- capture: {shop: h1}
- open: a
  first: true
  do:
    - capture: {x: h1}
- capture: {late: h1}
"""
        ran = run(text, self.PAGES)
        assert ran.values == [{"shop": "Shop", "x": "1"}]
        assert ran.visits[0].record == {"shop": "Shop"}

    def test_a_link_that_is_no_link_is_a_warning(self):
        ran = run("- open: h1\n  do:\n    - capture: {x: h1}", self.PAGES)
        assert ran.visits == []
        assert ("warning", "commands[0].open", SITE, "matched, but it is no link") in ran.events

    @pytest.mark.parametrize("link", ["javascript:x()", "mailto:a@b", "#top", "file:///etc/passwd"])
    def test_leads_to_web_pages_only(self, link):
        ran = run("- open: a\n  do:\n    - capture: {x: h1}", f'<a href="{link}">x</a>')
        assert ran.visits == []

    def test_an_element_without_href_leads_to_the_first_link_in_it(self):
        ran = run("- open: li\n  do:\n    - capture: {x: h1}", "<li><b></b><a href=/1>x</a></li>")
        assert [visit.url for visit in ran.visits] == [SITE + "1"]

    def test_an_address_that_is_no_web_address_fails(self):
        text = '- open: {url: "{{ record.u }}://x/"}\n  do:\n    - capture: {x: h1}'
        ran = run(f"- capture: {{u: {{value: file}}}}\n{text}", ROWS)
        assert ran.visits == []
        assert ran.events == [("error", "commands[1].open", SITE, 'not a web address: "file://x/"')]

    def test_method_headers_and_body_are_rendered(self):
        text = """
commands:
  - capture: {q: h1}
  - open: http://site/search
    method: POST
    headers: {X-Token: "{{ secret.TOKEN }}"}
    json: {q: "{{ record.q }}", n: [1, "{{ input.n }}"]}
    do:
      - capture: {x: h1}
inputs:
  n: {type: integer}
"""
        ran = run(text, ROWS, inputs={"n": 7}, secrets={"TOKEN": "abc"})
        visit = ran.visits[0]
        assert (visit.method, visit.body) == ("POST", b'{"q":"Shop","n":[1,7]}')
        assert visit.headers == {"X-Token": "abc", "Content-Type": "application/json"}


class TestBranch:
    TEXT = """
- list: li
  do:
    - capture: {x: {xpath: .}}
    - branch: record.x == "a"
      do:
        - capture: {kind: {value: first}}
      elif:
        - if: record.x == "b"
          do:
            - capture: {kind: {value: second}}
      else:
        - capture: {kind: {value: other}}
"""

    def test_takes_the_first_case_that_holds(self):
        kinds = [record["kind"] for record in run(self.TEXT, ROWS).values]
        assert kinds == ["first", "second", "other"]

    @pytest.mark.parametrize(("test", "holds"), [("exists", True), ("missing", False)])
    def test_by_selector(self, test, holds):
        text = f"- branch: {{{test}: h1}}\n  do:\n    - capture: {{x: h1}}"
        assert bool(run(text, ROWS).values) is holds

    def test_a_selector_is_relative_to_the_scope(self):
        html = "<div><b>A</b></div><div><i>B</i></div>"
        text = "- list: div\n  do:\n    - branch: {exists: i}\n      do:\n        - capture: {x: i}"
        assert run(text, html).values == each("B")

    def test_a_condition_that_fails_is_an_error_and_takes_no_case(self):
        text = """
- capture: {x: h1}
- branch: record.x / 2 > 1
  do:
    - capture: {y: h1}
  else:
    - capture: {z: h1}
"""
        ran = run(text, ROWS)
        assert ran.values == each("Shop")
        assert [event[:2] for event in ran.events] == [("error", "commands[1].branch")]


class TestGroup:
    def test_narrows_the_scope_for_what_is_in_it_only(self):
        text = "- group: ul\n  do:\n    - capture: {x: li}\n- capture: {y: h1}"
        assert run(text, ROWS).values == [{"x": "a", "y": "Shop"}]

    def test_an_area_that_is_not_there_gives_nothing(self):
        text = "- group: .none\n  do:\n    - capture: {x: {css: h1, optional: true}}"
        ran = run(text, ROWS)
        assert ran.values == each(None)
        assert ran.events == [
            ("warning", "commands[0].group", SITE, "matched nothing on its first page")
        ]


class TestExit:
    def test_leaves_the_nearest_list(self):
        text = """
- list: li
  do:
    - capture: {x: {xpath: .}}
    - export:
    - exit:
      if: record.x == "b"
"""
        assert run(text, ROWS).values == each("a", "b")

    def test_the_row_that_leaves_makes_no_record_of_its_own(self):
        text = """
- list: li
  do:
    - capture: {x: {xpath: .}}
    - exit:
      if: record.x == "b"
"""
        assert run(text, ROWS).values == each("a")

    def test_leaves_a_container_by_name(self):
        html = "<div><i>1</i><i>stop</i></div><div><i>2</i></div>"
        text = """
- list: div
  name: outer
  do:
    - list: i
      do:
        - capture: {x: {xpath: .}}
        - exit: outer
          if: record.x == "stop"
- capture: {after: div}
"""
        assert run(text, html).values == each("1")

    def test_leaves_an_inner_list_and_goes_on_in_the_outer(self):
        html = "<div><i>1</i><i>stop</i><i>no</i></div><div><i>2</i></div>"
        text = """
- list: div
  do:
    - list: i
      do:
        - capture: {x: {xpath: .}}
        - exit:
          if: record.x == "stop"
"""
        assert run(text, html).values == each("1", "2")

    def test_leaves_a_group(self):
        text = """
- group: ul
  name: area
  do:
    - capture: {x: li}
    - exit: area
    - capture: {y: li}
- capture: {z: h1}
"""
        assert run(text, ROWS).values == [{"x": "a", "z": "Shop"}]

    def test_run_ends_the_run_without_a_failure(self):
        text = "- list: li\n  do:\n    - capture: {x: {xpath: .}}\n    - export:\n    - exit: run"
        ran = run(text, ROWS)
        assert ran.values == each("a")
        assert ran.ended is not None
        assert ran.ended.failure is None

    def test_by_selector(self):
        html = "<li>a</li><li>b<hr></li><li>c</li>"
        text = """
- list: li
  do:
    - exit:
      if: {exists: hr}
    - capture: {x: {xpath: .}}
"""
        assert run(text, html).values == each("a")


class TestErrors:
    def test_a_required_field_that_is_absent_flaws_the_record(self):
        ran = run("- capture: {x: h1, y: .none}", ROWS)
        assert ran.values == each("Shop")
        assert ran.records[0].flaws == [
            {"path": "$.y", "message": "not found", "command": "commands[0].capture.y"}
        ]

    def test_the_flaws_of_a_parent_are_those_of_its_rows(self):
        text = "- capture: {y: .none}\n- list: li\n  do:\n    - capture: {x: {xpath: .}}"
        ran = run(text, ROWS)
        assert [len(record.flaws) for record in ran.records] == [1, 1, 1]

    def test_flaws_go_along_to_other_pages(self):
        text = "- capture: {y: .none}\n- open: a\n  do:\n    - capture: {x: h1}"
        ran = run(text, {"": "<a href=1>1</a>", "1": "<h1>1</h1>"})
        assert [flaw["path"] for flaw in ran.records[0].flaws] == ["$.y"]

    def test_a_conversion_that_fails_gives_no_value(self):
        ran = run("- capture: {x: {css: h1, as: price}}", ROWS)
        assert ran.values == [{}]
        assert ran.records[0].flaws[0]["message"] == '"Shop" is not a price'

    @pytest.mark.parametrize("reason", ["skip", "keep", "stop"])
    def test_on_error_of_a_capture(self, reason):
        text = f"""
- list: li
  do:
    - capture: {{x: {{xpath: .}}}}
    - capture: {{n: {{regex: "[ac]"}}}}
      on_error: {reason}
"""
        ran = run(text, ROWS)
        expected = {
            "skip": [{"x": "a", "n": "a"}, {"x": "c", "n": "c"}],
            "keep": [{"x": "a", "n": "a"}, {"x": "b"}, {"x": "c", "n": "c"}],
            "stop": [{"x": "a", "n": "a"}],
        }
        assert ran.values == expected[reason]
        assert not any(record.flaws for record in ran.records)
        failure = ran.ended and ran.ended.failure
        assert failure == ("commands[0].do[1].capture.n: not found" if reason == "stop" else None)

    @pytest.mark.parametrize("reason", ["skip", "keep", "stop"])
    def test_on_error_of_a_template_that_fails(self, reason):
        text = f"""
- list: li
  do:
    - capture: {{x: {{xpath: .}}}}
    - open: "http://site/{{{{ record.x }}}}{{{{ row.none }}}}"
      on_error: {reason}
      do:
        - group:
"""
        ran = run(text, ROWS)
        assert ran.values == {"skip": [], "keep": each("a", "b", "c"), "stop": []}[reason]
        assert (ran.ended is not None) is (reason == "stop")
        assert ran.events[0][:2] == ("error", "commands[0].do[1].open")

    def test_a_page_of_another_kind_is_an_error_of_the_command_that_reads_it(self):
        ran = run("- list: {jmespath: items}\n  do:\n    - capture: {x: {jmespath: a}}", ROWS)
        assert ran.events[0][:2] == ("error", "commands[0].list")

    @pytest.mark.parametrize(
        "source",
        ["{jmespath: 'sort(a)'}", "{jmespath: 'a.b.length(@)'}"],
    )
    def test_a_jmespath_function_that_fails_flaws_the_record(self, source):
        ran = run(f"- capture: {{x: {source}, y: {{jmespath: b}}}}", '{"a": 1, "b": 2}')
        assert ran.values == [{"y": 2}]
        assert [flaw["path"] for flaw in ran.records[0].flaws] == ["$.x"]

    def test_a_jmespath_function_that_fails_in_a_list_is_an_error_of_the_list(self):
        text = "- list: {jmespath: 'sort(a)'}\n  do:\n    - capture: {x: {jmespath: '@'}}"
        ran = run(text, '{"a": 1}')
        assert [event[:2] for event in ran.events] == [("error", "commands[0].list")]

    def test_the_pages_after_the_first_have_errors_of_their_own(self):
        text = """
- paginate: {cursor: next}
  do:
    - list: {jmespath: items}
      do:
        - capture: {x: {jmespath: '@'}}
"""
        pages = {"": '{"items": [1], "next": "2"}', "2": "<h1>Sorry</h1>"}
        ran = run(text, pages)
        assert ran.values == each(1)
        assert {event[1] for event in ran.events if event[0] == "error"} == {
            "commands[0].paginate",
            "commands[0].paginate.do[0].list".replace("paginate.do", "do"),
        }


class TestLookup:
    TEXT = """
- capture: {shop: h1}
- lookup: http://site/price
  {more}
  do:
    - capture: {{price: {{css: b, as: price}}}}
- capture: {{last: li}}
""".replace("{shop", "{{shop").replace("h1}", "h1}}")

    def test_joins_the_record_where_it_stands(self):
        ran = run(self.TEXT.format(more=""), {"": ROWS, "price": "<b>£5</b>"})
        assert ran.values == [{"shop": "Shop", "price": 5.0, "last": "a"}]
        assert list(ran.records[0]) == ["shop", "price", "last"]

    def test_one_that_fails_leaves_its_fields_missing(self):
        ran = run(self.TEXT.format(more=""), {"": ROWS})
        assert ran.values == [{"shop": "Shop", "last": "a"}]
        assert [flaw["path"] for flaw in ran.records[0].flaws] == ["$.price"]
        assert ("error", "commands[1].lookup", SITE, "HTTP 404") in ran.events

    @pytest.mark.parametrize("reason", ["keep", "skip", "stop"])
    def test_on_error(self, reason):
        ran = run(self.TEXT.format(more=f"on_error: {reason}"), {"": ROWS})
        assert ran.values == ([{"shop": "Shop", "last": "a"}] if reason == "keep" else [])
        assert not any(record.flaws for record in ran.records)
        assert (ran.ended is not None) is (reason == "stop")

    def test_on_error_stop_in_a_list_ends_the_run(self):
        text = """
- list: li
  do:
    - capture: {x: {xpath: .}}
    - lookup: http://site/{{ record.x }}
      on_error: stop
      do:
        - capture: {y: h1}
"""
        ran = run(text, {"": ROWS, "a": "<h1>A</h1>"})
        assert ran.ended is not None
        assert ran.ended.failure == "commands[0].do[1].lookup: HTTP 404"

    def test_lookups_nest(self):
        text = """
- lookup: a
  do:
    - capture: {x: h1}
    - lookup: a
      do:
        - capture: {y: h1}
- capture: {z: h1}
"""
        pages = {
            "": "<h1>0</h1><a href=1>1</a>",
            "1": "<h1>1</h1><a href=2>2</a>",
            "2": "<h1>2</h1>",
        }
        assert run(text, pages).values == [{"x": "1", "y": "2", "z": "0"}]

    def test_a_link_that_is_not_there_leaves_the_fields_missing(self):
        text = "- lookup: a.none\n  do:\n    - capture: {x: {css: h1, optional: true}}"
        assert run(text, ROWS).values == each(None)


class TestHealth:
    def test_counts_what_ran_matched_missed_and_which_fallback(self):
        text = """
- list: [.none, li]
  do:
    - capture: {x: {xpath: .}, n: [{css: b}, {regex: "[ab]"}, {value: z}]}
"""
        ran = run(text, ROWS)
        assert ran.health["commands[0].list"][:4] == [1, 3, 0, 1]
        assert ran.health["commands[0].do[0].capture.x"][:4] == [3, 3, 0, 0]
        assert ran.health["commands[0].do[0].capture.n"][:4] == [3, 3, 0, 3]


class TestTransforms:
    HTML = "<h1>T</h1><div class=m><i class=ad>AD</i>one</div>"
    AFTER = "- capture: {ad: {css: .ad, optional: true}}"

    @pytest.mark.parametrize(
        ("around", "left"), [("group: null", None), ("branch: 'true'", None), ("group: .m", "AD")]
    )
    def test_a_transform_holds_to_the_end_of_its_scope(self, around, left):
        text = f"- capture: {{t: h1}}\n- {around}\n  do:\n    - transform: {{remove: .ad}}\n{self.AFTER}"
        assert run(text, self.HTML).values == [{"t": "T", "ad": left}]

    def test_where_one_change_fails_none_is_made(self):
        ran = run(f"- transform: [{{remove: .ad}}, {{parse_json: .none}}]\n{self.AFTER}", self.HTML)
        assert ran.values == [{"ad": "AD"}]
        assert [event[3] for event in ran.events] == ["there is nothing to parse"]


@pytest.mark.parametrize("around", ["group: {jmespath: data}", "branch: 'true'", "group: null"])
def test_numbered_pages_end_where_a_list_inside_finds_nothing(around):
    path = "items" if "data" in around else "data.items"
    text = (
        f'- paginate: {{url: "?p={{{{ page.number }}}}"}}\n  do:\n    - {around}\n      do:\n'
        f"        - list: {{jmespath: {path}}}\n          do:\n            - capture: {{v: {{jmespath: '@'}}}}"
    )
    pages = {"": '{"data": {"items": [1]}}', "?p=2": '{"data": {"items": []}}'}
    ran = run(text, pages)
    assert ran.values == [{"v": 1}]
    assert [visit.url for visit in ran.visits] == [f"{SITE}?p=2"]


def test_a_cursor_in_the_body_leaves_the_address_as_it_is():
    text = (
        "- paginate: {cursor: next, method: POST, json: {after: '{{ page.cursor }}'}}\n"
        "  max_pages: 2\n  do:\n    - list: {jmespath: items}\n"
        "      do:\n        - capture: {v: {jmespath: '@'}}"
    )
    (visit,) = run(text, '{"items": [1], "next": "A"}').visits[:1]
    assert (visit.url, visit.method, visit.body) == (SITE, "POST", b'{"after":"A"}')


@pytest.mark.parametrize(("optional", "failures"), [("false", 1), ("true", 0)])
def test_a_window_of_a_saved_page_fails_unless_it_is_optional(optional, failures):
    ran = run(
        f"""
browser: true
commands:
  - click: a
    optional: {optional}
    do:
      - capture: {{inside: {{css: h2, optional: true}}}}
  - capture: {{title: h1}}
""",
        "<h1>Shop</h1><a href=/more target=_blank>More</a>",
    )
    assert ran.values == [{"title": "Shop"}]
    needs_live = [event for event in ran.events if "this needs a live page" in str(event)]
    assert len(needs_live) == failures

"""The way of a record: validated, told from duplicates, stored."""

from __future__ import annotations

import json

import pytest

from sequentum_scrapy.crawl.plain import to_json
from tests.sites import Site

ROWS = (
    "<li data-id=1><b>Tea</b><i>£2.50</i><u class=t>a</u></li>"
    "<li data-id=2><b>Milk</b><i>ask us</i></li>"
    "<li data-id=3><i>£4</i><u class=t>b</u><u class=t></u></li>"
    "<li data-id=1><b>Tea again</b><i>£9</i></li>"
    "<li data-id=5><b>Bread</b><i>£1000</i></li>"
)  # fmt: skip
TEXT = """
start: SITE/
commands:
  - list: li
    do:
      - capture:
          id: {xpath: ./@data-id, as: integer}
          name: b
          price: {css: i, as: price}
          tags: {list: .t, fields: {text: {xpath: ., optional: true}}, optional: true}
output:
  key: [id]
  on_invalid: {on_invalid}
  schema:
    type: object
    required: [id, name]
    properties:
      id: {type: integer}
      name: {type: string}
      price: {type: number, maximum: 100}
      tags: {type: array, items: {properties: {text: {type: string}}}}
"""


def text(on_invalid="keep", success=""):
    return TEXT.replace("{on_invalid}", on_invalid) + success


@pytest.fixture
def site():
    with Site({"/": ROWS}) as served:
        yield served


class TestInvalidRecords:
    def test_are_kept_with_reasons_that_say_where(self, either_project, site):
        result = either_project.ok(text(), site)
        capture = "commands[0].do[0].capture"
        assert [record["id"] for record in result.records] == [1]
        assert [(record["id"], reasons) for record, reasons in result.invalid] == [
            (
                2,
                [
                    {
                        "path": "$.price",
                        "message": '"ask us" is not a price',
                        "command": f"{capture}.price",
                    }
                ],
            ),
            (
                3,
                [
                    {"path": "$.name", "message": "not found", "command": f"{capture}.name"},
                    {"path": "$.tags[1].text", "message": 'null is not of type "string"'},
                ],
            ),
            (5, [{"path": "$.price", "message": "1000.0 is greater than the maximum of 100"}]),
        ]
        counters = result.counters
        assert (counters["records"], counters["invalid"], counters["duplicates"]) == (1, 3, 1)

    def test_their_reasons_are_events(self, project, site):
        result = project.ok(text(), site)
        capture = "commands[0].do[0].capture"
        assert sorted((e.level, e.address, e.what) for e in result.events) == [
            ("warning", f"{capture}.name", "not found"),
            ("warning", f"{capture}.price", '"ask us" is not a price'),
            ("warning", "output.price", "invalid"),
            ("warning", "output.tags[].text", "invalid"),
        ]

    def test_may_be_dropped(self, project, site):
        result = project.ok(text("drop"), site)
        assert len(result.records) == 1
        assert result.invalid == []
        assert result.counters["invalid"] == 3

    def test_may_fail_the_run(self, either_project, site):
        result = either_project.ok(text("fail"), site)
        assert result.status == "FAILURE"
        assert result.message == 'an invalid record: $.price: "ask us" is not a price'
        assert len(result.invalid) >= 1

    def test_never_come_into_a_feed(self, either_project, site):
        feeds = {
            str(either_project.folder / "out.jsonl"): {"format": "jsonlines"},
            str(either_project.folder / "out.csv"): {"format": "csv"},
        }
        either_project.ok(text(), site, settings={"FEEDS": feeds})
        rows = [
            json.loads(line)
            for line in (either_project.folder / "out.jsonl").read_text().splitlines()
        ]
        assert rows == [{"id": 1, "name": "Tea", "price": 2.5, "tags": [{"text": "a"}]}]
        csv = (either_project.folder / "out.csv").read_text().splitlines()
        assert csv[0] == "id,name,price,tags"
        assert len(csv) == 2

    def test_of_a_type_of_their_own_are_judged_by_its_schema(self, project):
        agent = """
start: SITE/
commands:
  - capture: {name: b}
  - list: li
    record: row
    do:
      - capture: {id: {xpath: ./@data-id}}
output:
  schema: {required: [name]}
  records:
    row:
      key: [id]
      schema: {properties: {id: {enum: ["1", "2"]}}}
"""
        with Site({"/": ROWS}) as site:
            result = project.ok(agent, site)
        assert list(zip(result.types, result.values("name"), strict=True)) == [
            ("row", "Tea"), ("row", "Tea"), ("", "Tea"),
        ]  # fmt: skip
        assert [record["id"] for record, _ in result.invalid] == ["3", "5"]
        assert result.counters["duplicates"] == 1


class TestDuplicates:
    def crawl(self, project, key, rows):
        html = "".join(f"<li><b>{a}</b><i>{b}</i></li>" for a, b in rows)
        agent = f"""
start: SITE/
commands:
  - list: li
    do:
      - capture: {{a: {{css: b, optional: true}}, b: {{css: i, optional: true}}}}
output: {{key: {key}}}
"""
        with Site({"/": html}) as site:
            result = project.ok(agent, site)
        return [(r["a"], r["b"]) for r in result.records], result.counters["duplicates"]

    def test_all_fields_of_a_key_count(self, project):
        rows = [("x", "1"), ("x", "2"), ("x", "1"), ("y", "1")]
        assert self.crawl(project, "[a, b]", rows) == ([("x", "1"), ("x", "2"), ("y", "1")], 1)

    def test_the_first_is_kept(self, project):
        assert self.crawl(project, "[a]", [("x", "1"), ("x", "2")]) == ([("x", "1")], 1)

    def test_records_without_the_key_are_no_duplicates_of_each_other(self, project):
        rows = [("", "1"), ("", "2")]
        assert self.crawl(project, "[a]", rows) == ([(None, "1"), (None, "2")], 0)

    def test_without_a_key_there_are_none(self, project):
        assert len(self.crawl(project, "[]", [("x", "1"), ("x", "1")])[0]) == 2


class TestSuccess:
    @pytest.mark.parametrize(
        ("criteria", "status", "message"),
        [
            ("{min_records: 1}", "SUCCESS", ""),
            ("{min_records: 2}", "FAILURE", "min_records: 1 of at least 2"),
            ("{max_records: 0}", "FAILURE", "max_records: 1 of at most 0"),
            ("{max_invalid: 3}", "SUCCESS", ""),
            ("{max_invalid: 2}", "FAILURE", "max_invalid: 3 of 4 records, at most 2"),
            ("{max_invalid: 75%}", "SUCCESS", ""),
            ("{max_invalid: 74%}", "FAILURE", "max_invalid: 3 of 4 records, at most 74%"),
            ("{max_errors: 0}", "SUCCESS", ""),
            (
                "{min_records: 9, max_invalid: 0}",
                "FAILURE",
                "min_records: 1 of at least 9; max_invalid: 3 of 4 records, at most 0",
            ),
        ],
    )
    def test_criteria_decide(self, project, site, criteria, status, message):
        result = project.ok(text(success=f"  success: {criteria}\n"), site)
        assert (result.status, result.message) == (status, message)

    def test_errors_count(self, project):
        agent = """
start: SITE/
commands:
  - capture: {x: b}
  - open: a
    on_error: keep
    do:
      - capture: {y: b}
output: {success: {max_errors: 0}}
"""
        with Site({"/": "<b>1</b><a href=/gone>x</a>"}) as site:
            result = project.crawl(agent, site)
        assert (result.status, result.message) == ("FAILURE", "max_errors: 1 of at most 0")


class TestPipelinesOfTheProject:
    def settings(self, project, order, **more):
        return {
            "ITEM_PIPELINES": {"tests.crawl.components.WritePipeline": order},
            "TEST_ITEMS": str(project.folder / "items"),
            **more,
        }

    def items(self, project):
        path = project.folder / "items"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def test_see_valid_records_as_plain_dicts(self, project, site):
        project.ok(text(), site, project=self.settings(project, 300))
        record = {"id": 1, "name": "Tea", "price": 2.5, "tags": [{"text": "a"}]}
        assert self.items(project) == [[True, record]]

    def test_before_ours_see_every_record(self, project, site):
        project.ok(text(), site, project=self.settings(project, 50))
        assert len(self.items(project)) == 5

    def test_what_they_drop_is_not_stored(self, project, site):
        result = project.crawl(text(), site, project=self.settings(project, 300, TEST_DROP="Tea"))
        assert result.records == []
        assert result.counters["records"] == 0

    def test_what_they_change_is_stored(self, project, site):
        own = {"ITEM_PIPELINES": {"tests.crawl.components.AddFieldPipeline": 300}}
        assert project.ok(text(), site, project=own).records[0]["added"] == "by the project"

    def test_where_one_breaks_the_record_is_lost_but_not_in_silence(self, project, site):
        result = project.crawl(text(), site, project=self.settings(project, 300, TEST_BREAK="Tea"))
        event = result.event("exception RuntimeError")
        assert (event.level, event.detail) == ("error", "a pipeline of the project is broken")
        assert result.counters["errors"] == 1


class TestPlainJson:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"a": 1, "b": [1.5, None, True, "é"]}, '{"a":1,"b":[1.5,null,true,"é"]}'),
            ({1: "x"}, '{"1":"x"}'),
            ([10**30], f"[{10**30}]"),
            ({"a": {1}, "b": (1, 2), "c": b"x"}, '{"a":[1],"b":[1,2],"c":"x"}'),
            (["\ud800"], '["?"]'),
        ],
    )
    def test_every_value_becomes_json(self, value, expected):
        assert to_json(value).decode().replace(", ", ",").replace(": ", ":") == expected

    def test_keys_may_be_sorted(self):
        assert to_json({"b": 1, "a": 10**30}, sort_keys=True).index(b"a") == 2

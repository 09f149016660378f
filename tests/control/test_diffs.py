from __future__ import annotations

import pytest

from sequentum_scrapy.control.diffs import changes, text_diff

OLD = """\
name: books
start: https://books.example/
commands:
  - paginate: li.next a
    do:
      - list: article
        do:
          - capture:
              price: {css: .price, as: price}
              stock: .stock
          - open: h3 a
            do:
              - capture: {title: h1}
output:
  success: {min_records: 10}
"""


def told(new):
    return [(c.kind, c.address, c.old, c.new) for c in changes(OLD.encode(), new.encode())]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "css: .price,",
            "css: .cost,",
            [
                (
                    "changed",
                    "commands[0].do[0].do[0].capture.price.css",
                    ".price",
                    ".cost",
                )
            ],
        ),
        (
            "              stock: .stock\n",
            "              stock: .stock\n              sku: .sku\n",
            [("added", "commands[0].do[0].do[0].capture.sku", None, ".sku")],
        ),
        (
            "              stock: .stock\n",
            "",
            [("removed", "commands[0].do[0].do[0].capture.stock", ".stock", None)],
        ),
        ("min_records: 10", "min_records: 20", [("changed", "output.success.min_records", 10, 20)]),
        (
            "- paginate: li.next a",
            "- paginate: a.more",
            [("changed", "commands[0].paginate", "li.next a", "a.more")],
        ),
        ("name: books\n", "name: books # a comment\n\n", []),
        (
            "commands:\n",
            'commands:\n  - open: "/extra"\n    do:\n      - capture: {x: h1}\n',
            [
                (
                    "added",
                    "commands[0].open",
                    None,
                    {"open": "/extra", "do": [{"capture": {"x": "h1"}}]},
                )
            ],
        ),
        (
            "          - open: h3 a\n            do:\n              - capture: {title: h1}\n",
            "",
            [
                (
                    "removed",
                    "commands[0].do[0].do[1].open",
                    {"open": "h3 a", "do": [{"capture": {"title": "h1"}}]},
                    None,
                )
            ],
        ),
        (
            "min_records: 10",
            "min_records: 10.0",
            [("changed", "output.success.min_records", 10, 10.0)],
        ),
    ],
)
def test_a_change_is_told_where_it_is(before, after, expected):
    assert before in OLD
    assert told(OLD.replace(before, after)) == expected


def test_a_command_that_is_put_first_changes_none_of_the_others():
    new = OLD.replace("          - open: h3 a", "          - open: .author\n          - open: h3 a")
    assert [(kind, where) for kind, where, *_ in told(new)] == [
        ("added", "commands[0].do[0].do[1].open")
    ]


def test_a_selector_and_its_neighbour_changed_together_are_told_apart():
    new = OLD.replace("list: article", "list: .product").replace("open: h3 a", "open: h2 a")
    assert [(kind, where, a, b) for kind, where, a, b in told(new)] == [
        ("changed", "commands[0].do[0].list", "article", ".product"),
        ("changed", "commands[0].do[0].do[1].open", "h3 a", "h2 a"),
    ]


def test_json_and_yaml_of_the_same_definition_are_the_same():
    yaml, json = b"name: x\ncommands: []\n", b'{"name": "x", "commands": []}'
    assert changes(yaml, json) == []


def test_the_texts_line_by_line():
    lines = list(text_diff(b"a\nb\n", b"a\nc\n", ("x@1", "x@2")))
    assert lines == ["--- x@1", "+++ x@2", "@@ -1,2 +1,2 @@", " a", "-b", "+c"]

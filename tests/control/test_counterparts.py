"""The same command in two definitions."""

from __future__ import annotations

import pytest

from sequentum_scrapy.control.counterparts import Counterpart, Counterparts

OLD = """\
name: books
start: https://books.example/
commands:
  - paginate: li.next a
    do:
      - list: article
        do:
          - capture: {price: .price, stock: .stock}
          - branch: {exists: .x}
            do:
              - list: .a
                do:
                  - capture: {a: h1}
            elif:
              - if: {exists: .y}
                do:
                  - list: .b
                    do:
                      - capture: {b: h1}
"""
ROWS = "commands[0].do[0].do[0]"


def of(wanted, before="", after=""):
    assert before in OLD
    return Counterparts(OLD.encode(), OLD.replace(before, after).encode()).of(wanted)


@pytest.mark.parametrize("wanted", ["start", "output.price", "commands[0].paginate", f"{ROWS}.x"])
def test_the_same_definition_has_the_same_commands(wanted):
    assert of(wanted) == Counterpart(wanted)


def test_a_command_that_is_put_first_moves_the_others_and_is_none_of_them():
    put = (
        "    do:\n      - list: article",
        "    do:\n      - list: .x\n        do:\n          - capture: {y: h1}\n      - list: article",
    )
    assert of("commands[0].paginate", *put) == Counterpart("commands[0].paginate")
    assert of("commands[0].do[0].list", *put) is None
    assert of("commands[0].do[0].do[0].capture.y", *put) is None
    assert of("commands[0].do[1].list", *put) == Counterpart("commands[0].do[0].list")
    inner = "do[1].elif[0].do[0].do[0].capture.b"
    assert of(f"commands[0].do[1].{inner}", *put) == Counterpart(f"commands[0].do[0].{inner}")
    assert of("start", *put) == Counterpart("start")


def test_what_does_something_else_is_changed_with_all_in_it():
    other = ("list: article", "list: .item")
    assert not of("commands[0].paginate", *other).changed
    assert of("commands[0].do[0].list", *other) == Counterpart(
        "commands[0].do[0].list", changed=True
    )
    assert of(f"{ROWS}.capture.price", *other).changed


def test_a_field_is_changed_by_itself():
    other = ("price: .price,", "price: .cost, extra: .e,")
    assert of(f"{ROWS}.capture.price", *other).changed
    assert not of(f"{ROWS}.capture.stock", *other).changed
    assert not of("commands[0].do[0].do[1].branch", *other).changed


def test_a_name_and_a_note_change_nothing():
    assert not of(
        "commands[0].do[0].list", "list: article", "list: article\n        note: x"
    ).changed

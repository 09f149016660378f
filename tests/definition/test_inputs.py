"""Inputs of a run: what was given, checked all at once against what the Agent declares."""

from __future__ import annotations

import pytest

from sequentum_scrapy.definition import parse_definition
from sequentum_scrapy.definition.inputs import MASK, InputError, masked_inputs, resolve_inputs

AGENT = parse_definition(
    """
name: a
start: http://site/
inputs:
  q: {type: string, description: what to look for}
  pages: {type: integer, default: 3, minimum: 1}
  tags: {type: array, items: {type: string}, default: []}
  exact: {type: [boolean, "null"], default: null}
  password: {type: string, format: password, default: ""}
commands: [{capture: {t: h1}}]
""",
    "a.yaml",
).agent


def test_what_is_given_and_defaults_for_the_rest():
    assert resolve_inputs(AGENT, {"q": "tea"}) == {
        "q": "tea",
        "pages": 3,
        "tags": [],
        "exact": None,
        "password": "",
    }


def test_texts_of_a_command_line_are_read_as_the_declared_type():
    given = {"q": "7", "pages": "5", "tags": '["a"]', "exact": "true"}
    inputs = resolve_inputs(AGENT, given)
    assert (inputs["q"], inputs["pages"], inputs["tags"], inputs["exact"]) == ("7", 5, ["a"], True)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        resolve_inputs(AGENT, {"pges": 1, "pages": "many", "tags": "[1]"})
    assert caught.value.problems == [
        'unknown input "pges" (did you mean "pages"?)',
        'input "q" is missing (what to look for)',
        "input \"pages\": 'many' is not of type 'integer'",
        "input \"tags\": 1 is not of type 'string'",
    ]


def test_a_bound_holds_for_given_values():
    with pytest.raises(InputError, match="0 is less than the minimum of 1"):
        resolve_inputs(AGENT, {"q": "tea", "pages": 0})


def test_secret_inputs_are_masked_where_they_are_kept():
    inputs = resolve_inputs(AGENT, {"q": "tea", "password": "hunter2"})
    kept = masked_inputs(AGENT, inputs)
    assert kept["password"] == MASK
    assert kept["q"] == "tea"
    assert inputs["password"] == "hunter2"

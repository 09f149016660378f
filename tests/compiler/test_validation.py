"""jsonschema-rs decides on records as jsonschema does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sequentum_scrapy.compiler import RecordValidator
from sequentum_scrapy.compiler.validation import json_path

TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
NAMES = st.sampled_from(["a", "b", "c"])
KINDS = st.sampled_from(TYPES)
CONSTANTS = st.sampled_from([None, True, False, 0, 1, 1.0, "", "a", [], [0], {}, {"a": 1}])
LENGTHS = st.integers(0, 3)
NUMBERS = {
    "minimum": st.integers(-2, 2),
    "maximum": st.floats(-2, 2),
    "multipleOf": st.sampled_from([1, 2, 0.5]),
}
TEXTS = {
    "minLength": LENGTHS,
    "maxLength": LENGTHS,
    "pattern": st.sampled_from(["^a", "b$", "[ab]+", r"\d"]),
}
KINDS = st.sampled_from(TYPES)
CONSTANTS = st.sampled_from([None, True, False, 0, 1, 1.0, "", "a", [], [0], {}, {"a": 1}])
LENGTHS = st.integers(0, 3)
NUMBERS = {
    "minimum": st.integers(-2, 2),
    "maximum": st.floats(-2, 2),
    "multipleOf": st.sampled_from([1, 2, 0.5]),
}
TEXTS = {
    "minLength": LENGTHS,
    "maxLength": LENGTHS,
    "pattern": st.sampled_from(["^a", "b$", "[ab]+", r"\d"]),
}
simple = st.one_of(
    st.fixed_dictionaries({"type": KINDS | st.lists(KINDS, min_size=1, max_size=3, unique=True)}),
    st.fixed_dictionaries({"enum": st.lists(CONSTANTS, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"const": CONSTANTS}),
    st.fixed_dictionaries({}, optional=NUMBERS),
    st.fixed_dictionaries({}, optional=TEXTS),
)
schemas = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(NAMES, inner, max_size=3),
                "required": st.lists(NAMES, max_size=2, unique=True),
                "additionalProperties": st.booleans() | inner,
                "minProperties": st.integers(0, 2),
            },
        ),
        st.fixed_dictionaries(
            {},
            optional={
                "items": inner,
                "minItems": st.integers(0, 2),
                "uniqueItems": st.booleans(),
                "contains": inner,
            },
        ),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"if": inner, "then": inner, "else": inner}),
    ),
    max_leaves=6,
)
values = st.recursive(
    st.sampled_from([None, True, False, 0, 1, -1, 1.0, 1.5, "", "a", "ab", "é", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
records = st.dictionaries(NAMES, values, max_size=3)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(schemas, records)
def test_the_verdict_and_the_places_are_those_of_jsonschema(schema, record):
    ours, theirs = RecordValidator(schema), Draft202012Validator(schema)
    assert ours.is_valid(record) == theirs.is_valid(record)
    places = {json_path(list(error.absolute_path)) for error in theirs.iter_errors(record)}
    assert {reason["path"] for reason in ours.reasons(record)} == places


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("uri", "https://site/a?b#c", "not an address"),
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-01-01T10:00:00Z", "2024-01-01 10:00"),
        ("email", "a@b.example", "a.b"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8"),
    ],
)
def test_formats_are_checked(name, good, bad):
    validator = RecordValidator({"properties": {"a": {"type": "string", "format": name}}})
    assert validator.is_valid({"a": good})
    assert [reason["path"] for reason in validator.reasons({"a": bad})] == ["$.a"]


def test_a_schema_that_refers_elsewhere_is_refused_without_a_request():
    with pytest.raises(ValueError, match="example"):
        RecordValidator({"$ref": "https://schemas.example/x.json"})


def test_the_path_of_a_place():
    assert json_path([]) == "$"
    assert json_path(["reviews", 2, "author"]) == "$.reviews[2].author"


@pytest.mark.parametrize("deep", ["\ud83d", [[[]]]])
def test_a_value_that_the_validator_cannot_go_through_makes_its_record_invalid(deep):
    for _ in range(400 if isinstance(deep, list) else 0):
        deep = [deep]
    found = RecordValidator({"properties": {"a": {"type": "integer"}}}).reasons({"a": deep})
    assert [reason["path"] for reason in found] == ["$"]
    assert found[0]["message"].startswith("invalid: ")

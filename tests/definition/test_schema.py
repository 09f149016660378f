"""The language's JSON Schema says what the reader accepts."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from sequentum_scrapy.definition import DefinitionError, parse_definition
from sequentum_scrapy.definition.reading import parse_document
from sequentum_scrapy.definition.schema import DIALECT, language_schema

from .test_reading import FILES

SCHEMA = language_schema()


def test_it_is_a_json_schema_of_draft_2020_12():
    assert SCHEMA["$schema"] == DIALECT
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_accepts_every_agent_of_the_project(path):
    tree = parse_document(path.read_bytes(), path.name).tree
    assert list(Draft202012Validator(SCHEMA).iter_errors(tree)) == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "name: a",
        "name: a b\ncommands: [{capture: {t: h1}}]",
        "name: a\ncommands: []",
        "name: a\ncommands: [{list: a, limt: 1}]",
        "name: a\ncommands: [{list: a, limit: 0}]",
        "name: a\ncommands: [{capture: {t: {css: h1, as: prize}}}]",
        "name: a\ncommands: [{capture: {t: 5}}]",
        "name: a\ncommands: [{open: a, method: FETCH}]",
        "name: a\ncommands: [{capture: {t: h1}}]\nsettings: {robots: maybe}",
        "name: a\ncommands: [{capture: {t: h1}}]\noutput: {on_invalid: ignore}",
        "name: a\ncommands: [{capture: {t: h1}}]\nlanguage: one",
    ],
)
def test_it_refuses_what_the_reader_refuses(text):
    with pytest.raises(DefinitionError):
        parse_definition(text, "a.yaml")
    assert not Draft202012Validator(SCHEMA).is_valid(parse_document(text, "a.yaml").tree)


def test_an_editor_can_explain_every_property_of_every_command():
    silent = [
        f"{kind}.{name}"
        for kind, model in SCHEMA["$defs"].items()
        for name, schema in model.get("properties", {}).items()
        if not (schema.get("description") or "$ref" in schema)
    ]
    assert silent == []

"""The language's own JSON Schema, made from the models."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .agent import LANGUAGE, Agent
from .docstrings import docstrings, models

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Schema(GenerateJsonSchema):
    """As pydantic's, but a text that is both a selector and an address is no contradiction."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        return {"anyOf" if key == "oneOf" else key: value for key, value in made.items()}


def language_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an Agent file, for editors to complete and check by."""
    schema = Agent.model_json_schema(by_alias=True, mode="validation", schema_generator=_Schema)
    _describe(schema)
    return {"$schema": DIALECT, **schema, "title": f"Sequentum Agent, language {LANGUAGE}"}


def _describe(schema: dict[str, Any]) -> None:
    """Give properties their docstrings as descriptions, where their types have none of their own."""
    kinds = {kind.__name__: kind for kind in models()}
    made = {**schema.get("$defs", {}), Agent.__name__: schema}
    for name, definition in made.items():
        kind = kinds.get(name)
        if kind is None:
            continue
        texts = docstrings(kind)
        for own, field in kind.model_fields.items():
            place = definition.get("properties", {}).get(field.alias or own)
            if place is not None and own in texts:
                place.setdefault("description", inspect.cleandoc(texts[own]))

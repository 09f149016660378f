"""The language's own JSON Schema, made from the models."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .agent import LANGUAGE, Agent

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Schema(GenerateJsonSchema):
    """As pydantic's, but a text that is both a selector and an address is no contradiction."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        return {"anyOf" if key == "oneOf" else key: value for key, value in made.items()}


def language_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an Agent file, for editors to complete and check by."""
    schema = Agent.model_json_schema(by_alias=True, mode="validation", schema_generator=_Schema)
    return {"$schema": DIALECT, **schema, "title": f"Sequentum Agent, language {LANGUAGE}"}

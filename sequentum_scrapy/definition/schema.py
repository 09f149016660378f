"""The language's own JSON Schema, made from the models."""

from __future__ import annotations

from typing import Any

from .agent import LANGUAGE, Agent

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def language_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an Agent file, for editors to complete and check by."""
    schema = Agent.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": DIALECT, **schema, "title": f"Sequentum Agent, language {LANGUAGE}"}

"""The output of an Agent: the shape of its records, and when a run counts as a success."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import AfterValidator, Field, model_validator
from typing_extensions import Self

from .base import Model, custom_error

_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)%$")


def _json_schema(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = f" at {error.json_path}" if error.path else ""
        raise custom_error(f"not a valid JSON Schema{where}: {error.message}") from None
    except RecursionError:
        raise custom_error("not a valid JSON Schema: nested too deeply") from None
    for reference in _references(schema):
        if not reference.startswith("#"):
            raise custom_error(
                f'"$ref": "{reference}" leads out of the schema', "define it under $defs"
            )
    return schema


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [ref for value in schema.values() for ref in _references(value)]
    if isinstance(schema, list):
        return [ref for value in schema for ref in _references(value)]
    return []


def _share(value: int | str) -> int | str:
    if isinstance(value, str) and (not (found := _PERCENT.match(value)) or float(found[1]) > 100):
        raise custom_error(f'"{value}" is not a share', "a whole number, or a percentage as 1%")
    if isinstance(value, int) and value < 0:
        raise custom_error("a count is not negative")
    return value


JsonSchema = Annotated[
    dict[str, Any],
    AfterValidator(_json_schema),
    Field(description="A JSON Schema (draft 2020-12) that every record must match."),
]
Share = Annotated[
    int | str, AfterValidator(_share), Field(description="A count, or a percentage as 1%.")
]


def _percentage(value: str) -> str:
    found = _PERCENT.match(value)
    if not found or float(found[1]) > 100:
        raise custom_error(f'"{value}" is no percentage', "as 95%")
    return value


Percentage = Annotated[str, AfterValidator(_percentage), Field(description="A percentage as 95%.")]


def fraction(percentage: str) -> float:
    """Return a percentage as a number from 0 to 1."""
    return float(percentage.rstrip("%")) / 100


def share_exceeded(share: int | str, count: int, total: int) -> bool:
    """Tell whether ``count`` of ``total`` is over a count or percentage."""
    if isinstance(share, int):
        return count > share
    return count > total * fraction(share)


class RecordType(Model):
    """A type of record."""

    key: list[str] = Field(default=[])
    """The fields that tell records apart: a second one with the same values is a duplicate."""
    schema_: JsonSchema | None = Field(default=None, alias="schema")
    """The JSON Schema of a record."""


class Success(Model):
    """When a run that ended is a success; with none of these it is just completed."""

    min_records: int | None = Field(default=None, ge=0)
    """At least this many valid records."""
    max_records: int | None = Field(default=None, ge=0)
    """At most this many valid records."""
    max_invalid: Share | None = None
    """At most this many invalid records, as a count or share of all records."""
    max_errors: int | None = Field(default=None, ge=0)
    """At most this many errors."""
    max_blocked: Share | None = None
    """At most this many answers that refuse the crawl (settings.block, HTTP 403 and 429), of all requests."""
    required_coverage: dict[str, Percentage] = {}
    """The share of the records in which a field has a value, at least: price as 95%; without records, none."""
    max_drop: Percentage | None = None
    """How far the number of valid records may fall under the median of the last five good runs."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        low, high = self.min_records, self.max_records
        if low is not None and high is not None and low > high:
            raise custom_error("min_records is over max_records")
        return self


class Output(RecordType):
    """What comes out of a run."""

    records: dict[str, RecordType] = {}
    """Further types of record, by name."""
    on_invalid: Literal["drop", "keep", "fail"] = "keep"
    """An invalid record is dropped, kept (marked, with its reasons), or fails the run."""
    success: Success | None = None
    """When a run counts as a success."""

    def of_type(self, record_type: str) -> RecordType:
        """Return the schema and key of a type; the empty name is the Agent's main type."""
        return self if not record_type else self.records.get(record_type, RecordType())

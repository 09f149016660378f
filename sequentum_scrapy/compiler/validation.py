"""The output schema, compiled: whether a record is valid, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

Reason = dict[str, str]


class RecordValidator:
    """Decides on records of one type by its JSON Schema (draft 2020-12, formats included)."""

    __slots__ = ("_validator", "is_valid")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        # offline: a "$ref" to an address would be a request, made by a definition of someone else.
        self._validator = jsonschema_rs.Draft202012Validator(
            dict(schema), validate_formats=True, offline=True
        )
        self.is_valid = self._validator.is_valid

    def reasons(self, record: Mapping[str, Any]) -> list[Reason]:
        """Return why a record is invalid, each reason with its JSON path; empty for a valid one."""
        try:
            return [
                {"path": json_path(error.instance_path), "message": error.message}
                for error in self._validator.iter_errors(record)
            ]
        except ValueError as error:
            # A lone surrogate, or more levels than the validator goes down to.
            return [] if self.is_valid(record) else [{"path": "$", "message": f"invalid: {error}"}]


def json_path(parts: list[str | int]) -> str:
    """Return the JSON path of a place in a record: ``$.reviews[2].author``."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)

"""Files of rows: where they lie and how they are written."""

from __future__ import annotations

import codecs
from pathlib import PurePosixPath
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import Self

from .base import Model, custom_error
from .selectors import JmespathText
from .templates import Template, is_template

RowFormat = Literal["csv", "jsonl", "json", "txt", "xlsx", "parquet"]
_BY_ENDING: dict[str, RowFormat] = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".jl": "jsonl",
    ".json": "json", ".txt": "txt", ".xlsx": "xlsx", ".parquet": "parquet",
}  # fmt: skip
_ONLY: dict[str, tuple[RowFormat, ...]] = {
    "delimiter": ("csv",),
    "columns": ("csv",),
    "encoding": ("csv", "jsonl", "json", "txt"),
    "sheet": ("xlsx",),
    "items": ("json",),
}


def is_inside(name: str) -> bool:
    """Tell whether the path of a file leads to the folder of the definition, or below."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name[:2])


def _inside(name: str) -> str:
    if not is_template(name) and not is_inside(name):
        raise custom_error(
            f'"{name}" leads out of the folder', "a file lies beside the definition, or below"
        )
    return name


def known_encoding(name: str) -> str:
    """Check the name of an encoding, for a validator."""
    try:
        # Not every codec is one of texts, and some cannot do without what is broken.
        b"\xff".decode(codecs.lookup(name).name, "replace")
    except (LookupError, ValueError):
        raise custom_error(f'unknown encoding "{name}"', "as utf-8, latin-1, cp1252") from None
    return name


FilePath = Annotated[Template, Field(min_length=1), AfterValidator(_inside)]
"""The path of a file beside the definition, or below; a template."""


class RowFile(Model):
    """Rows from a file beside the definition: CSV, JSON, JSON lines, text, Excel or Parquet.

    The rows of a text file are its lines, each under the name text.
    """

    file: FilePath
    """Its path; a template."""
    format: RowFormat | None = None
    """How it is written, where its ending does not tell."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """What is between the values of a CSV file: a comma (in .tsv a tab) if absent."""
    columns: Annotated[list[str], Field(min_length=1)] | None = None
    """The names of the columns of a CSV file without a header."""
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = None
    """The encoding of a text file: UTF-8 if absent."""
    sheet: str | None = Field(default=None, min_length=1)
    """The sheet of an Excel file: the first if absent."""
    items: JmespathText | None = None
    """Where a JSON file holds the list of rows: it is one itself if absent."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.format is None and is_template(self.file):
            return self
        kind = self.format or row_format(self.file)
        if kind is None:
            known = ", ".join(get_args(RowFormat))
            raise custom_error(
                f'the ending of "{self.file}" does not tell its format', f"format: one of {known}"
            )
        for name, kinds in _ONLY.items():
            if getattr(self, name) is not None and kind not in kinds:
                raise custom_error(f"{name} does not go with {kind}")
        return self


def row_format(name: str) -> RowFormat | None:
    """Return the format that the ending of a file's name tells."""
    return _BY_ENDING.get(PurePosixPath(name).suffix.lower())

"""A page of CSV as rows."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from .errors import PageError

_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 8192


def csv_rows(text: str) -> list[dict[str, Any]]:
    """Return the rows of CSV with a header; what is between the values is found out.

    Raises PageError where it is no CSV.
    """
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    try:
        delimiter = csv.Sniffer().sniff(text[:_SAMPLE_CHARS], _DELIMITERS).delimiter
    except csv.Error:
        # A single column, or too little to tell by.
        delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, restkey="")
        return [{name: value for name, value in row.items() if name} for row in rows]
    except csv.Error as error:
        raise PageError(f"the page is not valid CSV: {error}") from None

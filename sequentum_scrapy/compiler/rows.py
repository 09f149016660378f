"""Rows of files, one at a time: however large a file is, it is never held whole (but for JSON)."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import orjson

from sequentum_scrapy.definition.errors import AgentError
from sequentum_scrapy.definition.row_files import RowFile, RowFormat, row_format
from sequentum_scrapy.definition.selectors import compile_jmespath

from .errors import ValueFailure

Rows = Iterator[dict[str, Any]]
_EXTRA = 'pip install "sequentum-scrapy[tables]"'
_LIBRARIES: Mapping[RowFormat, str] = {"xlsx": "openpyxl", "parquet": "pyarrow"}
_BATCH = 1000


def format_of(file: RowFile, name: str) -> RowFormat:
    """Return how a file is written. Raises ValueFailure where nothing tells."""
    kind = file.format or row_format(name)
    if kind is None:
        raise ValueFailure(f'the ending of "{name}" does not tell its format')
    return kind


def check_libraries(kind: RowFormat) -> None:
    """Raise AgentError where a format needs a library that is not installed."""
    library = _LIBRARIES.get(kind)
    if library is not None and find_spec(library) is None:
        raise AgentError(f"{kind} files need {library}: {_EXTRA}")


def read_rows(file: RowFile, path: Path) -> Rows:
    """Yield the rows of a file as plain JSON. Raises ValueFailure, with the line, where it is broken."""
    kind = format_of(file, path.name)
    check_libraries(kind)
    try:
        yield from _READERS[kind](file, path)
    except OSError as error:
        raise ValueFailure(
            f"{path.name} cannot be read: {(error.strerror or str(error)).lower()}"
        ) from None


def _csv(file: RowFile, path: Path) -> Rows:
    delimiter = file.delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    with path.open(encoding=file.encoding or "utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        names = file.columns
        try:
            for values in reader:
                if not values:
                    continue
                if names is None:
                    names = _header(values, path)
                    continue
                if len(values) > len(names):
                    raise ValueFailure(
                        f"{path.name}:{reader.line_num}: {len(values)} values for {len(names)} columns"
                    )
                yield dict.fromkeys(names) | dict(zip(names, values, strict=False))
        except csv.Error as error:
            raise ValueFailure(f"{path.name}:{reader.line_num}: {error}") from None
        except UnicodeDecodeError as error:
            raise _undecodable(path, reader.line_num + 1, error) from None


def _header(values: Iterable[Any], path: Path) -> list[str]:
    names = ["" if value is None else str(value).strip() for value in values]
    while names and not names[-1]:
        names.pop()
    twice = next((name for name in names if names.count(name) > 1), None)
    if not names or twice is not None:
        what = "no names of columns" if not names else f'two columns are named "{twice}"'
        raise ValueFailure(f"{path.name}:1: {what}")
    return names


def _undecodable(path: Path, line: int, error: UnicodeDecodeError) -> ValueFailure:
    return ValueFailure(f"{path.name}:{line}: not {error.encoding}: say encoding:")


def _jsonl(file: RowFile, path: Path) -> Rows:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text:
                continue
            try:
                if file.encoding:
                    text = text.decode(file.encoding).encode()
                row = orjson.loads(text)
            except UnicodeDecodeError as error:
                raise _undecodable(path, number, error) from None
            except orjson.JSONDecodeError as error:
                raise ValueFailure(f"{path.name}:{number}: not JSON: {error}") from None
            yield _mapping(row, f"{path.name}:{number}")


def _txt(file: RowFile, path: Path) -> Rows:
    number = 0
    with path.open(encoding=file.encoding or "utf-8-sig") as lines:
        try:
            for number, line in enumerate(lines, 1):  # noqa: B007 - the error tells it
                if line.strip():
                    yield {"text": line.strip()}
        except UnicodeDecodeError as error:
            raise _undecodable(path, number + 1, error) from None


def _json(file: RowFile, path: Path) -> Rows:
    try:
        data = path.read_bytes()
        document = orjson.loads(data.decode(file.encoding).encode() if file.encoding else data)
    except UnicodeDecodeError as error:
        raise _undecodable(path, 1, error) from None
    except orjson.JSONDecodeError as error:
        raise ValueFailure(f"{path.name}:{error.lineno}: not JSON: {error}") from None
    rows = compile_jmespath(file.items).search(document) if file.items else document
    if not isinstance(rows, list):
        raise ValueFailure(
            f"{path.name}: not a list of rows" + ("" if file.items else ": say items:")
        )
    for number, row in enumerate(rows):
        yield _mapping(row, f"{path.name}: item {number}")


def _mapping(row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise ValueFailure(f"{where}: a row is a mapping of names to values")
    return row


def _xlsx(file: RowFile, path: Path) -> Rows:
    from openpyxl import load_workbook  # noqa: PLC0415 - an extra
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        raise ValueFailure(f"{path.name} is no Excel file: {error}") from None
    try:
        if file.sheet is not None and file.sheet not in book.sheetnames:
            raise ValueFailure(
                f'{path.name} has no sheet "{file.sheet}" (it has: {", ".join(book.sheetnames)})'
            )
        sheet = book[file.sheet] if file.sheet is not None else book.worksheets[0]
        rows = sheet.iter_rows(values_only=True)
        names = _header(next(rows, ()), path)
        for values in rows:
            if any(value is not None for value in values):
                yield {name: _plain(value) for name, value in zip(names, values, strict=False)}
    finally:
        book.close()


def _parquet(_file: RowFile, path: Path) -> Rows:
    from pyarrow import ArrowException  # noqa: PLC0415 - an extra
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415

    try:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    yield {name: _plain(value) for name, value in row.items()}
    except ArrowException as error:
        raise ValueFailure(f"{path.name} is no Parquet file: {error}") from None


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: dates as ISO texts, what is no number as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    for kind, plain in _FORMS:
        if isinstance(value, kind):
            return plain(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value)


_FORMS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    ((datetime, date, time), lambda value: value.isoformat()),
    (Decimal, float),
    (bytes, lambda value: value.decode("utf-8", "replace")),
)
_READERS: Mapping[RowFormat, Callable[[RowFile, Path], Rows]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "json": _json,
    "txt": _txt,
    "xlsx": _xlsx,
    "parquet": _parquet,
}

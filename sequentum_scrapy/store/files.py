"""The files of Runs: a table of what lies in the folder of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from .bulk import insert_rows, replace_on
from .errors import StoreError
from .tables import run_files
from .times import UtcDateTime, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from .store import Store

FileKind = Literal["log", "page", "screenshot", "download", "export", "trace"]
_COLUMNS = ("run_id", "path", "kind", "size", "url", "address", "created")
_NEW = replace_on(("run_id", "path"), _COLUMNS)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a Run: its path inside the folder of the Run, what it is, and where it came from."""

    path: str
    kind: FileKind
    size: int
    url: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class FileRow(NewFile):
    """A file as it is kept."""

    created: datetime | None = None


def write_files(connection: Connection, run_id: int, files: Iterable[NewFile]) -> None:
    """Enter files of a Run; one with the same path takes the place of the other. Raises StoreError."""
    convert = UtcDateTime().bind_processor(connection.dialect) or (lambda value: value)
    now = convert(utc_now())
    rows = [
        (run_id, _inside(file.path), file.kind, file.size, file.url, file.address, now)
        for file in files
    ]
    insert_rows(connection, run_files, _COLUMNS, rows, _NEW)


def add_file(store: Store, run_id: int, file: NewFile) -> None:
    """Enter a file of a Run. Raises StoreError."""
    with store.writing() as connection:
        write_files(connection, run_id, [file])


def list_files(store: Store, run_id: int) -> list[FileRow]:
    """Return the files of a Run by path."""
    columns = (run_files.c[name] for name in _COLUMNS[1:])
    query = select(*columns).where(run_files.c.run_id == run_id).order_by(run_files.c.path)
    with store.reading() as connection:
        return [FileRow(*row) for row in connection.execute(query)]


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path:
        raise StoreError(f'"{path}" is not inside the folder of the Run')
    return path

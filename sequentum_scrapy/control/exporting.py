"""Files of records: written from the store with Scrapy's exporters, and kept among the files of their Run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from scrapy import Field
from scrapy.exporters import CsvItemExporter
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from sequentum_scrapy.crawl.project import run_folder
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import NewFile, Store, add_file, iter_records

from . import runs

FORMATS = {
    ".jsonl": "jsonlines",
    ".jl": "jsonlines",
    ".json": "json",
    ".csv": "csv",
    ".xml": "xml",
}
"""Scrapy's names of formats, by the ending of a file."""
EXPORTS = "exports"
"""Where they are kept in the folder of a Run."""


class CsvExporter(CsvItemExporter):
    """Scrapy's, with JSON in a cell that is no text or number, as ``sequentum records`` has it."""

    def serialize_field(self, field: Mapping[str, Any] | Field, name: str, value: Any) -> Any:
        return super().serialize_field(field, name, runs.cell(value))


EXPORTERS = {"csv": CsvExporter}
"""As Scrapy's FEED_EXPORTERS."""


def export(store: Store, run_id: int, paths: Iterable[Path]) -> None:
    """Write all valid records of a Run to files, each in the format that its ending tells. Raises AgentError."""
    exporters = {**Settings().getwithbase("FEED_EXPORTERS"), **EXPORTERS}
    for path in paths:
        kind = FORMATS[path.suffix.lower()]
        more: dict[str, Any] = {}
        if kind == "csv":
            more["fields_to_export"] = runs.columns(store, runs.get(store, run_id))
        with _anew(path) as file:
            exporter = load_object(exporters[kind])(file, encoding="utf-8", **more)
            exporter.start_exporting()
            for row in iter_records(store, run_id):
                exporter.export_item(orjson.loads(row.data))
            exporter.finish_exporting()


@contextmanager
def _anew(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of another once it is whole.

    A process that lost its Run may still have the old one open, and write to that. Raises AgentError.
    """
    target = path.resolve()
    # A pipe or a device is written to as it is.
    own = target.with_name(f".{target.name}.{os.getpid()}")
    own = target if target.exists() and not target.is_file() else own
    try:
        with own.open("wb") as file:
            yield file
        if own != target:
            own.replace(target)
    except OSError as error:
        raise AgentError(f"{path} cannot be written: {_reason(error)}") from None
    finally:
        if own != target:
            with suppress(OSError):
                own.unlink(missing_ok=True)


def make_way(paths: Iterable[Path]) -> None:
    """Take away what would be written over and is kept by an earlier Run: that is to stay as it was.

    Raises AgentError.
    """
    for path in paths:
        try:
            if path.is_file() and not path.is_symlink() and path.stat().st_nlink > 1:
                path.unlink()
        except OSError as error:
            raise AgentError(f"{path} cannot be written: {_reason(error)}") from None


def keep(store: Store, run_id: int, paths: Iterable[Path]) -> None:
    """Keep files of records among those of their Run, so that what it gave out can be looked up later.

    Each is the same file under a second name, which takes no room, and a copy where that cannot be. Raises
    AgentError.
    """
    folder = run_folder(run_id)
    taken: set[str] = set()
    for path in paths:
        if not path.is_file():
            # A pipe or a device: what went through it is gone.
            continue
        name = path.name
        while name.casefold() in taken:
            name = f"{path.stem}-{len(taken) + 1}{path.suffix}"
        taken.add(name.casefold())
        own = folder / EXPORTS / name
        try:
            own.parent.mkdir(parents=True, exist_ok=True)
            own.unlink(missing_ok=True)
            _link(path.resolve(), own)
        except OSError as error:
            raise AgentError(f"{own} cannot be written: {_reason(error)}") from None
        add_file(store, run_id, NewFile(f"{EXPORTS}/{name}", "export", own.stat().st_size))


def _link(path: Path, own: Path) -> None:
    try:
        os.link(path, own)
    except OSError:
        # Another disk, or a file system without such.
        shutil.copyfile(path, own)


def _reason(error: OSError) -> str:
    return (error.strerror or "").lower()

"""Files of records, written from the store with Scrapy's exporters."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from sequentum_scrapy.store import Store, iter_records

from . import runs

FORMATS = {
    ".jsonl": "jsonlines",
    ".jl": "jsonlines",
    ".json": "json",
    ".csv": "csv",
    ".xml": "xml",
}
"""Scrapy's names of formats, by the ending of a file."""


def export(store: Store, run_id: int, paths: Iterable[Path]) -> None:
    """Write all valid records of a Run to files, each in the format that its ending tells."""
    exporters = Settings().getwithbase("FEED_EXPORTERS")
    for path in paths:
        kind = FORMATS[path.suffix.lower()]
        more: dict[str, Any] = {}
        if kind == "csv":
            more["fields_to_export"] = runs.columns(store, runs.get(store, run_id))
        with path.open("wb") as file:
            exporter = load_object(exporters[kind])(file, encoding="utf-8", **more)
            exporter.start_exporting()
            for row in iter_records(store, run_id):
                exporter.export_item(orjson.loads(row.data))
            exporter.finish_exporting()

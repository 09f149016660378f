"""Runs as they are kept: looking them up, and reading their records."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import orjson

from sequentum_scrapy.crawl.project import run_folder
from sequentum_scrapy.definition import AgentError, DefinitionError, parse_definition
from sequentum_scrapy.definition.words import did_you_mean
from sequentum_scrapy.store import (
    FileRow,
    RecordRow,
    RunRow,
    Status,
    Store,
    find_agent,
    get_definition,
    get_run,
    iter_records,
    list_files,
    list_runs,
    reap_dead_runs,
)

_AGE = re.compile(r"(\d{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
REASONS = "_reasons"
"""The field under which an invalid record carries why it is one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which Runs are asked for; ``since`` and ``until`` are dates, times or ages as 7d, 12h and 30m."""

    agent: str | None = None
    status: str | None = None
    since: str | None = None
    until: str | None = None
    before: int | None = None
    limit: int = 20


def newest(store: Store, space: str, wanted: Wanted) -> list[RunRow]:
    """Return the Runs of a Space that are asked for, newest first. Raises AgentError."""
    reap_dead_runs(store)
    choice: dict[str, Any] = {
        "status": _status(wanted.status),
        "since": _time(wanted.since),
        "until": _time(wanted.until),
        "before_id": wanted.before,
        "limit": wanted.limit,
    }
    if wanted.agent is None:
        return list_runs(store, space=space, **choice)
    agent = find_agent(store, wanted.agent, space=space)
    if agent is not None:
        # Also those from before it was renamed.
        return list_runs(store, agent_id=agent.agent_id, **choice)
    return list_runs(store, space=space, agent_name=wanted.agent, **choice)


def _status(name: str | None) -> Status | None:
    if name is None:
        return None
    try:
        return Status[name.upper()]
    except KeyError:
        known = [status.name.lower() for status in Status]
        raise AgentError(f'no status "{name}" ({did_you_mean(name.lower(), known)})') from None


def _time(text: str | None) -> datetime | None:
    """Return a time in UTC; without a zone it is UTC already."""
    if text is None:
        return None
    age = _AGE.fullmatch(text)
    if age is not None:
        return datetime.now(timezone.utc) - timedelta(**{_UNITS[age[2]]: int(age[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise AgentError(
            f'"{text}" is no date: as 2026-05-31, 2026-05-31T12:00, or 7d, 12h, 30m ago'
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def get(store: Store, run_id: int) -> RunRow:
    """Return a Run. Raises AgentError for none."""
    reap_dead_runs(store)
    row = get_run(store, run_id)
    if row is None:
        raise AgentError(f"there is no Run {run_id}: sequentum runs lists them")
    return row


def check_space(store: Store, run_ids: Iterable[int], space: str) -> None:
    """Raise AgentError where one of these Runs is not there, or in another Space."""
    for run_id in run_ids:
        row = get(store, run_id)
        if row.space != space:
            raise AgentError(f'the Run {run_id} is in the Space "{row.space}", not in "{space}"')


def files(store: Store, run_id: int) -> list[tuple[Path, FileRow]]:
    """Return the files of a Run, each with where it lies. Raises AgentError for no such Run."""
    get(store, run_id)
    return [(run_folder(run_id) / file.path, file) for file in list_files(store, run_id)]


def log_path(row: RunRow) -> Path | None:
    """Return where the log of a Run lies; None where its project sends it elsewhere than into a file."""
    return run_folder(row.run_id) / row.log_file if row.log_file else None


def log_text(store: Store, run_id: int) -> Iterator[str]:
    """Yield the lines of the log of a Run. Raises AgentError where it has none here."""
    row = get(store, run_id)
    path = log_path(row)
    if path is None:
        raise AgentError(f"the Run {run_id} has no log file: it went where its project sends logs")
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from lines
    except OSError as error:
        raise AgentError(f"{path}: {(error.strerror or '').lower()} (on {row.host})") from None


def records(
    store: Store, run_id: int, kind: str, *, invalid: bool = False, record_type: str = ""
) -> Iterator[str]:
    """Yield the records of a Run as text in ``jsonl``, ``json`` or ``csv``, in flat memory."""
    row = get(store, run_id)
    rows = iter_records(store, run_id, valid=not invalid, record_type=record_type)
    if kind == "csv":
        names = columns(store, row, invalid=invalid, record_type=record_type)
        yield from _csv(rows, names)
    elif kind == "json":
        separator = "[\n"
        for record in rows:
            yield separator + _text(record)
            separator = ",\n"
        yield "[]\n" if separator == "[\n" else "\n]\n"
    else:
        for record in rows:
            yield _text(record) + "\n"


def _text(record: RecordRow) -> str:
    if record.valid:
        return record.data.decode()
    return orjson.dumps({**orjson.loads(record.data), REASONS: record.reasons}).decode()


def columns(
    store: Store, run: RunRow, *, invalid: bool = False, record_type: str = ""
) -> list[str]:
    """Return the columns of a Run's records: those of the schema, then others as they come."""
    text = get_definition(store, run.content_hash)
    listed: dict[str, None] = {}
    try:
        output = parse_definition(text).agent.output.of_type(record_type)
    except DefinitionError:
        # Its Scrapy settings may be allowed in another project; the records have their columns.
        pass
    else:
        listed |= dict.fromkeys((output.schema_ or {}).get("properties", {}))
    found: set[str] = set()
    for record in iter_records(store, run.run_id, valid=not invalid, record_type=record_type):
        for name in orjson.loads(record.data):
            if name not in found:
                found.add(name)
                listed.setdefault(name)
    names = [name for name in listed if name in found]
    return [*names, REASONS] if invalid else names


def _csv(rows: Iterator[RecordRow], columns: list[str]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for record in rows:
        values = orjson.loads(record.data)
        if not record.valid:
            values[REASONS] = record.reasons
        writer.writerow([cell(values.get(name)) for name in columns])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def cell(value: object) -> object:
    """Return a value as CSV has it: JSON where it is no text or number."""
    return orjson.dumps(value).decode() if isinstance(value, (dict, list, bool)) else value

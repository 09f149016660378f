"""Runs as they are kept: looking them up, and reading their records."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

import orjson

from sequentum_scrapy.definition import AgentError, DefinitionError, parse_definition
from sequentum_scrapy.store import (
    RecordRow,
    RunRow,
    Store,
    find_agent,
    get_definition,
    get_run,
    iter_records,
    list_runs,
    reap_dead_runs,
)

REASONS = "_reasons"
"""The field under which an invalid record carries why it is one."""


def newest(store: Store, reference: str | None, limit: int) -> list[RunRow]:
    """Return Runs, newest first: of an Agent by name or agentId, or of all."""
    reap_dead_runs(store)
    if reference is None:
        return list_runs(store, limit=limit)
    if reference.isdecimal() and find_agent(store, reference) is None:
        return list_runs(store, agent_id=int(reference), limit=limit)
    return list_runs(store, agent_name=reference, limit=limit)


def get(store: Store, run_id: int) -> RunRow:
    """Return a Run. Raises AgentError for none."""
    reap_dead_runs(store)
    row = get_run(store, run_id)
    if row is None:
        raise AgentError(f"there is no Run {run_id}: sequentum runs lists them")
    return row


def records(
    store: Store, run_id: int, kind: str, *, invalid: bool = False, record_type: str = ""
) -> Iterator[str]:
    """Yield the records of a Run as text in ``jsonl``, ``json`` or ``csv``, in flat memory."""
    row = get(store, run_id)
    rows = iter_records(store, run_id, valid=not invalid, record_type=record_type)
    if kind == "csv":
        columns = _columns(store, row, invalid=invalid, record_type=record_type)
        yield from _csv(rows, columns)
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


def _columns(store: Store, run: RunRow, *, invalid: bool, record_type: str) -> list[str]:
    """Return the columns of a Run's records: those of the schema, then others as they come."""
    text = get_definition(store, run.content_hash)
    columns: dict[str, None] = {}
    try:
        output = parse_definition(text).agent.output.of_type(record_type)
    except DefinitionError:
        # Its Scrapy settings may be allowed in another project; the records have their columns.
        pass
    else:
        columns |= dict.fromkeys((output.schema_ or {}).get("properties", {}))
    found: set[str] = set()
    for record in iter_records(store, run.run_id, valid=not invalid, record_type=record_type):
        for name in orjson.loads(record.data):
            if name not in found:
                found.add(name)
                columns.setdefault(name)
    names = [name for name in columns if name in found]
    return [*names, REASONS] if invalid else names


def _csv(rows: Iterator[RecordRow], columns: list[str]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for record in rows:
        values = orjson.loads(record.data)
        if not record.valid:
            values[REASONS] = record.reasons
        writer.writerow([_cell(values.get(name)) for name in columns])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, (dict, list, bool)) else value

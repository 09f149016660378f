"""Restarting a Run that was killed, stopped or broken off: in place, where it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sequentum_scrapy.crawl.catalog import Chosen, allowed_settings
from sequentum_scrapy.crawl.project import definition_folders
from sequentum_scrapy.crawl.secrecy import find_secrets
from sequentum_scrapy.definition import AgentError, parse_definition
from sequentum_scrapy.definition.inputs import is_secret
from sequentum_scrapy.definition.words import did_you_mean
from sequentum_scrapy.store import RunRow, get_definition, refuse_archived

from . import exporting, runs
from .project import Project
from .running import Order, Watch, check_output, go_on


def restart(project: Project, run_id: int, secrets: Mapping[str, Any], watch: Watch) -> RunRow:
    """Go on with a Run until it ends, and return it as it is then in the store.

    It runs the definition that it began with, with its inputs; ``secrets`` are those that are not kept. Its
    output files are written anew at the end, whole. Raises AgentError for a Run that is running, that came to
    its end, that kept nothing to go on with, whose Agent is archived, or where the folder of an output file is
    gone, and where another process was quicker.
    """
    project.check_addon()
    with project.open_store() as store:
        row = runs.get(store, run_id)
        _check(row)
        refuse_archived(store, row.agent_name, space=row.space, agent_id=row.agent_id)
        text = get_definition(store, row.content_hash)
    chosen = _chosen(project, row, text)
    inputs = _inputs(project, row, chosen, secrets)
    outputs = [Path(output) for output in row.arguments.get("outputs", ())]
    for output in outputs:
        check_output(output)
    order = Order(row.agent_name, inputs=inputs, limit=row.arguments.get("limit"))
    done = go_on(project, order, chosen, watch, claim=(run_id, row.epoch), feeds={})
    if outputs and done.epoch == row.epoch + 1:
        with project.open_store() as store:
            exporting.export(store, run_id, outputs)
            exporting.keep(store, run_id, outputs)
    return done


def _check(row: RunRow) -> None:
    name = f"the Run {row.run_id}"
    if not row.status.final:
        where = f"process {row.pid} on {row.host}"
        raise AgentError(
            f"{name} is {row.status.label} ({where}): to stop it, sequentum stop {row.run_id}"
        )
    if not row.resumable:
        raise AgentError(
            f"{name} has nothing to go on with: it came to its end ({row.status.label}), or was not durable"
        )


def _chosen(project: Project, row: RunRow, text: bytes) -> Chosen:
    name = f"{row.agent_name}@{row.version_number}" if row.version_number else row.agent_name
    path = _file(project, row)
    # A file may run the blocks beside it, a saved version those of the project.
    beside = [path.parent] if path is not None and row.version_number is None else []
    definition = parse_definition(
        text,
        name,
        scrapy_settings=allowed_settings(project.settings),
        folders=[*beside, *definition_folders(project.settings)],
    )
    return Chosen(definition, row.agent_id, row.version_number, path=path)


def _file(project: Project, row: RunRow) -> Path | None:
    """Return the file of a Run's Agent, beside which its blocks and rows lie.

    A job of scrapyd had a copy, which is gone and whose place anyone may have taken: the project's file goes before.
    """
    kept = row.arguments.get("path")
    own = project.definition_files().get(row.agent_name) if row.job_id is not None else None
    return own or (Path(kept) if kept else None)


def _inputs(
    project: Project, row: RunRow, chosen: Chosen, secrets: Mapping[str, Any]
) -> dict[str, Any]:
    declared = chosen.definition.agent.inputs
    hidden = [name for name in row.inputs if name in declared and is_secret(declared[name])]
    for name in secrets:
        if name not in hidden:
            hint = did_you_mean(name, hidden) or "it has none that is secret"
            raise AgentError(f'a restart has the inputs of its Run, "{name}" too ({hint})')
    known = find_secrets(frozenset(hidden), project.settings)
    missing = [name for name in hidden if name not in secrets and name not in known]
    if missing:
        given = " ".join(f"--input {name}=…" for name in missing)
        raise AgentError(f"secret inputs are not kept: give them again: {given}")
    return {name: value for name, value in row.inputs.items() if name not in hidden} | {**secrets}

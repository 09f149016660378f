"""The command run, and how a Run is summed up."""

from __future__ import annotations

from pathlib import Path

import click
from rich.filesize import decimal
from rich.markup import escape

from sequentum_scrapy.control import restarting, running, runs, wire
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.store import ArchivedError, RunRow, StartedBy, Status, worst_events

from .options import (
    console,
    input_option,
    json_option,
    print_json,
    run_space_option,
    settings_option,
    space_option,
)
from .progress import progress, silent

GOOD = (Status.COMPLETED, Status.SUCCESS, Status.SKIPPED)


@click.command("run")
@click.argument("agent")
@input_option
@click.option(
    "--inputs", "inputs_file", type=click.Path(path_type=Path), help="A JSON file of inputs."
)
@click.option(
    "--version", type=click.IntRange(min=1), help="Run this version instead of the active one."
)
@click.option("--draft", is_flag=True, help="Run the file of a published Agent.")
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Write the records to a file (.jsonl, .json, .csv, .xml); repeatable.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop after this many records.")
@click.option(
    "--scheduled",
    is_flag=True,
    help="Started by a schedule, as cron: an archived Agent gives a Skipped Run, and no error.",
)
@space_option
@settings_option
@json_option
@click.pass_context
def run_command(
    ctx: click.Context,
    agent: str,
    *,
    inputs: tuple[tuple[str, str], ...],
    inputs_file: Path | None,
    version: int | None,
    draft: bool,
    outputs: tuple[Path, ...],
    limit: int | None,
    scheduled: bool,
    space: str | None,
    settings: tuple[tuple[str, str], ...],
    as_json: bool,
) -> None:
    """Run an AGENT: a name, an agentId or a definition file.

    Ctrl-C stops it gracefully, a second one at once. The exit code is 0 for Completed or Success,
    1 for Failure or Stopped, 2 for a mistake in the definition, the inputs or the command.

    \b
    sequentum run books --limit 20 -o books.csv
    sequentum run agent_defs/search.yaml --input q=tea
    """
    if version is not None and draft:
        raise click.UsageError("--version and --draft exclude each other")
    project = Project.find(dict(settings), space=space)
    given = {**_read_inputs(inputs_file), **dict(inputs)}
    by: StartedBy = "schedule" if scheduled else "cli"
    order = running.Order(agent, version, draft, given, outputs, limit, by)
    try:
        chosen = running.choose(project, order)
    except ArchivedError as error:
        if not scheduled:
            raise
        _end(ctx, project, running.skip(project, order, error), as_json=as_json)
    if chosen.note:
        click.echo(chosen.note, err=True)
    for warning in chosen.definition.warnings:
        click.echo(str(warning), err=True)
    row = running.run(project, order, chosen, silent if as_json else progress)
    _end(ctx, project, row, as_json=as_json)


@click.command("restart")
@run_space_option("run")
@click.argument("run", type=int)
@input_option
@settings_option
@json_option
@click.pass_context
def restart_command(
    ctx: click.Context,
    run: int,
    *,
    inputs: tuple[tuple[str, str], ...],
    settings: tuple[tuple[str, str], ...],
    as_json: bool,
) -> None:
    """Go on with a RUN that was killed, stopped or broken off, where it was.

    What it has stored stays, and no page of that is fetched again. Inputs that are secrets are not kept: give
    them again, as settings (-s).

    \b
    sequentum restart 41
    """
    project = Project.find(dict(settings))
    row = restarting.restart(project, run, dict(inputs), silent if as_json else progress)
    _end(ctx, project, row, as_json=as_json)


def _end(ctx: click.Context, project: Project, row: RunRow, *, as_json: bool) -> None:
    if as_json:
        print_json(wire.run_words(row))
    else:
        summarize(project, row)
    ctx.exit(0 if row.status in GOOD else 1)


def _read_inputs(path: Path | None) -> dict[str, object]:
    return running.read_inputs(path) if path else {}


def summarize(project: Project, row: RunRow) -> None:
    """Print how a Run went: status, counters, the worst events, where the rest is."""
    out = console()
    colour = "green" if row.status in GOOD else "yellow" if row.status is Status.STOPPED else "red"
    why = f": {escape(row.message)}" if row.message else ""
    out.print(f"[bold {colour}]{row.status.label}[/]{why}")
    counters = row.counters
    in_browser = counters["browserPages"]
    parts = [
        f"{_count(counters['records'], 'record')}, {counters['invalid']:,} invalid",
        f"{_count(counters['duplicates'], 'duplicate')}, {_count(counters['errors'], 'error')}",
        f"{_count(counters['requests'], 'request')}, {_count(counters['pages'], 'page')}"
        + (f" ({in_browser:,} in a browser)" if in_browser else ""),
        # What a browser loads is not counted.
        (f"{decimal(counters['bytes'])} " if counters["bytes"] else "")
        + f"in {row.seconds or 0.0:,.1f} s",
    ]
    out.print(f"Run {row.run_id} of {escape(row.agent_name)}: {'; '.join(parts)}")
    with project.open_store() as store:
        for event in worst_events(store, row.run_id):
            where = f" {event.url}" if event.url else ""
            detail = f" ({event.detail})" if event.detail else ""
            out.print(
                f"  {event.level} {event.count:,} x {escape(f'{event.address}: {event.what}{detail}{where}')}"
            )
    if counters["records"]:
        out.print(f"Records: sequentum records {row.run_id}")
    if counters["invalid"]:
        out.print(f"Invalid: sequentum records {row.run_id} --invalid")
    if row.status in (Status.STOPPED, Status.FAILURE) and row.resumable:
        out.print(f"Go on: sequentum restart {row.run_id}")
    if log := runs.log_path(row):
        out.print(f"Log: {escape(str(log))}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

"""Commands on Runs: runs, run-show, records."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from sequentum_scrapy.control import retention, runs, stopping, wire
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.store import EventRow, FileRow, HealthRow, list_events, list_health

from .options import json_option, print_json, print_table, run_space_option, space_option
from .run import summarize

_WATCH_SECONDS = 2.0


@click.command("runs")
@click.argument("agent", required=False)
@click.option("--status", help="Those that are Failure, Running and so on.")
@click.option("--since", help="Those that began from then on: 2026-05-31, or 7d, 12h, 30m ago.")
@click.option("--until", help="Those that began before then.")
@click.option("--before", type=int, help="Those with a lower runId: the next page.")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=10_000),
    default=20,
    show_default=True,
    help="At most this many.",
)
@space_option
@json_option
def runs_command(*, space: str | None, as_json: bool, **wanted: Any) -> None:
    """List Runs, newest first; of one AGENT (a name or agentId), or of all.

    \b
    sequentum runs books --status failure --since 7d
    """
    project = Project.find(space=space)
    with project.open_store() as store:
        found = runs.newest(store, project.space, runs.Wanted(**wanted))
    if as_json:
        print_json([wire.run_words(row) for row in found])
        return
    rows = [
        [
            str(row.run_id),
            row.agent_name,
            f"v{row.version_number}" if row.version_number else "draft",
            row.status.label,
            f"{row.start:%Y-%m-%d %H:%M:%S}",
            f"{row.counters['records']:,}",
            f"{row.counters['errors']:,}",
            row.message,
        ]
        for row in found
    ]
    print_table(
        ["RUN", "AGENT", "VERSION", "STATUS", "START (UTC)", "RECORDS", "ERRORS", "MESSAGE"], rows
    )


@click.command("run-show")
@run_space_option("run")
@click.argument("run", type=int)
@click.option("--events", is_flag=True, help="All kept events, worst first.")
@click.option("--health", is_flag=True, help="What each command and field did.")
@click.option("--files", is_flag=True, help="Its files: log, saved pages, downloads.")
@click.option("--log", is_flag=True, help="Its log, and nothing else.")
@click.option("--watch", is_flag=True, help="Wait, and show how far it is, until its end.")
@json_option
def run_show_command(
    run: int,
    *,
    events: bool,
    health: bool,
    files: bool,
    log: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Show one RUN, by its runId."""
    project = Project.find()
    if watch:
        _watch(project, run)
    with project.open_store() as store:
        if log:
            for line in runs.log_text(store, run):
                click.echo(line, nl=False)
            return
        row = runs.get(store, run)
        kept_files = runs.files(store, run) if files or as_json else []
        kept = list_events(store, run) if events or as_json else []
        counted = list_health(store, run) if health or as_json else []
    if as_json:
        print_json(
            {
                **wire.run_words(row),
                "events": [wire.event_words(event) for event in kept],
                "health": [wire.health_words(line) for line in counted],
                "files": [wire.file_words(path, file) for path, file in kept_files],
            }
        )
        return
    summarize(project, row)
    if kept:
        _print_events(kept)
    if counted:
        _print_health(counted)
    if kept_files:
        _print_files(kept_files)


def _print_events(kept: Sequence[EventRow]) -> None:
    print_table(
        ["LEVEL", "COUNT", "COMMAND", "WHAT", "DETAIL", "URL"],
        [[e.level, f"{e.count:,}", e.address, e.what, e.detail, e.url] for e in kept],
    )


def _print_health(counted: Sequence[HealthRow]) -> None:
    print_table(
        ["COMMAND", "RAN", "MATCHED", "MISSED", "FALLBACK", "FAILED", "SECONDS"],
        [
            [
                h.address,
                f"{h.ran:,}",
                f"{h.matched:,}",
                f"{h.missed:,}",
                f"{h.fallback:,}",
                f"{h.failed:,}",
                f"{h.seconds:.3f}",
            ]
            for h in counted
        ],
    )


def _print_files(kept: Sequence[tuple[Path, FileRow]]) -> None:
    print_table(
        ["KIND", "BYTES", "COMMAND", "URL", "PATH"],
        [[f.kind, f"{wire.file_words(p, f)['size']:,}", f.address, f.url, str(p)] for p, f in kept],
    )


def _watch(project: Project, run: int) -> None:
    """Show how far a Run has come, until it is at its end."""
    while True:
        with project.open_store() as store:
            row = runs.get(store, run)
        if row.status.final:
            return
        counted = row.counters
        click.echo(
            f"{row.status.label}  {counted['pages']:,} pages  {counted['records']:,} records  "
            f"{counted['errors']:,} errors",
            err=True,
        )
        time.sleep(_WATCH_SECONDS)


@click.command("rm")
@run_space_option("run")
@click.argument("run", type=int, nargs=-1, required=True)
def rm_command(run: tuple[int, ...]) -> None:
    """Remove RUNs that are at their end: records, events, files, all."""
    with Project.find().open_store() as store:
        for run_id in run:
            retention.remove(store, run_id)
            click.echo(f"Run {run_id} is removed")


@click.command("prune")
@click.option("--dry-run", is_flag=True, help="Only say which.")
@click.option("--space", help="Only those of this Space; absent: of all.")
@json_option
def prune_command(*, dry_run: bool, space: str | None, as_json: bool) -> None:
    """Remove the Runs that settings.keep of their Agents does not keep, as 30 runs or 90 days.

    An Agent without it keeps all, unless the project's SEQUENTUM_DEFAULTS has one. The last good Run of
    each Agent stays.
    """
    project = Project.find()
    with project.open_store() as store:
        found = list(retention.doomed(project, store, space=space))
        for run in found if not dry_run else ():
            retention.remove(store, run.run_id)
    if as_json:
        print_json([wire.doomed_words(run) for run in found])
        return
    for run in found:
        click.echo(
            f"Run {run.run_id} of {run.agent_name}, {run.start:%Y-%m-%d}: {run.status.label}"
        )
    click.echo(f"{len(found):,} Runs {'would be' if dry_run else 'are'} removed")


@click.command("stop")
@run_space_option("run")
@click.argument("run", type=int)
@click.option("--kill", is_flag=True, help="End its process at once; what is stored stays.")
def stop_command(run: int, *, kill: bool) -> None:
    """Stop a RUN, by its runId: no new requests; what is under way is finished and stored.

    A stop that has not come to its end within a minute becomes a kill.
    """
    with Project.find().open_store() as store:
        row = stopping.kill(store, run) if kill else stopping.stop(store, run)
    if row.status.final:
        click.echo(f"Run {run} is {row.status.label}")
    else:
        click.echo(
            f"Run {run} is {row.status.label}; it is killed if that takes longer than "
            f"{stopping.STOP_SECONDS:.0f} s"
        )


@click.command("records")
@run_space_option("run")
@click.argument("run", type=int)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["jsonl", "csv", "json"]),
    default="jsonl",
    show_default=True,
)
@click.option("--invalid", is_flag=True, help="Those that were not valid, with their reasons.")
@click.option("--type", "record_type", default="", help="A record type of output.records.")
def records_command(run: int, *, kind: str, invalid: bool, record_type: str) -> None:
    """Print the records of a RUN, by its runId."""
    with Project.find().open_store() as store:
        for line in runs.records(store, run, kind, invalid=invalid, record_type=record_type):
            click.echo(line, nl=False)

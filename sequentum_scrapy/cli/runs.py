"""Commands on Runs: runs, run-show, records."""

from __future__ import annotations

import click

from sequentum_scrapy.control import runs, wire
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.store import list_events, list_health

from .options import json_option, print_json, print_table
from .run import summarize


@click.command("runs")
@click.argument("agent", required=False)
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=10_000),
    default=20,
    show_default=True,
    help="At most this many.",
)
@json_option
def runs_command(agent: str | None, *, limit: int, as_json: bool) -> None:
    """List Runs, newest first; of one AGENT (a name or agentId), or of all."""
    with Project.find().open_store() as store:
        found = runs.newest(store, agent, limit)
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
@click.argument("run", type=int)
@click.option("--events", is_flag=True, help="All kept events, worst first.")
@click.option("--health", is_flag=True, help="What each command and field did.")
@json_option
def run_show_command(run: int, *, events: bool, health: bool, as_json: bool) -> None:
    """Show one RUN, by its runId."""
    project = Project.find()
    with project.open_store() as store:
        row = runs.get(store, run)
        kept = list_events(store, run) if events or as_json else []
        counted = list_health(store, run) if health or as_json else []
    if as_json:
        print_json(
            {
                **wire.run_words(row),
                "events": [wire.event_words(event) for event in kept],
                "health": [wire.health_words(line) for line in counted],
            }
        )
        return
    summarize(project, row)
    if kept:
        print_table(
            ["LEVEL", "COUNT", "COMMAND", "WHAT", "DETAIL", "URL"],
            [[e.level, f"{e.count:,}", e.address, e.what, e.detail, e.url] for e in kept],
        )
    if counted:
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


@click.command("records")
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

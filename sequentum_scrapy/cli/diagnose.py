"""Commands that look into Runs: diagnose and compare."""

from __future__ import annotations

import click
from rich.text import Text

from sequentum_scrapy.control import wire
from sequentum_scrapy.control.compare import Comparison, Line, compare
from sequentum_scrapy.control.diagnosis import Diagnosis, Problem, diagnose
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.store import RunRow

from .options import console, json_option, print_json, print_table, run_space_option

_SHOWN = 10


@click.command("diagnose")
@run_space_option("run")
@click.argument("run", type=int)
@click.option("--all", "everything", is_flag=True, help=f"All problems, not the first {_SHOWN}.")
@json_option
def diagnose_command(run: int, *, everything: bool, as_json: bool) -> None:
    """Say what went wrong in a RUN, in the order it came about, why that may be, and what to do."""
    project = Project.find()
    with project.open_store() as store:
        found = diagnose(project, store, run)
    if as_json:
        print_json(wire.diagnosis_words(found))
    else:
        _show(found, everything=everything)


def _show(found: Diagnosis, *, everything: bool) -> None:
    out = console()
    row = found.run
    out.print(Text(f"{_titled(row)}: {row.status.label}", style="bold"))
    if found.good is None:
        click.echo("no good Run before it to compare it with")
    else:
        click.echo(f"compared with {_titled(found.good)}: {found.good.status.label}")
    if found.divergence is not None:
        out.print(Text(f"first to do otherwise: {found.divergence}", style="bold"))
    shown = found.problems if everything else found.problems[:_SHOWN]
    for number, problem in enumerate(shown, 1):
        _show_problem(number, problem)
    if len(shown) < len(found.problems):
        click.echo(f"\n… and {len(found.problems) - len(shown)} more: --all")
    if not found.problems:
        click.echo("nothing went wrong that was noticed")


def _titled(row: RunRow) -> str:
    version = f", version {row.version_number}" if row.version_number else ""
    return f"Run {row.run_id} of {row.agent_name}{version}"


def _show_problem(number: int, problem: Problem) -> None:
    out = console()
    when = f"  {problem.first:%Y-%m-%d %H:%M:%S} UTC" if problem.first else ""
    out.print(Text(f"\n{number}. {problem.address}{when}", style="bold red"))
    for line in problem.seen:
        click.echo(f"   {line}")
    if problem.url:
        click.echo(f"   at {problem.url}")
    if problem.page:
        click.echo(f"   page: {problem.page}")
    if problem.picture:
        click.echo(f"   picture: {problem.picture}")
    for title, lines in (
        ("possible causes", problem.causes),
        ("suggested actions", problem.actions),
    ):
        for position, line in enumerate(lines):
            head = f"{title}:" if position == 0 else ""
            click.echo(f"   {head:18} {line}")


@click.command("compare")
@run_space_option("run_a", "run_b")
@click.argument("run_a", type=int)
@click.argument("run_b", type=int)
@json_option
def compare_command(run_a: int, run_b: int, *, as_json: bool) -> None:
    """Put two Runs side by side: records, the coverage of each field, errors, duration, commands."""
    with Project.find().open_store() as store:
        found = compare(store, run_a, run_b)
    if as_json:
        print_json(wire.comparison_words(found))
        return
    columns = ["", f"RUN {run_a}", f"RUN {run_b}", ""]
    rows = [_row(line) for line in found.lines]
    rows += [_row(line, share=True) for line in found.coverage]
    rows += [_row(line) for line in found.health]
    print_table(columns, rows)
    _show_records(found)


def _row(line: Line, *, share: bool = False) -> list[str]:
    a, b = (_written(value, share=share) for value in (line.a, line.b))
    name = f"coverage of {line.name}" if share else line.name
    return [name, a, b, "" if line.a == line.b else "differs"]


def _written(value: float | str | None, *, share: bool) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:.1%}" if share else f"{value:,}"


def _show_records(found: Comparison) -> None:
    if not found.key:
        return
    key = ", ".join(found.key)
    a, b = found.a.run_id, found.b.run_id
    click.echo(
        f"records by {key}: {found.same:,} the same, {found.changed:,} changed, "
        f"{found.only_a:,} only in Run {a}, {found.only_b:,} only in Run {b}"
    )

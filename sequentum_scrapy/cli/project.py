"""Commands on a project: init, doctor, store."""

from __future__ import annotations

from pathlib import Path

import click

from sequentum_scrapy.control.doctor import examine
from sequentum_scrapy.control.init import init
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.store import find_faults, upgrade_store


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
def init_command(folder: Path) -> None:
    """Make a new project in FOLDER: scrapy.cfg, settings and an example Agent."""
    for path in init(folder):
        click.echo(f"  {path}")
    click.echo(
        f"Next: cd {folder}, then sequentum validate, sequentum test, sequentum run quotes --limit 10"
    )


@click.command("doctor")
@click.pass_context
def doctor_command(ctx: click.Context) -> None:
    """Say what is wrong with this project, and what to do; exit code 1 if anything is."""
    problems = examine(Project.find())
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo("nothing is wrong")
    ctx.exit(1 if problems else 0)


@click.group("store")
def store_command() -> None:
    """Look after the store of Agents, Runs and records."""


@store_command.command("upgrade")
def upgrade_command() -> None:
    """Bring the store to the tables of this version."""
    done = upgrade_store(Project.find().store_url)
    click.echo("upgraded" if done else "nothing to do")


@store_command.command("check")
@click.pass_context
def check_command(ctx: click.Context) -> None:
    """Say whether the store is sound; exit code 1 if it is not. It reads all of it."""
    sound = True
    with Project.find().open_store() as store:
        for fault in find_faults(store):
            click.echo(fault)
            sound = False
    if sound:
        click.echo("the store is sound")
    ctx.exit(0 if sound else 1)

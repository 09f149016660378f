"""The command group space."""

from __future__ import annotations

import click

from sequentum_scrapy.control import wire
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.store import create_space, list_spaces, rename_space

from .options import json_option, print_json, print_table


@click.group("space")
def space_command() -> None:
    """Spaces: workspaces, each with Agents of its own names."""


@space_command.command("create")
@click.argument("name")
def create_command(name: str) -> None:
    """Make a Space."""
    with Project.find().open_store() as store:
        create_space(store, name)
    click.echo(f"{name}: use it with --space {name}, or SEQUENTUM_SPACE={name}")


@space_command.command("rename")
@click.argument("name")
@click.argument("new")
def rename_command(name: str, new: str) -> None:
    """Give a Space another name; its Agents and Runs stay in it."""
    with Project.find().open_store() as store:
        rename_space(store, name, new)
    click.echo(f"{name} is {new} now")


@space_command.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """List all Spaces."""
    with Project.find().open_store() as store:
        found = list_spaces(store)
    if as_json:
        print_json([wire.space_words(space) for space in found])
        return
    rows = [[s.name, f"{s.agents:,}", f"{s.created:%Y-%m-%d %H:%M:%S}"] for s in found]
    print_table(["SPACE", "AGENTS", "CREATED (UTC)"], rows)

"""Options that several commands have, and what they print with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click
import orjson
from rich.console import Console
from rich.table import Table

from sequentum_scrapy.control import runs
from sequentum_scrapy.control.project import Project

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document, for programs."
)


class Pair(click.ParamType[tuple[str, str]]):
    """NAME=VALUE."""

    name = "NAME=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, sign, text = str(value).partition("=")
        if not sign or not name:
            self.fail(f'"{value}" is not NAME=VALUE', param, ctx)
        return name.strip(), text


settings_option = click.option(
    "-s",
    "--set",
    "settings",
    type=Pair(),
    multiple=True,
    help="A Scrapy setting, as -s of scrapy; repeatable.",
)
space_option = click.option(
    "--space", help="The Space to work in; absent: SEQUENTUM_SPACE, else default."
)
input_option = click.option(
    "--input", "inputs", type=Pair(), multiple=True, help="An input of the Agent; repeatable."
)


def run_space_option(*arguments: str) -> Callable[[F], F]:
    """Return the option --space of a command on Runs: a Run that is in another Space is refused.

    ``arguments`` are the names of those that hold runIds. A runId is known in all Spaces, so that the option only
    guards against a slip.
    """

    def decorate(command: F) -> F:
        @click.option("--space", help="The Space that the RUN must be in; absent: any.")
        @wraps(command)
        def checked(*args: Any, space: str | None, **values: Any) -> Any:
            if space is not None:
                given = [values[name] for name in arguments]
                ids = [i for one in given for i in (one if isinstance(one, tuple) else (one,))]
                with Project.find().open_store() as store:
                    runs.check_space(store, ids, space)
            return command(*args, **values)

        return cast("F", checked)

    return decorate


def print_json(value: Any) -> None:
    """Print one JSON document."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def console(*, stderr: bool = False) -> Console:
    """Return what to print tables and colours with; plain where the output is no terminal."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, highlight=False, soft_wrap=not stream.isatty())


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """Print a table on a terminal, tab-separated lines elsewhere."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    console().print(table)

"""The command ``sequentum`` and its sub-commands, each imported when it is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from sequentum_scrapy import __version__
from sequentum_scrapy.definition.errors import AgentError

COMMANDS = {
    "demo": "demo",
    "init": "project",
    "doctor": "project",
    "store": "project",
    "validate": "definitions",
    "schema": "definitions",
    "publish": "definitions",
    "list": "definitions",
    "versions": "definitions",
    "try": "trying",
    "test": "trying",
    "run": "run",
    "runs": "runs",
    "run-show": "runs",
    "records": "runs",
}
"""Each command and the module it is in, in the order of the help."""

EXIT_MISTAKE = 2


class Commands(click.Group):
    """Imports a command when it is asked for, so that help and completion are quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        home = import_module(f"{__package__}.{module}")
        command: click.Command = getattr(home, f"{cmd_name.replace('-', '_')}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AgentError as error:
            click.echo(str(error), err=True)
            ctx.exit(EXIT_MISTAKE)
        except BrokenPipeError:
            # The reader of the output has seen enough (| head); nothing more can be written.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sequentum")
def main() -> None:
    """Run Agents: web automations written as data.

    \b
    sequentum demo                     see it work, without a network
    sequentum init shop                a new project
    sequentum run books -o out.csv     run an Agent, and write its records
    """

"""The command ``sequentum`` and its sub-commands, each imported when it is asked for."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from sequentum_scrapy import __version__
from sequentum_scrapy.definition.errors import AgentError

SECTIONS = {
    "Begin": {"demo": "demo", "init": "project", "doctor": "project"},
    "Write Agents": {
        "validate": "definitions",
        "schema": "definitions",
        "try": "trying",
        "test": "trying",
    },
    "Agents and their versions": {
        "list": "definitions",
        "publish": "definitions",
        "versions": "versions",
        "show": "versions",
        "diff": "versions",
        "log": "versions",
        "restore": "versions",
        "edit": "versions",
        "pull": "versions",
        "rename": "versions",
        "move": "versions",
        "archive": "versions",
        "unarchive": "versions",
    },
    "Run": {"run": "run", "restart": "run", "stop": "runs"},
    "Look into Runs": {
        "runs": "runs",
        "run-show": "runs",
        "records": "runs",
        "diagnose": "diagnose",
        "compare": "diagnose",
    },
    "Operate": {
        "space": "spaces",
        "export-all": "versions",
        "import-all": "versions",
        "rm": "runs",
        "prune": "runs",
        "store": "project",
        "deploy": "deploy",
    },
}
"""The commands as the help has them, each with the module it is in."""
COMMANDS = {name: module for section in SECTIONS.values() for name, module in section.items()}

EXIT_MISTAKE = 2


class Commands(click.Group):
    """Imports a command when it is asked for, so that help and completion are quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        # What it imports stays: to look for what does not would take a tenth of the time.
        gc.disable()
        try:
            home = import_module(f"{__package__}.{module}")
        finally:
            gc.enable()
        command: click.Command = getattr(home, f"{cmd_name.replace('-', '_')}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, COMMANDS))
        limit = formatter.width - 6 - widest
        for title, section in SECTIONS.items():
            with formatter.section(title):
                rows = []
                for name in section:
                    command = self.get_command(ctx, name)
                    assert command is not None
                    rows.append((name.ljust(widest), command.get_short_help_str(limit)))
                formatter.write_dl(rows)

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

"""The command deploy."""

from __future__ import annotations

from pathlib import Path

import click

from sequentum_scrapy.control import deploy
from sequentum_scrapy.control.egg import build_egg
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.control.targets import DEFAULT, find_target
from sequentum_scrapy.definition import AgentError


@click.command("deploy")
@click.argument("target", default=DEFAULT)
@click.option("-p", "--project", "name", default="", help="The project's name at the TARGET.")
@click.option("-v", "--version", default="", help="The version; the time if absent.")
@click.option(
    "--build-egg", "file", type=click.Path(path_type=Path), help="Only write the egg to a file."
)
@click.pass_context
def deploy_command(
    ctx: click.Context, target: str, *, name: str, version: str, file: Path | None
) -> None:
    """Check the project's Agents, and deploy them to a scrapyd.

    TARGET is a section [deploy:TARGET] of scrapy.cfg, as scrapyd-client has it, or a URL; absent, it is
    [deploy]. The exit code is 1 if scrapyd then lists other spiders than it should.

    \b
    sequentum deploy
    sequentum deploy production --version 2.1
    sequentum deploy http://localhost:6800/ --project shop
    """
    project = Project.find()
    where = None if file else find_target(target, project.folder, project=name, version=version)
    checked = deploy.check(project)
    for warning in checked.warnings:
        click.echo(str(warning), err=True)
    egg = build_egg(project)
    click.echo(f"{_count(checked.agents, 'Agent')} checked")
    click.echo(f"egg: {_count(len(egg.files), 'file')}, {len(egg.data) / 1000:,.1f} kB")
    if file is not None:
        _write(file, egg.data)
        return
    assert where is not None
    done = deploy.deploy(where, egg, checked.spiders)
    click.echo(f"version {where.version} of {where.project} is at {where.url}")
    if not done.is_newest:
        click.echo(
            f"jobs run version {done.newest} unless they ask for _version={where.version}", err=True
        )
    if done.missing or done.unknown:
        for what, names in (("does not list", done.missing), ("also lists", done.unknown)):
            if names:
                click.echo(f"scrapyd {what}: {', '.join(names)}", err=True)
        ctx.exit(1)
    click.echo(f"scrapyd lists its {_count(done.spiders, 'spider')}, as it should")


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise AgentError(f"{file} cannot be written: {(error.strerror or '').lower()}") from None
    click.echo(f"written to {file}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

"""Commands on definitions: validate, schema, publish, list, versions."""

from __future__ import annotations

from pathlib import Path

import click

from sequentum_scrapy.control import agents, wire
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.definition import has_errors, language_schema

from .options import json_option, print_json, print_table


@click.command("validate")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@json_option
@click.pass_context
def validate_command(ctx: click.Context, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check definition files: all findings, and exit code 1 if one is an error.

    \b
    sequentum validate                      those of the project
    sequentum validate agent_defs/books.yaml
    """
    findings = agents.validate(Project.find(), files)
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            click.echo(str(finding))
        if not findings:
            click.echo("no findings")
    ctx.exit(1 if has_errors(findings) else 0)


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of the language, for editors to complete and check by.

    \b
    sequentum schema > agent.schema.json
    """
    print_json(language_schema())


@click.command("publish")
@click.argument("agent")
@click.option("--comment", default="", help="What is new in this version.")
def publish_command(agent: str, *, comment: str) -> None:
    """Save the definition of an AGENT (a file, or a name in agent_defs) as its next version."""
    project = Project.find()
    with project.open_store() as store:
        name, published = agents.publish_agent(project, store, agent, comment=comment)
    version = f"version {published.version_number} of {name} (agentId {published.agent_id})"
    click.echo(f"published {version}" if published.created else f"nothing changed since {version}")


@click.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """List the Agents of the project."""
    project = Project.find()
    with project.open_store() as store:
        found = agents.listed(project, store)
    if as_json:
        print_json([_words(item) for item in found])
        return
    rows = [
        [
            item.name,
            str(item.published.agent_id) if item.published else "-",
            str(item.published.active_version) if item.published else "draft",
            str(item.file) if item.file else "-",
        ]
        for item in found
    ]
    if not rows:
        click.echo("no Agents here: put definitions in agent_defs", err=True)
    print_table(["NAME", "AGENT ID", "VERSION", "FILE"], rows)


def _words(item: agents.Listed) -> dict[str, object]:
    base: dict[str, object] = {
        "agentId": None, "name": item.name, "versionNumber": None, "activeVersion": None,
    }  # fmt: skip
    if item.published:
        base |= wire.agent_words(item.published)
    return {**base, "file": str(item.file) if item.file else None}


@click.command("versions")
@click.argument("agent")
@json_option
def versions_command(agent: str, *, as_json: bool) -> None:
    """List the versions of a published AGENT (a name or agentId), newest first."""
    with Project.find().open_store() as store:
        found = agents.versions(store, agent)
    if as_json:
        print_json([wire.version_words(version) for version in found])
        return
    rows = [
        [
            str(version.version_number),
            "active" if version.active else "",
            f"{version.created:%Y-%m-%d %H:%M:%S}",
            version.author,
            version.comment,
        ]
        for version in found
    ]
    print_table(["VERSION", "", "SAVED (UTC)", "BY", "COMMENT"], rows)

"""Commands on definitions: validate, schema, publish, list."""

from __future__ import annotations

from pathlib import Path

import click

from sequentum_scrapy.control import agents, wire
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.definition import has_errors, language_schema
from sequentum_scrapy.store import AgentRow

from .options import json_option, print_json, print_table, space_option


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
@space_option
def publish_command(agent: str, *, comment: str, space: str | None) -> None:
    """Save the definition of an AGENT (a file, or a name in agent_defs) as its next version."""
    project = Project.find(space=space)
    with project.open_store() as store:
        name, published = agents.publish_agent(project, store, agent, comment=comment)
    version = f"version {published.version_number} of {name} (agentId {published.agent_id})"
    click.echo(f"published {version}" if published.created else f"nothing changed since {version}")


@click.command("list")
@click.option("--archived", is_flag=True, help="Those that are archived too.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many.")
@click.option("--after", default="", help="Those whose names come after this one.")
@space_option
@json_option
def list_command(
    *, archived: bool, limit: int | None, after: str, space: str | None, as_json: bool
) -> None:
    """List the Agents of the Space and the definitions of the project, by name."""
    project = Project.find(space=space)
    with project.open_store() as store:
        found = agents.listed(project, store, archived=archived, limit=limit, after=after)
    if as_json:
        print_json([_words(item) for item in found])
        return
    rows = [
        [
            item.name,
            str(item.published.agent_id) if item.published else "-",
            _state(item.published) if item.published else "draft",
            str(item.file) if item.file else "-",
        ]
        for item in found
    ]
    if not rows:
        more = "" if archived else "; --archived shows those that are put away"
        click.echo(f"no Agents here: put definitions in agent_defs{more}", err=True)
    print_table(["NAME", "AGENT ID", "VERSION", "FILE"], rows)


def _state(agent: AgentRow) -> str:
    newest = agent.latest_version
    of = f" of {newest}" if agent.active_version != newest else ""
    return f"{agent.active_version}{of}{' (archived)' if agent.archived else ''}"


def _words(item: agents.Listed) -> dict[str, object]:
    base: dict[str, object] = {
        "agentId": None, "name": item.name, "versionNumber": None, "activeVersion": None,
    }  # fmt: skip
    if item.published:
        base |= wire.agent_words(item.published)
    return {**base, "file": str(item.file) if item.file else None}

"""Commands on published Agents: versions, show, diff, log, restore, edit, pull, rename, move, archive."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.text import Text

from sequentum_scrapy.control import agents, diffs, editing, lifecycle, transfer, wire
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.definition import AgentError

from .options import console, json_option, print_json, print_table, space_option

comment_option = click.option("--comment", default="", help="Why, for the history.")
_WIDTH = 100


@click.command("versions")
@click.argument("agent")
@space_option
@json_option
def versions_command(agent: str, *, space: str | None, as_json: bool) -> None:
    """List the versions of a published AGENT (a name or agentId), newest first."""
    project = Project.find(space=space)
    with project.open_store() as store:
        found = agents.versions(project, store, agent)
    if as_json:
        print_json([wire.version_words(version) for version in found])
        return
    rows = [
        [
            str(version.version_number),
            "active" if version.active else "",
            f"{version.created:%Y-%m-%d %H:%M:%S}",
            version.author,
            f"{version.size:,}",
            version.content_hash[:12],
            version.comment,
        ]
        for version in found
    ]
    print_table(["VERSION", "", "SAVED (UTC)", "BY", "BYTES", "HASH", "COMMENT"], rows)


@click.command("show")
@click.argument("agent")
@click.option("--version", type=click.IntRange(min=1), help="This one instead of the active one.")
@space_option
def show_command(agent: str, *, version: int | None, space: str | None) -> None:
    """Print a version of an AGENT as it was written, comments and all."""
    project = Project.find(space=space)
    with project.open_store() as store:
        found = lifecycle.version(project, store, agent, version)
    click.echo(found.text, nl=False)


@click.command("diff")
@click.argument("agent")
@click.argument("old", type=click.IntRange(min=1))
@click.argument("new", type=click.IntRange(min=1), required=False)
@click.option("--text", "as_text", is_flag=True, help="Line by line, comments and all.")
@space_option
@json_option
def diff_command(
    agent: str, old: int, new: int | None, *, as_text: bool, space: str | None, as_json: bool
) -> None:
    """Show what changed between two versions of an AGENT, by command and field.

    Without NEW the active version is compared. The exit code is 0 either way.

    \b
    sequentum diff books 2 5
    sequentum diff books 2 5 --text
    """
    project = Project.find(space=space)
    with project.open_store() as store:
        before = lifecycle.version(project, store, agent, old)
        after = lifecycle.version(project, store, agent, new)
    if as_text:
        names = (f"{agent}@{before.version_number}", f"{agent}@{after.version_number}")
        for line in diffs.text_diff(before.text, after.text, names):
            click.echo(line)
        return
    found = diffs.changes(before.text, after.text)
    if as_json:
        print_json([wire.change_words(change) for change in found])
        return
    for change in found:
        _show(change)
    if not found:
        same = before.text == after.text
        click.echo("nothing changed" if same else "nothing changed but comments or layout")


def _show(change: diffs.Change) -> None:
    out = console()
    if change.kind == "added":
        out.print(Text(f"+ {change.address}  {_short(change.new)}", style="green"))
    elif change.kind == "removed":
        out.print(Text(f"- {change.address}  {_short(change.old)}", style="red"))
    else:
        out.print(Text(f"~ {change.address}  {_short(change.old)} -> {_short(change.new)}"))


def _short(value: object) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


@click.command("log")
@click.argument("agent")
@space_option
@json_option
def log_command(agent: str, *, space: str | None, as_json: bool) -> None:
    """Show the history of an AGENT, newest first: saves, restores, archiving, and by whom."""
    project = Project.find(space=space)
    with project.open_store() as store:
        found = lifecycle.log(project, store, agent)
    if as_json:
        print_json([wire.log_words(row) for row in found])
        return
    rows = [
        [
            f"{row.time:%Y-%m-%d %H:%M:%S}",
            row.author,
            row.action,
            str(row.version_number or ""),
            row.detail,
        ]
        for row in found
    ]
    print_table(["TIME (UTC)", "BY", "WHAT", "VERSION", "DETAIL"], rows)


@click.command("restore")
@click.argument("agent")
@click.argument("version", type=click.IntRange(min=1))
@comment_option
@space_option
def restore_command(agent: str, version: int, *, comment: str, space: str | None) -> None:
    """Make an earlier VERSION of an AGENT the active one.

    Runs that are under way go on with the version that they began with. The next save takes the highest
    number + 1, and becomes active.
    """
    project = Project.find(space=space)
    with project.open_store() as store:
        row, changed = lifecycle.restore(project, store, agent, version, comment=comment)
    what = f"version {version} of {row.name}"
    click.echo(f"{what} is active" if changed else f"{what} was active already")


@click.command("edit")
@click.argument("agent")
@comment_option
@space_option
def edit_command(agent: str, *, comment: str, space: str | None) -> None:
    """Edit the active version of an AGENT in $EDITOR, and save it as the next.

    It is checked before it is saved; what is wrong is shown, and you can go on editing. A text that is not
    saved is kept.
    """
    project = Project.find(space=space)
    with project.open_store() as store:
        done = editing.edit(project, store, agent, _ask, comment=comment)
    saved = f"version {done.version_number} of {agent}"
    click.echo(f"saved {saved}" if done.created else f"nothing changed since {saved}")


def _ask(path: Path, wrong: str) -> bool:
    try:
        if wrong:
            click.echo(wrong, err=True)
            if not click.confirm("Edit again?", default=True, err=True):
                return False
        click.edit(filename=str(path))
    except (click.Abort, KeyboardInterrupt):
        # Ctrl-C, or nobody is there to answer.
        return False
    except click.ClickException as error:
        raise AgentError(error.message) from None
    return True


@click.command("pull")
@click.argument("agent")
@click.option("--force", is_flag=True, help="Also over a file that differs.")
@space_option
def pull_command(agent: str, *, force: bool, space: str | None) -> None:
    """Write the active version of an AGENT to its file in agent_defs."""
    project = Project.find(space=space)
    with project.open_store() as store:
        path, number = lifecycle.pull(project, store, agent, force=force)
    click.echo(f"version {number}: {path}")


@click.command("rename")
@click.argument("agent")
@click.argument("name")
@space_option
def rename_command(agent: str, name: str, *, space: str | None) -> None:
    """Give an AGENT another NAME; its agentId, versions and Runs stay.

    The definition says its name, so the new one is the next version. A file of the old name in agent_defs stays
    as it is, and published once more it would be a new Agent: sequentum pull NAME writes the new one.
    """
    project = Project.find(space=space)
    with project.open_store() as store:
        old = lifecycle.rename(project, store, agent, name)
    click.echo(f"{old} is {name} now")
    file = project.definition_files().get(old)
    if file is not None:
        click.echo(f"{file} is still that of {old}: sequentum pull {name}, and delete it", err=True)


@click.command("move")
@click.argument("agent")
@click.argument("to", metavar="SPACE")
@space_option
def move_command(agent: str, to: str, *, space: str | None) -> None:
    """Put an AGENT into another SPACE."""
    project = Project.find(space=space)
    with project.open_store() as store:
        name = lifecycle.move(project, store, agent, to)
    click.echo(f"{name} is in {to} now")


@click.command("archive")
@click.argument("agent")
@space_option
def archive_command(agent: str, *, space: str | None) -> None:
    """Hide an AGENT; it must be unarchived before it is run or edited again."""
    _archive(agent, space, archived=True)


@click.command("unarchive")
@click.argument("agent")
@space_option
def unarchive_command(agent: str, *, space: str | None) -> None:
    """Take an archived AGENT back."""
    _archive(agent, space, archived=False)


def _archive(agent: str, space: str | None, *, archived: bool) -> None:
    project = Project.find(space=space)
    with project.open_store() as store:
        name, changed = lifecycle.archive(project, store, agent, archived=archived)
    state = "archived" if archived else "not archived"
    click.echo(f"{name} is {state}" if changed else f"{name} was {state} already")


@click.command("export-all")
@click.argument("folder", type=click.Path(path_type=Path))
@space_option
def export_all_command(folder: Path, *, space: str | None) -> None:
    """Write all Agents of a Space into a new FOLDER: every version as it was written, ids and history."""
    project = Project.find(space=space)
    with project.open_store() as store:
        count = transfer.export_all(project, store, folder)
    click.echo(f"{count:,} Agents of {project.space}: {folder}")


@click.command("import-all")
@click.argument("folder", type=click.Path(path_type=Path))
@space_option
def import_all_command(folder: Path, *, space: str | None) -> None:
    """Put the Agents of a FOLDER that export-all wrote into a Space, all or none."""
    project = Project.find(space=space)
    with project.open_store() as store:
        added, count = transfer.import_all(project, store, folder)
    click.echo(f"{len(added):,} of {count:,} Agents are new in {project.space}")

"""The life of a published Agent: restored, archived, renamed, moved, written back to its file."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sequentum_scrapy.crawl.project import definition_folders, project_folder
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.agent import AgentName
from sequentum_scrapy.definition.edit import set_value
from sequentum_scrapy.store import (
    AgentRow,
    LogRow,
    Store,
    Version,
    get_version,
    list_log,
    move_agent,
    rename_agent,
    restore_version,
    set_archived,
)

from .agents import agent, author
from .project import Project


def version(project: Project, store: Store, reference: str, number: int | None) -> Version:
    """Return a version of an Agent, the active one if no number is given. Raises AgentError."""
    row = agent(project, store, reference)
    if number is not None and number > row.latest_version:
        raise AgentError(
            f'"{row.name}" has no version {number}: the highest is {row.latest_version}'
        )
    return get_version(store, row.agent_id, number)


def log(project: Project, store: Store, reference: str) -> list[LogRow]:
    """Return the history of an Agent, newest first."""
    return list_log(store, agent(project, store, reference).agent_id)


def restore(
    project: Project, store: Store, reference: str, number: int, *, comment: str = ""
) -> tuple[AgentRow, bool]:
    """Make an earlier version the active one; return the Agent, and whether it was not already."""
    row = agent(project, store, reference)
    found = version(project, store, reference, number)
    changed = restore_version(
        store, row.agent_id, found.version_number, author=author(), comment=comment
    )
    return row, changed


def archive(project: Project, store: Store, reference: str, *, archived: bool) -> tuple[str, bool]:
    """Archive an Agent, or take it back; return its name, and whether that changed anything."""
    row = agent(project, store, reference)
    return row.name, set_archived(store, row.agent_id, archived=archived, author=author())


def rename(project: Project, store: Store, reference: str, name: str) -> str:
    """Give an Agent another name and return the old one; what its definition says changes with it.

    The active text gets the new name as the next version, for an Agent runs under the name that its text has.
    Raises AgentError.
    """
    try:
        TypeAdapter(AgentName).validate_python(name)
    except ValidationError:
        raise AgentError(
            f'"{name}" is no name (letters, digits, - and _, without spaces)'
        ) from None
    row = agent(project, store, reference)
    if row.name == name:
        raise AgentError(f'it is named "{name}" already')
    text = get_version(store, row.agent_id).text.decode("utf-8-sig")
    renamed = set_value(text, ["name"], name)
    rename_agent(store, row.agent_id, name, renamed.encode(), author=author())
    return row.name


def move(project: Project, store: Store, reference: str, space: str) -> str:
    """Put an Agent into another Space, and return its name. Raises AgentError."""
    row = agent(project, store, reference)
    move_agent(store, row.agent_id, space, author=author())
    return row.name


def pull(
    project: Project, store: Store, reference: str, *, force: bool = False
) -> tuple[Path, int]:
    """Write the active version of an Agent to its file in agent_defs; return the path and the version.

    Raises AgentError where the file holds something else, unless ``force`` is given.
    """
    found = version(project, store, reference, None)
    name = agent(project, store, reference).name
    path = project.definition_files().get(name) or _new_file(project, name, found.text)
    if path.exists() and path.read_bytes() != found.text and not force:
        raise AgentError(
            f"{path} differs from version {found.version_number}: publish it first, or give --force"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(found.text)
    return path, found.version_number


def _new_file(project: Project, name: str, text: bytes) -> Path:
    folders = definition_folders(project.settings)
    folder = folders[0] if folders else project_folder() / "agent_defs"
    ending = ".json" if text.lstrip().startswith(b"{") else ".yaml"
    return folder / f"{name}{ending}"

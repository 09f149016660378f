"""Agents: checking, publishing and listing them."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sequentum_scrapy.crawl.scripts import allowed_modules, check_script
from sequentum_scrapy.definition import (
    AgentError,
    Definition,
    DefinitionError,
    Finding,
)
from sequentum_scrapy.definition.commands import Script
from sequentum_scrapy.definition.reading import address, parse_document
from sequentum_scrapy.definition.walk import walk
from sequentum_scrapy.definition.words import did_you_mean
from sequentum_scrapy.store import (
    DEFAULT_SPACE,
    AgentRow,
    Published,
    Store,
    VersionRow,
    find_agent,
    list_agents,
    list_versions,
    publish,
)

from .project import Project


@dataclass(frozen=True, slots=True)
class Listed:
    """An Agent of the project: published, a file (its draft), or both."""

    name: str
    published: AgentRow | None
    file: Path | None


def validate(project: Project, files: Iterable[Path]) -> list[Finding]:
    """Return all findings in definition files; without any named, in those of the project."""
    paths = list(files) or list(project.definition_files().values())
    if not paths:
        raise AgentError("no definitions here: give files, or put them in agent_defs")
    findings: list[Finding] = []
    for path in paths:
        try:
            definition = project.read(path)
        except DefinitionError as error:
            findings += error.findings
        else:
            findings += definition.warnings
            findings += _scripts(project, definition)
    return findings


def _scripts(project: Project, definition: Definition) -> list[Finding]:
    """Return what is wrong with the functions of the project that a definition calls."""
    document = parse_document(definition.text, definition.file)
    findings = []
    for command, path in walk(definition.agent.commands):
        if isinstance(command, Script):
            try:
                check_script(command.script, allowed_modules(project.settings))
            except AgentError as error:
                place = (*path, "script")
                at = document.position(place)
                findings.append(Finding(definition.file, *at, address(place), "error", str(error)))
    return findings


def publish_agent(
    project: Project, store: Store, reference: str, *, comment: str = ""
) -> tuple[str, Published]:
    """Publish a definition file, by path or by the Agent's name; return the name and the version.

    Raises DefinitionError for one that does not hold, AgentError where there is no such file.
    """
    path = Path(reference)
    if not path.is_file():
        files = project.definition_files()
        if reference not in files:
            hint = did_you_mean(reference, files) or "no definitions in agent_defs"
            raise AgentError(f'no definition "{reference}" here ({hint})')
        path = files[reference]
    definition = project.read(path)
    name = definition.agent.name
    return name, publish(
        store, name, path.read_bytes(), space=project.space, author=author(), comment=comment
    )


def listed(
    project: Project,
    store: Store,
    *,
    archived: bool = False,
    limit: int | None = None,
    after: str = "",
) -> list[Listed]:
    """Return the Agents of the Space, and the project's files, by name; of those after a name, so many."""
    published = {
        agent.name: agent
        for agent in list_agents(store, space=project.space, archived=True, after=after)
    }
    files = {name: path for name, path in project.definition_files().items() if name > after}
    found = [
        Listed(name, published.get(name), files.get(name)) for name in sorted({*published, *files})
    ]
    shown = [
        item for item in found if archived or item.published is None or not item.published.archived
    ]
    return shown[:limit]


def versions(project: Project, store: Store, reference: str) -> list[VersionRow]:
    """Return the versions of an Agent, newest first."""
    return list_versions(store, agent(project, store, reference).agent_id)


def agent(project: Project, store: Store, reference: str) -> AgentRow:
    """Return a published Agent of the Space by name or agentId, an archived one too. Raises AgentError."""
    row = find_agent(store, reference, space=project.space)
    if row is None:
        names = [row.name for row in list_agents(store, space=project.space, archived=True)]
        where = "" if project.space == DEFAULT_SPACE else f' in the Space "{project.space}"'
        hint = did_you_mean(reference, names) or "none is published"
        raise AgentError(f'no published Agent "{reference}"{where} ({hint})')
    return row


def author() -> str:
    """Return who does something now, for the history."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""

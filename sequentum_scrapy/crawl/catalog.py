"""Which definition a name means: a file, the draft of an Agent of the project, or a saved version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scrapy.settings import BaseSettings

from sequentum_scrapy.definition import AgentError, Definition, parse_definition, read_definition
from sequentum_scrapy.definition.words import did_you_mean
from sequentum_scrapy.store import (
    AgentRow,
    ArchivedError,
    Store,
    find_agent,
    get_version,
    refuse_archived,
)

from .project import definition_folders, space_of

SUFFIXES = (".yaml", ".yml", ".json")
_NOT_AGENTS = frozenset({"tests", "blocks"})


class UnknownAgentError(AgentError):
    """No file, draft or published Agent has this name."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The definition that a Run is made from, and what it is known as.

    ``version_number`` is None for a draft or a file; ``note`` is a line for people where the file
    of the Agent differs from the version that was chosen.
    """

    definition: Definition
    agent_id: int | None = None
    version_number: int | None = None
    note: str = ""
    path: Path | None = None


def agent_files(settings: BaseSettings) -> dict[str, Path]:
    """Return the definition files of a project by Agent name. Only names are looked at."""
    found: dict[str, Path] = {}
    for folder in definition_folders(settings):
        for path in _files(folder):
            other = found.setdefault(path.stem, path)
            if other != path:
                raise AgentError(f'two files define the Agent "{path.stem}": {other} and {path}')
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts[:-1]
        if path.suffix in SUFFIXES and not _NOT_AGENTS.intersection(inner) and path.is_file():
            yield path


def allowed_settings(settings: BaseSettings) -> frozenset[str]:
    """Return the Scrapy settings that this project lets an Agent set beyond the usual ones."""
    return frozenset(settings.getlist("SEQUENTUM_ALLOWED_SETTINGS"))


class Catalog:
    """The Agents that a project can run.

    ``store`` is opened by the caller, and None where only files count.
    """

    def __init__(self, settings: BaseSettings, store: Store | None) -> None:
        self._allowed = allowed_settings(settings)
        self._files: Mapping[str, Path] = agent_files(settings)
        self._store = store
        self._folders = definition_folders(settings)
        self._space = space_of(settings)

    def choose(self, reference: str, *, version: int | None = None, draft: bool = False) -> Chosen:
        """Find what a reference means: a path, a name or an agentId.

        A name runs its active version, its draft (the file) where it was never published.
        Raises UnknownAgentError, StoreError for an unknown version or an archived Agent, DefinitionError.
        """
        path = _as_path(reference)
        if path is not None:
            if version is not None:
                raise AgentError(
                    f"{reference} is a file, which has no versions: give the Agent's name"
                )
            return Chosen(self._file(path), path=path)
        row = None
        if self._store is not None:
            row = find_agent(self._store, _id_or_name(reference), space=self._space)
        if row is not None and row.archived:
            raise ArchivedError(row.agent_id, row.name)
        file = self._files.get(row.name if row else reference)
        if row is None:
            if file is None:
                raise UnknownAgentError(self._unknown(reference))
            if version is not None:
                raise AgentError(
                    f'"{reference}" was never published, so it has no version {version}'
                )
            return Chosen(self._draft(file), path=file)
        if draft:
            if file is None:
                raise AgentError(f'"{row.name}" has no file in agent_defs, so it has no draft')
            return Chosen(self._draft(file), agent_id=row.agent_id, path=file)
        return self._version(row, version, file)

    def _version(self, row: AgentRow, number: int | None, file: Path | None) -> Chosen:
        assert self._store is not None
        version = get_version(self._store, row.agent_id, number)
        name = f"{row.name}@{version.version_number}"
        definition = parse_definition(
            version.text, name, scrapy_settings=self._allowed, folders=self._folders
        )
        note = ""
        if number is None and file is not None and file.read_bytes() != version.text:
            note = (
                f"{file.name} differs from version {version.version_number}, which runs; "
                "to run the file: --draft (scrapy: -a draft=1)"
            )
        return Chosen(definition, row.agent_id, version.version_number, note, file)

    def _file(self, path: Path) -> Definition:
        definition = self._read(path)
        if self._store is not None:
            # It is a draft of the Agent that has its name.
            refuse_archived(self._store, definition.agent.name, space=self._space)
        return definition

    def _draft(self, file: Path) -> Definition:
        definition = self._read(file)
        if definition.agent.name != file.stem:
            raise AgentError(
                f'{file}: the Agent is named "{definition.agent.name}", its file "{file.stem}": '
                "they must be the same for the name to find it"
            )
        return definition

    def _read(self, path: Path) -> Definition:
        return read_definition(path, scrapy_settings=self._allowed, folders=self._folders)

    def _unknown(self, reference: str) -> str:
        hint = did_you_mean(reference, self._files) or "no definitions in agent_defs"
        return f'no Agent "{reference}" here ({hint})'


def _as_path(reference: str) -> Path | None:
    if reference.endswith(SUFFIXES) or "/" in reference or "\\" in reference:
        return Path(reference)
    return None


def _id_or_name(reference: str) -> str | int:
    return int(reference) if re.fullmatch(r"[0-9]{1,18}", reference) else reference

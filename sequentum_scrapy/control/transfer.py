"""A Space as files: each version as it was written, and one file that says the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import (
    LogRow,
    SavedVersion,
    Store,
    WholeAgent,
    export_agents,
    hash_of,
    import_agents,
)

from .agents import author
from .project import Project

FORMAT = 1
INDEX = "agents.jsonl"


def export_all(project: Project, store: Store, folder: Path) -> int:
    """Write the Agents of the Space into a folder that is new or empty; return how many.

    ``agents.jsonl`` has a line for each; ``NAME/3.yaml`` is the text of its version 3. Raises AgentError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AgentError(f"{folder} is there already, and not empty")
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (folder / INDEX).open("wb") as index:
        for agent in export_agents(store, project.space):
            own = folder / agent.name
            own.mkdir()
            for version in agent.versions:
                (own / _file(version)).write_bytes(version.text)
            index.write(orjson.dumps(_words(agent)) + b"\n")
            count += 1
    return count


def import_all(project: Project, store: Store, folder: Path) -> tuple[list[str], int]:
    """Put the Agents of a folder into the Space, all or none; return the names of new ones, and how many it has.

    Raises AgentError for a folder that is not whole, and where an id or a name is taken.
    """
    agents = list(_read(folder))
    added = import_agents(store, project.space, agents, author=author())
    return added, len(agents)


def _file(version: SavedVersion) -> str:
    ending = "json" if version.text.lstrip().startswith(b"{") else "yaml"
    return f"{version.version_number}.{ending}"


def _words(agent: WholeAgent) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "agentId": agent.agent_id,
        "name": agent.name,
        "activeVersion": agent.active_version,
        "archived": agent.archived,
        "created": agent.created,
        "updated": agent.updated,
        "versions": [
            {
                "versionNumber": version.version_number,
                "file": f"{agent.name}/{_file(version)}",
                "contentHash": hash_of(version.text),
                "author": version.author,
                "comment": version.comment,
                "created": version.created,
            }
            for version in agent.versions
        ],
        "log": [
            {
                "time": row.time,
                "author": row.author,
                "action": row.action,
                "versionNumber": row.version_number,
                "detail": row.detail,
            }
            for row in agent.log
        ],
    }


def _read(folder: Path) -> Iterator[WholeAgent]:
    try:
        lines = (folder / INDEX).read_bytes().splitlines()
    except OSError as error:
        raise AgentError(
            f"{folder} is no export: {(error.strerror or '').lower()}: {INDEX}"
        ) from None
    for number, line in enumerate(lines, 1):
        try:
            yield _agent(folder, orjson.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise AgentError(
                f"{folder / INDEX}:{number}: not what export-all writes: {error}"
            ) from None


def _agent(folder: Path, words: dict[str, Any]) -> WholeAgent:
    if words["format"] != FORMAT:
        raise AgentError(f"{folder}: format {words['format']} is not known here, only {FORMAT}")
    versions = [_version(folder, version) for version in words["versions"]]
    if [v.version_number for v in versions] != list(range(1, len(versions) + 1)):
        raise ValueError(f'"{words["name"]}" has not all its versions')
    return WholeAgent(
        int(words["agentId"]),
        str(words["name"]),
        int(words["activeVersion"]),
        bool(words["archived"]),
        datetime.fromisoformat(words["created"]),
        datetime.fromisoformat(words["updated"]),
        versions,
        [
            LogRow(
                datetime.fromisoformat(row["time"]),
                row["author"],
                row["action"],
                row["versionNumber"],
                row["detail"],
            )
            for row in words["log"]
        ],
    )


def _version(folder: Path, words: dict[str, Any]) -> SavedVersion:
    path = folder / words["file"]
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{words['file']} is outside of the folder")
    try:
        text = path.read_bytes()
    except OSError as error:
        raise AgentError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    if hash_of(text) != words["contentHash"]:
        raise AgentError(f"{path} is not what was exported: its content hash differs")
    created = datetime.fromisoformat(words["created"])
    return SavedVersion(words["versionNumber"], words["author"], words["comment"], created, text)

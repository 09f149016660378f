"""A Space as files: each version as it was written, and one file that says the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import (
    SavedVersion,
    Store,
    WholeAgent,
    export_agents,
    hash_of,
    import_agents,
)

from .agents import author
from .exported import FORMAT, INDEX, read_export
from .project import Project


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

    Raises AgentError for a folder that is not whole, with all that is wrong there, and where an id or a name is taken.
    """
    agents = read_export(folder)
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

"""Whole Spaces, out of one store and into another: ids, texts and history as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from .agents import get_version, list_agents, list_versions
from .definitions import keep_definition
from .errors import StoreError
from .history import LogRow, list_log, note
from .spaces import find_space
from .tables import agent_log, agent_versions, agents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from .store import Store


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """A version as it was saved."""

    version_number: int
    author: str
    comment: str
    created: datetime
    text: bytes


@dataclass(frozen=True, slots=True)
class WholeAgent:
    """All that a store knows of an Agent but its Runs; versions and log oldest first."""

    agent_id: int
    name: str
    active_version: int
    archived: bool
    created: datetime
    updated: datetime
    versions: Sequence[SavedVersion]
    log: Sequence[LogRow]


def export_agents(store: Store, space: str) -> Iterator[WholeAgent]:
    """Yield the Agents of a Space, archived ones too, one at a time. Raises StoreError."""
    with store.reading() as connection:
        find_space(connection, space)
    for agent in list_agents(store, space=space, archived=True):
        versions = [
            SavedVersion(v.version_number, v.author, v.comment, v.created, v.text)
            for row in reversed(list_versions(store, agent.agent_id))
            for v in (get_version(store, agent.agent_id, row.version_number),)
        ]
        yield WholeAgent(
            agent.agent_id,
            agent.name,
            agent.active_version,
            agent.archived,
            agent.created,
            agent.updated,
            versions,
            list_log(store, agent.agent_id)[::-1],
        )


def import_agents(
    store: Store, space: str, whole: Sequence[WholeAgent], *, author: str = ""
) -> list[str]:
    """Put Agents into a Space, all or none; return the names of those that were not there.

    One that is there with the same id, name and texts is left as it is. Raises StoreError where an id or
    a name is another Agent's.
    """
    added = []
    with store.writing() as connection:
        space_id = find_space(connection, space)
        for agent in whole:
            if not _is_there(connection, space_id, agent):
                _add(connection, space_id, agent, author)
                added.append(agent.name)
        if added and connection.dialect.name == "postgresql":
            # An id that is given by hand does not move the sequence on.
            highest = select(func.max(agents.c.id)).scalar_subquery()
            sequence = text("pg_get_serial_sequence('agents', 'id')")
            connection.execute(select(func.setval(sequence, highest)))
    return added


def _is_there(connection: Connection, space_id: int, agent: WholeAgent) -> bool:
    query = select(agents.c.id, agents.c.name, agents.c.space_id)
    same_id = connection.execute(query.where(agents.c.id == agent.agent_id)).first()
    if same_id is None:
        other = connection.execute(
            query.where(agents.c.space_id == space_id, agents.c.name == agent.name)
        ).first()
        if other is not None:
            raise StoreError(
                f'"{agent.name}" (agentId {agent.agent_id}) cannot come in: the agentId {other.id} '
                "has that name here"
            )
        return False
    if (same_id.name, same_id.space_id) != (agent.name, space_id):
        raise StoreError(
            f'"{agent.name}" cannot come in: its agentId, {agent.agent_id}, is that of "{same_id.name}" here'
        )
    versions = (
        select(agent_versions.c.version_number, agent_versions.c.content_hash)
        .where(agent_versions.c.agent_id == agent.agent_id)
        .order_by(agent_versions.c.version_number)
    )
    here = [tuple(row) for row in connection.execute(versions)]
    there = [(v.version_number, keep_definition(connection, v.text)) for v in agent.versions]
    if here[: len(there)] != there:
        raise StoreError(
            f'"{agent.name}" (agentId {agent.agent_id}) is here already, with other versions'
        )
    return True


def _add(connection: Connection, space_id: int, agent: WholeAgent, author: str) -> None:
    connection.execute(
        agents.insert().values(
            id=agent.agent_id,
            space_id=space_id,
            name=agent.name,
            active_version=agent.active_version,
            archived=agent.archived,
            created=agent.created,
            updated=agent.updated,
        )
    )
    for version in agent.versions:
        connection.execute(
            agent_versions.insert().values(
                agent_id=agent.agent_id,
                version_number=version.version_number,
                content_hash=keep_definition(connection, version.text),
                author=version.author,
                comment=version.comment,
                created=version.created,
            )
        )
    for row in agent.log:
        values = {name: getattr(row, name) for name in LogRow.__slots__}
        connection.execute(agent_log.insert().values(agent_id=agent.agent_id, **values))
    note(connection, agent.agent_id, "import", author)

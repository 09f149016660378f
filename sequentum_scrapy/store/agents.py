"""Agents and their versions: publish, find, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, func, select

from .bulk import insert_if_absent
from .definitions import hash_of, keep_definition
from .errors import ArchivedError, StoreError
from .history import note
from .names import by_code_point
from .spaces import DEFAULT_SPACE, find_space
from .tables import agent_versions, agents, definitions, spaces
from .times import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping, Select

    from .store import Store

MAX_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did; ``created`` is False when nothing had changed."""

    agent_id: int
    version_number: int
    created: bool


@dataclass(frozen=True, slots=True)
class AgentRow:
    """A published Agent."""

    agent_id: int
    name: str
    space: str
    active_version: int
    latest_version: int
    archived: bool
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version, without its text."""

    agent_id: int
    version_number: int
    content_hash: str
    author: str
    comment: str
    created: datetime
    active: bool
    size: int
    """Bytes of its text."""


@dataclass(frozen=True, slots=True)
class Version(VersionRow):
    """A version; ``text`` is its definition, byte for byte as it was published."""

    text: bytes


def publish(
    store: Store,
    name: str,
    text: bytes,
    *,
    space: str = DEFAULT_SPACE,
    author: str = "",
    comment: str = "",
) -> Published:
    """Make ``text`` the Agent's next version and the active one; the first gives it its agentId.

    The text of the active version again makes no version. Publishers of one Agent, in whatever
    process, wait for each other, so that its versions are 1, 2, 3 … without a gap.

    Raises StoreError when the Agent is archived, or there is no such Space.
    """
    with store.writing() as connection:
        agent = _lock_agent(connection, find_space(connection, space), name)
        if agent["archived"]:
            raise ArchivedError(agent["id"], name)
        agent_id, active = agent["id"], agent["active_version"]
        if active and _hash_at(connection, agent_id, active) == hash_of(text):
            return Published(agent_id, active, created=False)
        number = add_version(connection, agent_id, text, author, comment)
    return Published(agent_id, number, created=True)


def list_agents(
    store: Store,
    *,
    space: str = DEFAULT_SPACE,
    archived: bool = False,
    limit: int | None = None,
    after: str = "",
) -> list[AgentRow]:
    """Return the Agents of a Space by the code points of their names, with the ``archived`` ones or without them.

    ``after`` is the last name of the page before.
    """
    name = by_code_point(store, agents.c.name)
    query = _agents().where(spaces.c.name == space, name > after)
    if not archived:
        query = query.where(agents.c.archived.is_(False))
    query = query.order_by(name).limit(limit)
    with store.reading() as connection:
        return [AgentRow(**row) for row in connection.execute(query).mappings()]


def find_agent(
    store: Store, reference: str | int, *, space: str = DEFAULT_SPACE
) -> AgentRow | None:
    """Return the Agent of that name or agentId; a name of digits is a name first."""
    with store.reading() as connection:
        if isinstance(reference, str):
            found = _find(connection, space, agents.c.name == reference)
            if found or not (reference.isascii() and reference.isdecimal()):
                return found
        if len(str(reference)) > len(str(MAX_ID)) or int(reference) > MAX_ID:
            return None
        return _find(connection, space, agents.c.id == int(reference))


def refuse_archived(
    store: Store, name: str, *, space: str = DEFAULT_SPACE, agent_id: int | None = None
) -> None:
    """Raise ArchivedError where an Agent is archived: the one of an agentId, without it that of the name in a Space."""
    by_name = and_(spaces.c.name == space, agents.c.name == name)
    meant = by_name if agent_id is None else agents.c.id == agent_id
    query = _agents().where(meant, agents.c.archived)
    with store.reading() as connection:
        found = connection.execute(query).mappings().first()
    if found is not None:
        raise ArchivedError(found["agent_id"], found["name"])


def get_version(store: Store, agent_id: int, number: int | None = None) -> Version:
    """Return a version, the active one if no number is given. Raises StoreError when absent."""
    wanted = agents.c.active_version if number is None else number
    query = _versions(definitions.c.text).where(
        agents.c.id == agent_id, agent_versions.c.version_number == wanted
    )
    with store.reading() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        what = "active version" if number is None else f"version {number}"
        raise StoreError(f"there is no {what} of an Agent with the agentId {agent_id}")
    return Version(**row)


def list_versions(store: Store, agent_id: int) -> list[VersionRow]:
    """Return the versions of an Agent, newest first, without their texts."""
    query = _versions().where(agents.c.id == agent_id)
    newest_first = query.order_by(agent_versions.c.version_number.desc())
    with store.reading() as connection:
        return [VersionRow(**row) for row in connection.execute(newest_first).mappings()]


def _lock_agent(connection: Connection, space_id: int, name: str) -> RowMapping:
    """Return the Agent's row, new if need be, which no other publisher gets until we commit."""
    query = (
        select(agents)
        .where(agents.c.space_id == space_id, agents.c.name == name)
        .with_for_update(key_share=True)
    )
    found = connection.execute(query).mappings().first()
    if found is not None:
        return found
    now = utc_now()
    insert_if_absent(
        connection, agents, space_id=space_id, name=name, archived=False, created=now, updated=now
    )
    return connection.execute(query).mappings().one()


def _hash_at(connection: Connection, agent_id: int, number: int) -> str:
    query = select(agent_versions.c.content_hash).where(
        agent_versions.c.agent_id == agent_id, agent_versions.c.version_number == number
    )
    return cast("str", connection.scalar(query))


def add_version(
    connection: Connection, agent_id: int, text: bytes, author: str, comment: str
) -> int:
    """Make a text the next version of an Agent that is locked, and the active one; return its number."""
    highest = func.coalesce(func.max(agent_versions.c.version_number), 0)
    latest = select(highest).where(agent_versions.c.agent_id == agent_id)
    number = cast("int", connection.scalar(latest)) + 1
    now = utc_now()
    connection.execute(
        agent_versions.insert().values(
            agent_id=agent_id,
            version_number=number,
            content_hash=keep_definition(connection, text),
            author=author,
            comment=comment,
            created=now,
        )
    )
    changed = agents.update().where(agents.c.id == agent_id)
    connection.execute(changed.values(active_version=number, updated=now))
    note(connection, agent_id, "save", author, version_number=number, detail=comment)
    return number


def _agents() -> Select[Any]:
    latest = (
        select(func.max(agent_versions.c.version_number))
        .where(agent_versions.c.agent_id == agents.c.id)
        .scalar_subquery()
    )
    return select(
        agents.c.id.label("agent_id"),
        agents.c.name,
        spaces.c.name.label("space"),
        agents.c.active_version,
        latest.label("latest_version"),
        agents.c.archived,
        agents.c.created,
        agents.c.updated,
    ).join(spaces, spaces.c.id == agents.c.space_id)


def _find(connection: Connection, space: str, condition: Any) -> AgentRow | None:
    query = _agents().where(spaces.c.name == space, condition)
    row = connection.execute(query).mappings().first()
    return AgentRow(**row) if row else None


def _versions(*more: Any) -> Select[Any]:
    return select(
        agent_versions.c.agent_id,
        agent_versions.c.version_number,
        agent_versions.c.content_hash,
        agent_versions.c.author,
        agent_versions.c.comment,
        agent_versions.c.created,
        (agent_versions.c.version_number == agents.c.active_version).label("active"),
        definitions.c.size,
        *more,
    ).select_from(
        agent_versions.join(agents, agents.c.id == agent_versions.c.agent_id).join(
            definitions, definitions.c.content_hash == agent_versions.c.content_hash
        )
    )

"""The life of an Agent after its first publish: edited, restored, archived, renamed, moved; each is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from .agents import add_version
from .errors import ArchivedError, StoreError
from .history import note
from .spaces import find_space
from .tables import agent_log, agent_versions, agents, spaces
from .times import utc_now

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from .store import Store


def save_edited(
    store: Store,
    agent_id: int,
    text: bytes,
    *,
    name: str,
    base: int,
    author: str = "",
    comment: str = "",
) -> int:
    """Make ``text`` the next version of an Agent and the active one, and return its number.

    ``name`` and ``base`` are the Agent's name and active version as they were when ``text`` was made of them. Raises
    StoreError where somebody archived or renamed it meanwhile, or where another version is active: what that one
    says would be lost.
    """
    with store.writing() as connection:
        agent = _locked(connection, agent_id)
        if agent["archived"]:
            raise ArchivedError(agent_id, agent["name"])
        if agent["name"] != name:
            who = _who(connection, agent_id, "rename")
            raise StoreError(f'"{name}" was renamed to "{agent["name"]}" by {who} meanwhile')
        if agent["active_version"] != base:
            raise StoreError(_overtaken(connection, agent))
        return add_version(connection, agent_id, text, author, comment)


def _overtaken(connection: Connection, agent: RowMapping) -> str:
    """Say how the active version of an Agent came to be it."""
    number = agent["active_version"]
    last = (
        select(agent_log.c.action)
        .where(
            agent_log.c.agent_id == agent["id"],
            agent_log.c.version_number == number,
            agent_log.c.action.in_(("save", "restore")),
        )
        .order_by(agent_log.c.id.desc())
    )
    action = connection.scalar(last.limit(1)) or "save"
    did = "made active" if action == "restore" else "saved"
    who = _who(connection, agent["id"], action)
    return f'version {number} of "{agent["name"]}" was {did} by {who} meanwhile'


def _who(connection: Connection, agent_id: int, action: str) -> str:
    """Return who did something to an Agent last."""
    query = (
        select(agent_log.c.author)
        .where(agent_log.c.agent_id == agent_id, agent_log.c.action == action)
        .order_by(agent_log.c.id.desc())
    )
    return connection.scalar(query.limit(1)) or "somebody"


def restore_version(
    store: Store, agent_id: int, number: int, *, author: str = "", comment: str = ""
) -> bool:
    """Make an earlier version the active one; tell whether it was not already.

    Runs that are under way go on with what they began. The next publish is the highest version + 1. Raises
    StoreError for an unknown version or an archived Agent.
    """
    with store.writing() as connection:
        agent = _locked(connection, agent_id)
        if agent["archived"]:
            raise ArchivedError(agent_id, agent["name"])
        there = select(agent_versions.c.version_number).where(
            agent_versions.c.agent_id == agent_id, agent_versions.c.version_number == number
        )
        if connection.scalar(there) is None:
            raise StoreError(f'"{agent["name"]}" has no version {number}')
        if agent["active_version"] == number:
            return False
        _change(connection, agent_id, active_version=number)
        note(connection, agent_id, "restore", author, version_number=number, detail=comment)
    return True


def set_archived(store: Store, agent_id: int, *, archived: bool, author: str = "") -> bool:
    """Archive an Agent, or take it back; tell whether that changed anything. Raises StoreError."""
    with store.writing() as connection:
        if _locked(connection, agent_id)["archived"] == archived:
            return False
        _change(connection, agent_id, archived=archived)
        note(connection, agent_id, "archive" if archived else "unarchive", author)
    return True


def rename_agent(store: Store, agent_id: int, name: str, text: bytes, *, author: str = "") -> int:
    """Give an Agent another name in its Space, and return the number of its next version, ``text``.

    Its id, versions and Runs stay. Raises StoreError where the name is taken.
    """
    with store.writing() as connection:
        agent = _locked(connection, agent_id)
        if agent["archived"]:
            raise ArchivedError(agent_id, agent["name"])
        _refuse_taken(connection, agent["space_id"], name)
        _change(connection, agent_id, name=name)
        detail = f"{agent['name']} -> {name}"
        note(connection, agent_id, "rename", author, detail=detail)
        return add_version(connection, agent_id, text, author, f"renamed: {detail}")


def move_agent(store: Store, agent_id: int, space: str, *, author: str = "") -> None:
    """Put an Agent into another Space. Raises StoreError where its name is taken there."""
    with store.writing() as connection:
        agent = _locked(connection, agent_id)
        space_id = find_space(connection, space)
        before = connection.scalar(select(spaces.c.name).where(spaces.c.id == agent["space_id"]))
        _refuse_taken(connection, space_id, agent["name"])
        _change(connection, agent_id, space_id=space_id)
        note(connection, agent_id, "move", author, detail=f"{before} -> {space}")


def _locked(connection: Connection, agent_id: int) -> RowMapping:
    query = select(agents).where(agents.c.id == agent_id).with_for_update(key_share=True)
    found = connection.execute(query).mappings().first()
    if found is None:
        raise StoreError(f"there is no Agent with the agentId {agent_id}")
    return found


def _refuse_taken(connection: Connection, space_id: int, name: str) -> None:
    query = select(agents.c.id).where(agents.c.space_id == space_id, agents.c.name == name)
    other = connection.scalar(query)
    if other is not None:
        raise StoreError(f'the name "{name}" is taken there, by the agentId {other}')


def _change(connection: Connection, agent_id: int, **values: Any) -> None:
    mine = agents.update().where(agents.c.id == agent_id)
    connection.execute(mine.values(updated=utc_now(), **values))

"""Spaces: workspaces, each with Agents of its own names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, select

from sequentum_scrapy.definition.words import did_you_mean

from .bulk import insert_if_absent
from .errors import StoreError
from .names import by_code_point
from .tables import agents, spaces
from .times import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from .store import Store

DEFAULT_SPACE = "default"
_NAME = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """A Space, and how many Agents it has, archived ones too."""

    name: str
    agents: int
    created: datetime


def create_space(store: Store, name: str) -> None:
    """Make a Space. Raises StoreError where there is one of that name."""
    _check_name(name)
    with store.writing() as connection:
        if _find(connection, name) is not None:
            raise StoreError(f'there is a Space "{name}" already')
        insert_if_absent(connection, spaces, name=name, created=utc_now())


def rename_space(store: Store, name: str, new: str) -> None:
    """Give a Space another name; its Agents stay in it. Raises StoreError."""
    _check_name(new)
    if name == DEFAULT_SPACE:
        raise StoreError(
            f'the Space "{DEFAULT_SPACE}" keeps its name: it is meant where none is named'
        )
    with store.writing() as connection:
        space_id = find_space(connection, name)
        if _find(connection, new) is not None:
            raise StoreError(f'there is a Space "{new}" already')
        connection.execute(spaces.update().where(spaces.c.id == space_id).values(name=new))


def list_spaces(store: Store) -> list[SpaceRow]:
    """Return all Spaces by the code points of their names."""
    query = (
        select(spaces.c.name, func.count(agents.c.id), spaces.c.created)
        .join(agents, agents.c.space_id == spaces.c.id, isouter=True)
        .group_by(spaces.c.id, spaces.c.name, spaces.c.created)
        .order_by(by_code_point(store, spaces.c.name))
    )
    with store.reading() as connection:
        return [SpaceRow(*row) for row in connection.execute(query)]


def find_space(connection: Connection, name: str) -> int:
    """Return the id of a Space. Raises StoreError where there is none."""
    found = _find(connection, name)
    if found is None:
        hint = did_you_mean(name, connection.scalars(select(spaces.c.name)))
        raise StoreError(f'there is no Space "{name}" ({hint}); sequentum space create makes one')
    return found


def _find(connection: Connection, name: str) -> int | None:
    return cast("int | None", connection.scalar(select(spaces.c.id).where(spaces.c.name == name)))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise StoreError(
            f'"{name[:120]}" is no name of a Space: letters, digits, - _ and . (at most 100)'
        )

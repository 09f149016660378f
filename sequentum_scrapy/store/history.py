"""What became of an Agent over the years: its log, which nothing changes any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from .tables import agent_log
from .times import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from .store import Store

Action = Literal["save", "restore", "archive", "unarchive", "rename", "move", "import"]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One thing that was done to an Agent; ``detail`` is the comment, or what it was before."""

    time: datetime
    author: str
    action: str
    version_number: int | None
    detail: str


def note(
    connection: Connection,
    agent_id: int,
    action: Action,
    author: str,
    *,
    version_number: int | None = None,
    detail: str = "",
) -> None:
    """Enter something into the log of an Agent, in the transaction that does it."""
    connection.execute(
        agent_log.insert().values(
            agent_id=agent_id,
            time=utc_now(),
            author=author,
            action=action,
            version_number=version_number,
            detail=detail,
        )
    )


def list_log(store: Store, agent_id: int) -> list[LogRow]:
    """Return the log of an Agent, newest first."""
    columns = (agent_log.c[name] for name in LogRow.__slots__)
    query = select(*columns).where(agent_log.c.agent_id == agent_id)
    with store.reading() as connection:
        return [LogRow(*row) for row in connection.execute(query.order_by(agent_log.c.id.desc()))]

"""What can go wrong with the store."""

from __future__ import annotations

from sequentum_scrapy.definition.errors import AgentError


class StoreError(AgentError):
    """The store cannot do what was asked; ``__cause__`` is the database's own error, if any."""


class StoreBusyError(StoreError):
    """The database is locked or cannot be reached: the same call may succeed a little later."""


class TakenOverError(StoreError):
    """Another process works on the Run now: this one may write nothing more."""


class ArchivedError(StoreError):
    """The Agent is archived."""

    def __init__(self, agent_id: int, name: str) -> None:
        self.agent_id = agent_id
        self.name = name
        super().__init__(
            f'the Agent "{name}" is archived: unarchive it first (sequentum unarchive {name})'
        )

"""What can go wrong with the store."""

from __future__ import annotations

from sequentum_scrapy.definition.errors import AgentError


class StoreError(AgentError):
    """The store cannot do what was asked; ``__cause__`` is the database's own error, if any."""


class StoreBusyError(StoreError):
    """The database is locked or cannot be reached: the same call may succeed a little later."""

"""Where each command of a Run first found nothing: which page, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from .events import storable
from .tables import run_state
from .times import from_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .store import Store

FIRST_MISSES = "first misses"
"""Their name in the state of a Run, where they stay when it is at its end."""
MissValues = tuple[str, float]
"""The URL of a page, and the seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Miss:
    """The first page on which a command found nothing."""

    url: str
    time: datetime


def freeze_misses(misses: Mapping[str, MissValues]) -> bytes:
    """Return misses, by address, as the state of a Run holds them. What is secret is masked already."""
    return orjson.dumps(
        {storable(address): (storable(url), time) for address, (url, time) in misses.items()}
    )


def thaw_misses(data: bytes) -> dict[str, MissValues]:
    """Return misses by address from the state of a Run."""
    return {address: (url, time) for address, (url, time) in orjson.loads(data).items()}


def first_misses(store: Store, run_id: int) -> dict[str, Miss]:
    """Return where each command and field of a Run first found nothing, by address."""
    query = select(run_state.c.data).where(
        run_state.c.run_id == run_id, run_state.c.name == FIRST_MISSES
    )
    with store.reading() as connection:
        data = connection.scalar(query)
    misses = {} if data is None else thaw_misses(data)
    return {address: Miss(url, from_seconds(time)) for address, (url, time) in misses.items()}

"""Times in the store: aware, in UTC, with microseconds."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sqlalchemy import DateTime
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


def from_seconds(seconds: float) -> datetime:
    """Return the time that is so many seconds after the beginning of 1970."""
    return datetime.fromtimestamp(seconds, timezone.utc)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time. SQLite keeps no zone, so what is kept there is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(timezone.utc)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc)

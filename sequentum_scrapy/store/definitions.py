"""Definitions by content: the exact text that a version is or that a Run ran, each kept once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from .bulk import insert_if_absent
from .errors import StoreError
from .tables import definitions
from .times import utc_now

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .store import Store


def hash_of(text: bytes) -> str:
    """Return the content hash of a definition: its SHA-256, in hexadecimal."""
    return hashlib.sha256(text).hexdigest()


def keep_definition(connection: Connection, text: bytes) -> str:
    """Keep a definition, if it is not kept yet, and return its content hash."""
    content_hash = hash_of(text)
    known = select(definitions.c.size).where(definitions.c.content_hash == content_hash)
    if connection.scalar(known) is None:
        insert_if_absent(
            connection,
            definitions,
            content_hash=content_hash,
            text=text,
            size=len(text),
            created=utc_now(),
        )
    return content_hash


def get_definition(store: Store, content_hash: str) -> bytes:
    """Return a definition's text. Raises StoreError when there is none with that hash."""
    query = select(definitions.c.text).where(definitions.c.content_hash == content_hash)
    with store.reading() as connection:
        text: bytes | None = connection.scalar(query)
    if text is None:
        raise StoreError(f"no definition with the content hash {content_hash}")
    return text

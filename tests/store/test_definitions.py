from __future__ import annotations

import pytest
from sqlalchemy import func, select

from sequentum_scrapy.store import StoreError, get_definition, hash_of
from sequentum_scrapy.store.definitions import keep_definition
from sequentum_scrapy.store.tables import definitions


def test_a_definition_is_kept_once_byte_for_byte(store):
    text = b"name: caf\xc3\xa9\r\n\x00\xff"
    for _ in range(2):
        with store.writing() as connection:
            assert keep_definition(connection, text) == hash_of(text)
    assert get_definition(store, hash_of(text)) == text
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(definitions)) == 1


def test_an_unknown_hash_is_an_error(store):
    with pytest.raises(StoreError, match="no definition with the content hash 00"):
        get_definition(store, "00")

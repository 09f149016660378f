from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, event, select

from sequentum_scrapy.store.bulk import insert_if_absent, insert_rows, replace_on

COLUMNS = ("id", "text")
table = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("text", Text))


@pytest.fixture
def connection(store):
    with store.writing() as connection:
        table.create(connection)
        yield connection


def rows_in(connection):
    return [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 437, 1000, 2345])
def test_every_row_is_written_once_and_in_order(connection, count):
    rows = [(number, str(number)) for number in range(count)]
    insert_rows(connection, table, COLUMNS, rows)
    assert rows_in(connection) == rows


def test_a_thousand_rows_are_one_statement(connection, store):
    statements = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    insert_rows(connection, table, COLUMNS, [(number, "") for number in range(1000)])
    assert len(statements) == 1


def test_a_row_that_is_there_can_be_replaced(connection):
    insert_rows(connection, table, COLUMNS, [(1, "old"), (2, "old")])
    on_conflict = replace_on(("id",), COLUMNS)
    insert_rows(connection, table, COLUMNS, [(2, "new"), (3, "new")], on_conflict)
    assert rows_in(connection) == [(1, "old"), (2, "new"), (3, "new")]


def test_a_row_that_is_there_can_be_left(connection):
    insert_if_absent(connection, table, id=1, text="first")
    insert_if_absent(connection, table, id=1, text="second")
    assert rows_in(connection) == [(1, "first")]

"""Triggers that keep the rows of a table as they are; migrations set them, so what they say stays as it is."""

from __future__ import annotations

from alembic import op


def guard(table: str) -> None:
    """Let the database refuse every change of a table's rows, in the migration under way."""
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql(table)
    else:
        _guard_sqlite(table)


def guard_replace(table: str, *key: str) -> None:
    """Let SQLite refuse a REPLACE of a table's rows too; ``key``: the columns of its primary key.

    It deletes rows past the triggers of DELETE, unless the connection has recursive triggers; not on PostgreSQL.
    """
    if op.get_bind().dialect.name == "postgresql":
        return
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    op.execute(
        f"CREATE TRIGGER {table}_refuse_replace BEFORE INSERT ON {table} "  # noqa: S608 - names of ours
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
    )


def _guard_sqlite(table: str) -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
        )


def _guard_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is immutable'; END $$"
    )
    refuse = f"EXECUTE FUNCTION {table}_refuse_change()"
    op.execute(
        f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW {refuse}"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT {refuse}"
    )

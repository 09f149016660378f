"""The first tables: spaces, Agents, their versions, Runs and what they bring."""

from __future__ import annotations

from datetime import datetime, timezone

import sqlalchemy as sa
from alembic import op

from sequentum_scrapy.store.guards import guard

revision = "0001"
down_revision = None

_IMMUTABLE = ("definitions", "agent_versions")


def upgrade() -> None:
    _create_spaces()
    _create_agents()
    _create_runs()
    _create_records()
    _create_diagnostics()
    for table in _IMMUTABLE:
        guard(table)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _create_spaces() -> None:
    spaces = op.create_table(
        "spaces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _time("created"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spaces")),
        sa.UniqueConstraint("name", name=op.f("uq_spaces_name")),
    )
    op.bulk_insert(spaces, [{"name": "default", "created": datetime.now(timezone.utc)}])


def _create_agents() -> None:
    op.create_table(
        "definitions",
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _time("created"),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_definitions")),
    )
    op.create_table(
        "agents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active_version", sa.Integer(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        _time("created"),
        _time("updated"),
        _refers("agents", "space_id", "spaces", "id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("space_id", "name", name=op.f("uq_agents_space_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "agent_versions",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        _time("created"),
        _refers("agent_versions", "agent_id", "agents", "id"),
        _refers("agent_versions", "content_hash", "definitions", "content_hash"),
        sa.PrimaryKeyConstraint("agent_id", "version_number", name=op.f("pk_agent_versions")),
    )


def _create_runs() -> None:
    counters = (
        "requests", "pages", "browser_pages", "records", "invalid", "duplicates", "errors", "bytes",
    )  # fmt: skip
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        _time("start_time"),
        _time("end_time", nullable=True),
        _time("heartbeat"),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("log_file", sa.Text(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counters),
        _refers("runs", "agent_id", "agents", "id"),
        _refers("runs", "content_hash", "definitions", "content_hash"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runs_agent_id_id"), "runs", ["agent_id", "id"])
    op.create_index(op.f("ix_runs_agent_name_id"), "runs", ["agent_name", "id"])
    op.create_index(op.f("ix_runs_status"), "runs", ["status"])


def _create_records() -> None:
    op.create_table(
        "records",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=True),
        _refers("records", "run_id", "runs", "id"),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_records")),
    )


def _create_diagnostics() -> None:
    op.create_table(
        "run_events",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("level", "address", "what")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("url", "detail")),
        _time("first_time"),
        _time("last_time"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        _refers("run_events", "run_id", "runs", "id"),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_run_events")),
    )
    counts = ("ran", "matched", "missed", "fallback", "failed")
    op.create_table(
        "run_health",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.Column("seconds", sa.Float(), nullable=False),
        _refers("run_health", "run_id", "runs", "id"),
        sa.PrimaryKeyConstraint("run_id", "address", name=op.f("pk_run_health")),
    )


def _refers(table: str, column: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name)

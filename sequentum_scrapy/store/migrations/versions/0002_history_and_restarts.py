"""The history of Agents; what a Run needs to be stopped, told apart, gone on with and looked into."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from sequentum_scrapy.store.guards import guard

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_log()
    _extend_runs()
    _create_results()
    _create_queue()


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _create_log() -> None:
    op.create_table(
        "agent_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        _time("time"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        _refers("agent_log", "agent_id", "agents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_log")),
    )
    op.create_index(op.f("ix_agent_log_agent_id_id"), "agent_log", ["agent_id", "id"])
    op.execute(
        "INSERT INTO agent_log (agent_id, time, author, action, version_number, detail) "
        "SELECT agent_id, created, author, 'save', version_number, comment "
        "FROM agent_versions ORDER BY created, agent_id, version_number"
    )
    guard("agent_log")


def _extend_runs() -> None:
    new: list[sa.Column[object]] = [
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("kill_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked", sa.BigInteger(), nullable=False, server_default="0"),
    ]
    for column in new:
        op.add_column("runs", column)
    # SQLite takes a reference with its column only, which Alembic does not write that way.
    op.execute(
        "ALTER TABLE runs ADD COLUMN space_id INTEGER "
        "CONSTRAINT fk_runs_space_id_spaces REFERENCES spaces (id)"
    )
    op.execute(
        "UPDATE runs SET space_id = COALESCE("
        "(SELECT agents.space_id FROM agents WHERE agents.id = runs.agent_id), "
        "(SELECT spaces.id FROM spaces WHERE spaces.name = 'default'))"
    )
    op.create_index(op.f("ix_runs_space_id_id"), "runs", ["space_id", "id"])
    op.create_index(op.f("ix_runs_start_time"), "runs", ["start_time"])


def _create_results() -> None:
    op.create_table(
        "run_fields",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("present", sa.BigInteger(), nullable=False),
        _refers("run_fields", "run_id", "runs"),
        sa.PrimaryKeyConstraint("run_id", "record_type", "field", name=op.f("pk_run_fields")),
    )
    op.create_table(
        "run_files",
        sa.Column("run_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("path", "kind")),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("url", "address")),
        _time("created"),
        _refers("run_files", "run_id", "runs"),
        sa.PrimaryKeyConstraint("run_id", "path", name=op.f("pk_run_files")),
    )


def _create_queue() -> None:
    op.create_table(
        "run_requests",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        _refers("run_requests", "run_id", "runs"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_run_requests")),
    )
    op.create_table(
        "run_parts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        _refers("run_parts", "run_id", "runs"),
        sa.PrimaryKeyConstraint("run_id", "first", name=op.f("pk_run_parts")),
    )
    op.create_table(
        "run_state",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _refers("run_state", "run_id", "runs"),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_run_state")),
    )

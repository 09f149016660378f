"""Rows that are kept as they are cannot be replaced either, whoever opens the database."""

from __future__ import annotations

from sequentum_scrapy.store.guards import guard_replace

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    guard_replace("definitions", "content_hash")
    guard_replace("agent_versions", "agent_id", "version_number")
    guard_replace("agent_log", "id")

"""The words that programs get: the same from the command line and from the API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sequentum_scrapy.store import AgentRow, EventRow, HealthRow, RunRow, VersionRow


def run_words(run: RunRow) -> dict[str, Any]:
    """Return a Run as a JSON object."""
    return {
        "runId": run.run_id,
        "agentId": run.agent_id,
        "name": run.agent_name,
        "versionNumber": run.version_number,
        "status": run.status.label,
        "statusCode": int(run.status),
        "startedBy": run.started_by,
        "startTime": _time(run.start),
        "endTime": _time(run.end),
        "message": run.message,
        "inputs": run.inputs,
        "counters": run.counters,
        "logFile": run.log_file,
    }


def agent_words(agent: AgentRow) -> dict[str, Any]:
    """Return a published Agent as a JSON object."""
    return {
        "agentId": agent.agent_id,
        "name": agent.name,
        "space": agent.space,
        "versionNumber": agent.latest_version,
        "activeVersion": agent.active_version,
        "archived": agent.archived,
        "created": _time(agent.created),
        "updated": _time(agent.updated),
    }


def version_words(version: VersionRow) -> dict[str, Any]:
    """Return a version as a JSON object."""
    return {
        "agentId": version.agent_id,
        "versionNumber": version.version_number,
        "active": version.active,
        "author": version.author,
        "comment": version.comment,
        "contentHash": version.content_hash,
        "created": _time(version.created),
    }


def _time(value: datetime | None) -> str | None:
    return value.isoformat(timespec="milliseconds") if value else None


def event_words(event: EventRow) -> dict[str, Any]:
    """Return a run event as a JSON object."""
    return {
        "level": event.level,
        "count": event.count,
        "address": event.address,
        "what": event.what,
        "detail": event.detail,
        "url": event.url,
        "first": _time(event.first),
        "last": _time(event.last),
    }


def health_words(line: HealthRow) -> dict[str, Any]:
    """Return what a command or field did as a JSON object."""
    return asdict(line)

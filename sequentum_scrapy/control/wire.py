"""The words that programs get: the same from the command line and from the API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sequentum_scrapy.store import (
    AgentRow,
    EventRow,
    FileRow,
    HealthRow,
    LogRow,
    RunRow,
    SpaceRow,
    VersionRow,
)

from .compare import Comparison
from .diagnosis import Diagnosis
from .diffs import Change
from .retention import Doomed
from .runs import log_path


def run_words(run: RunRow) -> dict[str, Any]:
    """Return a Run as a JSON object."""
    return {
        "runId": run.run_id,
        "agentId": run.agent_id,
        "space": run.space,
        "name": run.agent_name,
        "versionNumber": run.version_number,
        "status": run.status.label,
        "statusCode": int(run.status),
        "startedBy": run.started_by,
        "jobId": run.job_id,
        "startTime": _time(run.start),
        "endTime": _time(run.end),
        "message": run.message,
        "resumable": run.resumable,
        "inputs": run.inputs,
        "counters": run.counters,
        "logFile": str(log) if (log := log_path(run)) else None,
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


def log_words(row: LogRow) -> dict[str, Any]:
    """Return something that was done to an Agent as a JSON object."""
    return {
        "time": _time(row.time),
        "author": row.author,
        "action": row.action,
        "versionNumber": row.version_number,
        "detail": row.detail,
    }


def change_words(change: Change) -> dict[str, Any]:
    """Return a difference between two versions as a JSON object."""
    return asdict(change)


def space_words(space: SpaceRow) -> dict[str, Any]:
    """Return a Space as a JSON object."""
    return {"name": space.name, "agents": space.agents, "created": _time(space.created)}


def version_words(version: VersionRow) -> dict[str, Any]:
    """Return a version as a JSON object."""
    return {
        "agentId": version.agent_id,
        "versionNumber": version.version_number,
        "active": version.active,
        "author": version.author,
        "comment": version.comment,
        "contentHash": version.content_hash,
        "size": version.size,
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


def file_words(path: Path, file: FileRow) -> dict[str, Any]:
    """Return a file of a Run as a JSON object; ``size`` is that of now, where it is here."""
    size = path.stat().st_size if path.is_file() else file.size
    return {
        "path": file.path,
        "kind": file.kind,
        "size": size,
        "url": file.url,
        "address": file.address,
        "created": _time(file.created),
    }


def doomed_words(run: Doomed) -> dict[str, Any]:
    """Return a Run that is not kept as a JSON object."""
    return {
        "runId": run.run_id,
        "name": run.agent_name,
        "status": run.status.label,
        "startTime": _time(run.start),
    }


def diagnosis_words(found: Diagnosis) -> dict[str, Any]:
    """Return what went wrong in a Run as a JSON object."""
    return {
        "run": run_words(found.run),
        "lastGoodRun": found.good.run_id if found.good else None,
        "firstDivergence": found.divergence,
        "problems": [
            {
                "address": problem.address,
                "first": _time(problem.first),
                "seen": problem.seen,
                "url": problem.url,
                "page": problem.page,
                "picture": problem.picture,
                "possibleCauses": problem.causes,
                "suggestedActions": problem.actions,
            }
            for problem in found.problems
        ],
    }


def comparison_words(found: Comparison) -> dict[str, Any]:
    """Return two Runs side by side as a JSON object."""
    return {
        "a": found.a.run_id,
        "b": found.b.run_id,
        "figures": [asdict(line) for line in found.lines],
        "coverage": [asdict(line) for line in found.coverage],
        "matched": [asdict(line) for line in found.health],
        "key": found.key,
        "records": {
            "onlyA": found.only_a,
            "onlyB": found.only_b,
            "changed": found.changed,
            "same": found.same,
        },
    }


def health_words(line: HealthRow) -> dict[str, Any]:
    """Return what a command or field did as a JSON object."""
    return asdict(line)

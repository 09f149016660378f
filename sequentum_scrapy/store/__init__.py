"""The store: Agents, their versions, Runs and records, in SQLite or PostgreSQL."""

from .agents import (
    AgentRow,
    Published,
    Version,
    VersionRow,
    find_agent,
    get_version,
    list_agents,
    list_versions,
    publish,
)
from .counters import Counters
from .definitions import get_definition, hash_of
from .errors import StoreBusyError, StoreError
from .events import Level
from .health import Health, HealthValues
from .results import (
    EventRow,
    HealthRow,
    RecordRow,
    iter_records,
    list_events,
    list_health,
    worst_events,
)
from .runs import NewRun, RunRow, StartedBy, create_run, get_run, list_runs, reap_dead_runs
from .status import Status
from .store import Store, upgrade_store
from .writer import RunWriter

__all__ = [
    "AgentRow",
    "Counters",
    "EventRow",
    "Health",
    "HealthRow",
    "HealthValues",
    "Level",
    "NewRun",
    "Published",
    "RecordRow",
    "RunRow",
    "RunWriter",
    "StartedBy",
    "Status",
    "Store",
    "StoreBusyError",
    "StoreError",
    "Version",
    "VersionRow",
    "create_run",
    "find_agent",
    "get_definition",
    "get_run",
    "get_version",
    "hash_of",
    "iter_records",
    "list_agents",
    "list_events",
    "list_health",
    "list_runs",
    "list_versions",
    "publish",
    "reap_dead_runs",
    "upgrade_store",
    "worst_events",
]

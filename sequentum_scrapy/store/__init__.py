"""The store: Agents, their versions, Runs and records, in SQLite or PostgreSQL."""

from .agents import (
    MAX_ID,
    AgentRow,
    Published,
    Version,
    VersionRow,
    find_agent,
    get_version,
    list_agents,
    list_versions,
    publish,
    refuse_archived,
)
from .comparison import CUT, last_good_run, usual_records
from .counters import Counters
from .coverage import Coverage, get_coverage, get_record_types
from .definitions import get_definition, hash_of
from .errors import ArchivedError, StoreBusyError, StoreError, TakenOverError
from .events import Level
from .files import FileKind, FileRow, NewFile, add_file, list_files
from .health import Health, HealthValues
from .history import Action, LogRow, list_log
from .lifecycle import move_agent, rename_agent, restore_version, save_edited, set_archived
from .misses import FIRST_MISSES, Miss, first_misses, freeze_misses, thaw_misses
from .processes import is_here, kill_process
from .removal import Ended, ended_runs, remove_run
from .results import (
    EventRow,
    HealthRow,
    RecordRow,
    iter_records,
    list_events,
    list_health,
    worst_events,
)
from .runs import (
    NewRun,
    RunRow,
    StartedBy,
    ask_to_stop,
    create_run,
    end_run,
    get_run,
    kill_run,
    list_runs,
    reap_dead_runs,
    skip_run,
)
from .soundness import find_faults
from .spaces import DEFAULT_SPACE, SpaceRow, create_space, list_spaces, rename_space
from .status import Status
from .store import Store, upgrade_store
from .takeover import Progress, fingerprints, pending_requests
from .transfer import SavedVersion, WholeAgent, export_agents, import_agents
from .units import START, Unit
from .writer import RunWriter

__all__ = [
    "CUT",
    "DEFAULT_SPACE",
    "FIRST_MISSES",
    "MAX_ID",
    "START",
    "Action",
    "AgentRow",
    "ArchivedError",
    "Counters",
    "Coverage",
    "Ended",
    "EventRow",
    "FileKind",
    "FileRow",
    "Health",
    "HealthRow",
    "HealthValues",
    "Level",
    "LogRow",
    "Miss",
    "NewFile",
    "NewRun",
    "Progress",
    "Published",
    "RecordRow",
    "RunRow",
    "RunWriter",
    "SavedVersion",
    "SpaceRow",
    "StartedBy",
    "Status",
    "Store",
    "StoreBusyError",
    "StoreError",
    "TakenOverError",
    "Unit",
    "Version",
    "VersionRow",
    "WholeAgent",
    "add_file",
    "ask_to_stop",
    "create_run",
    "create_space",
    "end_run",
    "ended_runs",
    "export_agents",
    "find_agent",
    "find_faults",
    "fingerprints",
    "first_misses",
    "freeze_misses",
    "get_coverage",
    "get_definition",
    "get_record_types",
    "get_run",
    "get_version",
    "hash_of",
    "import_agents",
    "is_here",
    "iter_records",
    "kill_process",
    "kill_run",
    "last_good_run",
    "list_agents",
    "list_events",
    "list_files",
    "list_health",
    "list_log",
    "list_runs",
    "list_spaces",
    "list_versions",
    "move_agent",
    "pending_requests",
    "publish",
    "reap_dead_runs",
    "refuse_archived",
    "remove_run",
    "rename_agent",
    "rename_space",
    "restore_version",
    "save_edited",
    "set_archived",
    "skip_run",
    "thaw_misses",
    "upgrade_store",
    "usual_records",
    "worst_events",
]

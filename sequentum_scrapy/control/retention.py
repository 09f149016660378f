"""Removing Runs: by hand, or by the rules of what is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sequentum_scrapy.crawl.catalog import allowed_settings
from sequentum_scrapy.crawl.defaults import with_defaults
from sequentum_scrapy.crawl.project import definition_folders, run_folder
from sequentum_scrapy.definition import AgentError, DefinitionError, parse_definition
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.definition.settings import Keep, Settings
from sequentum_scrapy.store import (
    Ended,
    Status,
    Store,
    ended_runs,
    get_definition,
    get_run,
    get_version,
    reap_dead_runs,
    remove_run,
)

from .project import Project


@dataclass(frozen=True, slots=True)
class Doomed:
    """A Run that the rules do not keep."""

    run_id: int
    agent_name: str
    status: Status
    start: datetime


def remove(store: Store, run_id: int) -> None:
    """Remove a Run, its records and its folder. Raises AgentError where it is not there, or not at its end."""
    reap_dead_runs(store)
    remove_run(store, run_id)
    shutil.rmtree(run_folder(run_id), ignore_errors=True)


def doomed(project: Project, store: Store, *, space: str | None = None) -> Iterator[Doomed]:
    """Yield the Runs that their Agents' ``keep`` does not keep, newest first; of one Space, or of all.

    The last good Run of an Agent that brought records always stays, for the next to be compared with.
    """
    reap_dead_runs(store)
    now = datetime.now(timezone.utc)
    for runs in ended_runs(store, space):
        keep = _keep(project, store, runs[0])
        if keep is not None:
            good = next((run.run_id for run in runs if run.good), None)
            for run in _beyond(runs, keep, now):
                if run.run_id != good:
                    yield Doomed(run.run_id, run.agent_name, run.status, run.start)


def _beyond(runs: Sequence[Ended], keep: Keep, now: datetime) -> Iterator[Ended]:
    since = now - timedelta(days=keep.days) if keep.days is not None else None
    for number, run in enumerate(runs, 1):
        among_newest = keep.runs is not None and number <= keep.runs
        recent = since is not None and run.start >= since
        if not (among_newest or recent):
            yield run


def _keep(project: Project, store: Store, newest: Ended) -> Keep | None:
    """Return what an Agent keeps: by its active version, else by what its newest Run ran."""
    try:
        if newest.agent_id is not None:
            text = get_version(store, newest.agent_id).text
        else:
            row = get_run(store, newest.run_id)
            if row is None:
                return None
            text = get_definition(store, row.content_hash)
        agent = parse_definition(
            text,
            scrapy_settings=allowed_settings(project.settings),
            folders=definition_folders(project.settings),
        ).agent
    except DefinitionError:
        # It is not of this project: what the project keeps is the rule.
        agent = Agent.model_construct(name="", commands=[], settings=Settings())
    except AgentError:
        return None
    return with_defaults(agent, project.settings).settings.keep

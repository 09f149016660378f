"""What went wrong in a Run, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sequentum_scrapy.compiler import compile_agent
from sequentum_scrapy.crawl.catalog import allowed_settings
from sequentum_scrapy.crawl.project import definition_folders
from sequentum_scrapy.definition import DefinitionError, parse_definition
from sequentum_scrapy.store import (
    EventRow,
    FileRow,
    Miss,
    RunRow,
    Store,
    first_misses,
    get_coverage,
    get_definition,
    last_good_run,
    list_events,
    list_files,
    list_health,
    worst_events,
)

from . import runs
from .counterparts import Counterparts
from .divergence import Change, Outline, Side, changes
from .project import Project
from .sightings import sighting
from .symptoms import advice_for

_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong at one command: what was seen, why it may be, and what to do.

    ``first`` is when, where that is known; ``page`` is the path of a copy of the page at ``url``, on which it was
    so, ``picture`` that of a picture of it.
    """

    address: str
    seen: list[str]
    causes: list[str]
    actions: list[str]
    first: datetime | None = None
    url: str = ""
    page: str | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A Run, the last good one before it, and the problems in the order in which they came about.

    ``divergence`` is the first command, in the order of the definition, that did otherwise than in that one.
    """

    run: RunRow
    good: RunRow | None
    divergence: str | None
    problems: list[Problem]


@dataclass(slots=True)
class Symptoms:
    """What was seen at one command: its kinds of event, and what it did otherwise than in the good Run."""

    events: list[EventRow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Traces:
    """What tells on which page something was seen: events one by one, first misses, files."""

    events: list[EventRow]
    misses: dict[str, Miss]
    files: list[FileRow]


def diagnose(project: Project, store: Store, run_id: int) -> Diagnosis:
    """Look into a Run. Raises AgentError for one that is not there."""
    row = runs.get(store, run_id)
    before = last_good_run(store, run_id)
    found: dict[str, Symptoms] = {}
    for event in worst_events(store, run_id, limit=1000):
        if event.level != "info":
            found.setdefault(event.address, Symptoms()).events.append(event)
    now = _side(store, row)
    outline = _outline(project, store, row, now)
    divergence = None
    if before is not None:
        texts = (get_definition(store, run.content_hash) for run in (before, row))
        for change in changes(outline, now, _side(store, before), Counterparts(*texts)):
            divergence = divergence or change.address
            found.setdefault(change.address, Symptoms()).changes.append(change)
    traces = Traces(
        [event for event in list_events(store, run_id, limit=_EVENTS) if event.level != "info"],
        first_misses(store, run_id),
        list_files(store, run_id),
    )
    problems = [
        _problem(address, symptoms, traces, row, before) for address, symptoms in found.items()
    ]
    rank = {address: number for number, address in enumerate(outline.addresses)}
    # Those without a time came about as the Run went on: after what has one, in the order of commands.
    problems.sort(key=lambda p: (p.first or row.end or row.start, rank.get(p.address, len(rank))))
    return Diagnosis(row, before, divergence, [*_of_the_run(row, before, divergence), *problems])


def _side(store: Store, row: RunRow) -> Side:
    health = {line.address: line for line in list_health(store, row.run_id)}
    return Side(row, health, get_coverage(store, row.run_id))


def _outline(project: Project, store: Store, row: RunRow, now: Side) -> Outline:
    try:
        definition = parse_definition(
            get_definition(store, row.content_hash),
            scrapy_settings=allowed_settings(project.settings),
            folders=definition_folders(project.settings),
        )
    except DefinitionError:
        # It runs what another project has.
        return Outline(sorted(now.health))
    return Outline.of(compile_agent(definition.agent))


def _problem(
    address: str, symptoms: Symptoms, traces: Traces, row: RunRow, good: RunRow | None
) -> Problem:
    events = sorted(symptoms.events, key=lambda event: event.first)
    missed = any(change.missed for change in symptoms.changes)
    seen = sighting(
        address,
        row.run_id,
        events=[event for event in traces.events if event.address == address],
        miss=traces.misses.get(address) if missed else None,
        files=traces.files,
    )
    causes, actions = advice_for(
        events, layout=bool(symptoms.changes), run=row, good=good, has_page=seen.page is not None
    )
    told = [*map(_told, events), *(change.what for change in symptoms.changes)]
    return Problem(address, told, causes, actions, seen.first, seen.url, seen.page, seen.picture)


def _told(event: EventRow) -> str:
    detail = f" ({event.detail})" if event.detail else ""
    times = f", {event.count:,} times" if event.count > 1 else ""
    return f"{event.what}{detail}{times}"


def _of_the_run(row: RunRow, good: RunRow | None, divergence: str | None) -> list[Problem]:
    """Return what is wrong with the Run as a whole."""
    causes, actions = advice_for([], layout=False, run=row, good=good)
    if not causes and not row.message:
        return []
    if not causes and divergence is not None:
        causes = [f"what happened at {divergence}, below"]
    return [Problem("the Run", [row.message], causes, actions, row.start)]

"""What went wrong in a Run, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sequentum_scrapy.compiler import compile_agent
from sequentum_scrapy.crawl.catalog import allowed_settings
from sequentum_scrapy.crawl.project import definition_folders, run_folder
from sequentum_scrapy.definition import DefinitionError, parse_definition
from sequentum_scrapy.store import (
    EventRow,
    FileRow,
    HealthRow,
    RunRow,
    Store,
    get_coverage,
    get_definition,
    last_good_run,
    list_files,
    list_health,
    worst_events,
)

from . import runs
from .project import Project
from .symptoms import advice_for


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong at one command: what was seen, why it may be, and what to do.

    ``first`` is when, where that is known; ``page`` is the path of a copy of a page on which it was so,
    ``picture`` that of a picture of it.
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


@dataclass(frozen=True, slots=True)
class Side:
    """What one Run shows of itself."""

    run: RunRow
    health: dict[str, HealthRow]
    coverage: dict[str, float]


@dataclass(slots=True)
class Symptoms:
    """What was seen at one command."""

    events: list[EventRow] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    layout: bool = False
    """Whether it found something in the good Run, and now nothing or much less."""


FALLEN = 0.5
"""A command that matches, each time it runs, less than this part of what it did is one that fell."""
LOST = 0.2
"""A field whose coverage fell by more than this is one that fell."""


def diagnose(project: Project, store: Store, run_id: int) -> Diagnosis:
    """Look into a Run. Raises AgentError for one that is not there."""
    row = runs.get(store, run_id)
    before = last_good_run(store, run_id)
    now = _side(store, row)
    good = None if before is None else _side(store, before)
    found: dict[str, Symptoms] = {}
    for event in worst_events(store, run_id, limit=1000):
        if event.level != "info":
            found.setdefault(event.address, Symptoms()).events.append(event)
    order = _order(project, store, row, now)
    divergence = None
    if good is not None:
        for address, what in _changes(order, now, good):
            divergence = divergence or address
            symptoms = found.setdefault(address, Symptoms())
            symptoms.changes.append(what)
            symptoms.layout = True
    files = list_files(store, run_id)
    problems = [
        _problem(address, symptoms, row, before, files) for address, symptoms in found.items()
    ]
    rank = {address: number for number, address in enumerate(order)}
    # Those without a time came about as the Run went on: after what has one, in the order of commands.
    problems.sort(key=lambda p: (p.first or row.end or row.start, rank.get(p.address, len(rank))))
    return Diagnosis(row, before, divergence, [*_of_the_run(row, before, divergence), *problems])


def _side(store: Store, row: RunRow) -> Side:
    coverage = get_coverage(store, row.run_id)
    return Side(
        row,
        {line.address: line for line in list_health(store, row.run_id)},
        {name: share for (kind, name), share in coverage.items() if not kind},
    )


def _order(project: Project, store: Store, row: RunRow, now: Side) -> list[str]:
    """Return the addresses of the commands and fields of a Run in the order of its definition."""
    try:
        definition = parse_definition(
            get_definition(store, row.content_hash),
            scrapy_settings=allowed_settings(project.settings),
            folders=definition_folders(project.settings),
        )
    except DefinitionError:
        # It runs what another project has.
        return sorted(now.health)
    return list(compile_agent(definition.agent).health().addresses)


def _changes(order: list[str], now: Side, good: Side) -> list[tuple[str, str]]:
    """Return what the commands did otherwise than in the good Run: address, and how."""
    name = f"Run {good.run.run_id}"
    found = []
    for address in order:
        was, is_now = good.health.get(address), now.health.get(address)
        if was is None or not was.ran or not was.matched or is_now is None or not is_now.ran:
            continue
        before, after = was.matched / was.ran, is_now.matched / is_now.ran
        if not is_now.matched:
            found.append((address, f"matched {was.matched:,} in {name}, and nothing now"))
        elif after < before * FALLEN:
            found.append((address, f"matched {after:.2g} each time, {before:.2g} in {name}"))
        elif _fallbacks(is_now) > _fallbacks(was) + FALLEN:
            found.append(
                (
                    address,
                    f"took a fallback for {_fallbacks(is_now):.0%}, {_fallbacks(was):.0%} in {name}",
                )
            )
    for field_name, share in good.coverage.items():
        fell = share - now.coverage.get(field_name, 0.0)
        if fell > LOST and now.coverage:
            now_has = now.coverage.get(field_name, 0.0)
            what = f"coverage fell from {share:.0%} to {now_has:.0%} since {name}"
            found.append((_place(order, field_name), what))
    return found


def _fallbacks(line: HealthRow) -> float:
    return line.fallback / line.matched if line.matched else 0.0


def _place(order: list[str], name: str) -> str:
    """Return the address of the command that captures a field."""
    return next(
        (address for address in order if address.endswith(f"capture.{name}")), f"output.{name}"
    )


def _problem(
    address: str,
    symptoms: Symptoms,
    row: RunRow,
    good: RunRow | None,
    files: list[FileRow],
) -> Problem:
    events = sorted(symptoms.events, key=lambda event: event.first)
    seen = [_told(event) for event in events]
    page = _first_file(files, "page", address, row)
    causes, actions = advice_for(
        events, layout=symptoms.layout, run=row, good=good, has_page=page is not None
    )
    return Problem(
        address,
        [*seen, *symptoms.changes],
        causes,
        actions,
        events[0].first if events else None,
        next((event.url for event in events if event.url), ""),
        page,
        _first_file(files, "screenshot", address, row),
    )


def _first_file(files: list[FileRow], kind: str, address: str, row: RunRow) -> str | None:
    """Return the path of the first file of a kind that a command, or the nearest one around it, has left."""
    around = [
        file
        for file in files
        if file.kind == kind and file.address and f"{address}.".startswith(f"{file.address}.")
    ]
    if not around:
        return None
    # The nearest has the longest address.
    nearest = max(around, key=lambda file: len(file.address))
    return str(run_folder(row.run_id) / nearest.path)


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

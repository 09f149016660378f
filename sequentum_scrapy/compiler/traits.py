"""What can be told of commands before they run: whether they wait, make records, read the status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.templates import as_template, names
from sequentum_scrapy.definition.walk import bodies, children

from .steps import (
    Body,
    Capture,
    Download,
    Export,
    ForEach,
    FormAction,
    List,
    LiveStep,
    Lookup,
    Open,
    Paginate,
    Repeating,
    Screenshot,
    Script,
    Step,
    Submit,
    Transform,
)

WAITING = (Lookup, Download, Script)
"""Commands that a record waits for."""


def waits(step: Step) -> bool:
    """Tell whether a record waits for a command, or for one under it on the same page."""
    return isinstance(step, WAITING) or any(body.waits for body in step.on_same_page())


def acts(step: Step) -> bool:
    """Tell whether a command on a page that is in a browser needs it to be live, or one under it does."""
    if isinstance(step, (LiveStep, FormAction, Submit, Script)):
        return True
    if isinstance(step, (Capture, Transform)) and step.responses:
        return True
    if (isinstance(step, Download) and step.clicked is not None) or (
        isinstance(step, Paginate) and step.grows
    ):
        return True
    return any(acts(inner) for body in step.on_same_page() for inner in body.steps)


def released(body: Body) -> Iterator[str]:
    """Yield the addresses of commands before which a page in a browser need not be live any more.

    It only waits for other pages from there on.
    """
    steps = body.steps
    last = max((number for number, step in enumerate(steps) if acts(step)), default=-1)
    yield from (step.address for step in steps[last + 1 :] if waits(step))
    if last >= 0 and not _repeats(steps[last]):
        for inner in _on_live_page(steps[last]):
            yield from released(inner)


def _repeats(step: Step) -> bool:
    """Tell whether a command goes on with the live page after a run of its body."""
    return isinstance(step, (ForEach, List, Script)) or (isinstance(step, Paginate) and step.grows)


def _on_live_page(step: Step) -> tuple[Body, ...]:
    """Return the bodies that run on the live page; on that of a submitted form, too, which comes in its place."""
    return (step.body,) if isinstance(step, Submit) else step.on_same_page()


def exports(step: Step) -> bool:
    """Tell whether a command exports the record of the scope that it stands in."""
    return isinstance(step, Export) or any(body.exports for body in step.in_same_scope())


def makes_records(body: Body) -> bool:
    """Tell whether a record of this body's type comes to an end in it, or below."""
    return body.exports or any(
        isinstance(step, (Capture, Download, Screenshot))
        or (isinstance(step, Script) and step.captures)
        or (isinstance(step, Repeating) and step.makes_records)
        or any(makes_records(inner) for inner in step.in_same_scope())
        for step in body.steps
    )


def finds_rows(body: Body) -> bool:
    """Tell whether a list or an open is among the commands of a scope."""
    return any(
        isinstance(step, (List, Open)) or any(finds_rows(inner) for inner in step.in_same_scope())
        for step in body.steps
    )


def reads_status(commands: Sequence[language.CommandBase]) -> bool:
    """Tell whether the commands of a page look at its status, in a condition."""
    for command, path in children(commands, ()):
        conditions: list[Any] = []
        if isinstance(command, language.Branch):
            conditions = [command.branch, *(case.if_ for case in command.elif_)]
        elif isinstance(command, language.Exit):
            conditions = [command.if_]
        elif isinstance(command, language.Paginate):
            conditions = [command.until]
        elif isinstance(command, language.Retry) and command.when.status:
            return True
        if any(
            isinstance(condition, str) and "status" in names(as_template(condition), "page")
            for condition in conditions
        ):
            return True
        if not command.changes_page and any(
            reads_status(body) for body, _ in bodies(command, path)
        ):
            return True
    return False

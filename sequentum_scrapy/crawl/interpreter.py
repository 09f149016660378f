"""Runs the commands of a Program on a page.

Commands are generators of outcomes: records, visits to other pages, pages to wait for. They know
nothing of Scrapy, so the same code crawls, runs an Agent's own tests and tries a page out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from time import perf_counter
from typing import Any, Protocol

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import READ_ERRORS
from sequentum_scrapy.compiler.fields import TEMPLATE_ERRORS, Flaw
from sequentum_scrapy.compiler.health import Health
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.program import START, Program
from sequentum_scrapy.compiler.scope import Run, Scope
from sequentum_scrapy.store import Level

from . import containers, downloads, forms, navigation, page_commands, retrying, reuse, scripts
from .leaving import Again, Leave, SkipRecord, StopRun
from .outcome import EndRun, Record, Steps, Together

AT_A_TIME = 500
"""So many rows go on at a time where each waits for pages."""
COMMAND_ERRORS = (*READ_ERRORS, *TEMPLATE_ERRORS)


class Report(Protocol):
    """Takes run events: what happened, where, at which address."""

    def __call__(
        self, level: Level, address: str, url: str, what: str, detail: str = ""
    ) -> None: ...


def chain_steps(*parts: Steps) -> Steps:
    """Run steps one after another."""
    for part in parts:
        yield from part


class Interpreter:
    """Runs one Program for one Run."""

    def __init__(
        self,
        program: Program,
        run: Run,
        health: Health,
        report: Report,
        failed_on: Callable[[Page, str], None] | None = None,
    ) -> None:
        self.program = program
        self.run = run
        self.health = health
        self.report = report
        self._failed_on = failed_on

    def start(self) -> Steps:
        """Run the commands of an Agent that has no start page."""
        scope = Scope(self.run, Page("", content_type="text/html"), {})
        return self.alone(self.scope(self.program.body, scope))

    def resume(self, at: str, page: Page, visit: Mapping[str, Any]) -> Steps:
        """Go on at an address, on the page that was asked for there.

        ``visit`` holds ``record``, ``row``, ``flaws`` and ``first`` where they are not empty.
        """
        run = self.run if "inputs" not in visit else self.run.within(visit["inputs"])
        scope = Scope(
            run,
            page,
            dict(visit.get("record") or ()),
            visit.get("row"),
            list(visit.get("flaws") or ()),
            self.program.record_types[at],
        )
        if at == START:
            return self.alone(self.scope(self.program.body, scope))
        step = self.program.steps[at]
        if isinstance(step, compiled.Paginate):
            return self.alone(self._next_page(step, scope, visit.get("first")))
        assert isinstance(step, (compiled.Open, compiled.Run, compiled.Submit))
        steps = self.scope(step.body, scope)
        if isinstance(step, compiled.Open) and step.follow and page.kind == "html":
            steps = chain_steps(steps, self._follow(step, page, visit))
        return self.alone(steps)

    def _follow(self, step: compiled.Open, page: Page, visit: Mapping[str, Any]) -> Steps:
        """Open the links of a page that was opened by the same command, with the record from before."""
        record, row = dict(visit.get("record") or ()), visit.get("row")
        run = self.run if "inputs" not in visit else self.run.within(visit["inputs"])
        scope = Scope(run, page, record, row, list(visit.get("flaws") or ()))
        self.health.ran[step.index] += 1
        try:
            yield from self.look(scope)
            yield from navigation.run_open(self, step, scope)
        except COMMAND_ERRORS as error:
            self.broke(step, scope, error)

    def log_in(self, step: compiled.Login, page: Page) -> Steps:
        """Run the commands of a login on its page."""
        yield from self.alone(self.body(step.body, Scope(self.run, page, {})))

    def record_so_far(self, at: str, visit: Mapping[str, Any]) -> Record:
        """Return the record of a page that could not be had, for ``on_error: keep``."""
        kind = self.program.record_types[at]
        return Record(visit.get("record") or {}, kind, list(visit.get("flaws") or ()))

    def alone(self, steps: Steps) -> Steps:
        """Run steps that nothing encloses: what leaves them ends here."""
        try:
            yield from steps
        except (Leave, SkipRecord):
            pass
        except Again as again:
            yield again.repeat
        except StopRun as stop:
            yield EndRun(str(stop))

    def scope(self, body: compiled.Body, scope: Scope) -> Steps:
        """Run the body of a scope of its own; its record is complete when the commands end."""
        yield from self.body(body, scope)
        if scope.captured and not scope.taken and not body.exports:
            yield Record(scope.record, scope.record_type, scope.flaws)

    def body(self, body: compiled.Body, scope: Scope) -> Steps:
        """Run commands in order, in the scope that they stand in."""
        health = self.health
        for step in body.steps:
            health.ran[step.index] += 1
            if isinstance(step, compiled.Capture):
                self.capture(step, scope)
                continue
            try:
                yield from RUN[type(step)](self, step, scope)
            except COMMAND_ERRORS as error:
                self.broke(step, scope, error)

    def row(self, step: compiled.Repeating, scope: Scope) -> Steps:
        """Run the body of a repeating container once."""
        with suppress(SkipRecord):
            yield from self.scope(step.body, scope)

    def rows(
        self,
        step: compiled.List | compiled.ForEach | compiled.Script,
        scope: Scope,
        rows: Iterator[Scope],
    ) -> Steps:
        """Run the body of a container once for each of its rows."""
        if step.makes_records:
            scope.taken = True
        if self.together(step):
            # A bounded number at a time: the rows of a file may be millions.
            while some := [self.alone(self.row(step, row)) for row in islice(rows, AT_A_TIME)]:
                yield Together(some)
            return
        for row in rows:
            try:
                yield from self.row(step, row)
            except Leave as leave:
                leave.check(step)
                return

    def together(self, step: compiled.List | compiled.ForEach | compiled.Script) -> bool:
        """Tell whether the rows of a container can wait for other pages at a time."""
        return step.body.waits and not (isinstance(step, compiled.Script) or step.left_early)

    def look(self, scope: Scope) -> Steps:  # noqa: ARG002 - of a page that came nothing changes
        """Bring a scope to how its page looks now."""
        yield from ()

    def capture(self, step: compiled.Capture, scope: Scope) -> None:
        begin = perf_counter()
        flaws: list[Flaw] = []
        health, record = self.health, scope.record
        for field in step.fields:
            field.read(scope, record, flaws, health)
        scope.captured = True
        health.matched[step.index] += 1
        health.seconds[step.index] += perf_counter() - begin
        if flaws:
            self.flawed(step, scope, flaws)

    def flawed(self, step: compiled.Step, scope: Scope, flaws: list[Flaw]) -> None:
        """Report what is wrong with captured values, and do as on_error says."""
        if not flaws:
            return
        self.health.failed[step.index] += 1
        for flaw in flaws:
            self.report("warning", flaw["command"], scope.page.url, flaw["message"])
        self._keep(scope.page, step)
        if step.on_error == "stop":
            raise StopRun(f"{flaws[0]['command']}: {flaws[0]['message']}")
        if step.on_error == "skip":
            raise SkipRecord
        if step.on_error is None:
            scope.flaws.extend(flaws)

    def found(self, step: compiled.Step, scope: Scope, count: int, way: int = 0) -> bool:
        """Count what a selector found; the first page on which it finds nothing is an event."""
        health, index = self.health, step.index
        if count:
            scope.found = True
            health.matched[index] += count
            if way:
                health.fallback[index] += 1
            return True
        health.miss(index, scope.page.url)
        if health.missed[index] == health.ran[index] == 1:
            is_picture = scope.page.live is not None or scope.page.marks is not None
            late = ("what comes late needs a wait before it",) if is_picture else ()
            self.report(
                "warning", step.address, scope.page.url, "matched nothing on its first page", *late
            )
            self._keep(scope.page, step)
        return False

    def nothing(self, step: compiled.Repeating, scope: Scope) -> None:
        """A container without rows: the scope's record is then not emitted, unless kept."""
        if step.makes_records and not step.keep_empty:
            scope.taken = True

    def failed(self, step: compiled.Step, scope: Scope, what: str, detail: str = "") -> None:
        """Report a command that failed, and do as its on_error says."""
        self.health.failed[step.index] += 1
        more = (detail,) if detail else ()
        self.report("error", step.address, scope.page.url, what, *more)
        self._keep(scope.page, step)
        if step.on_error == "stop":
            raise StopRun(f"{step.address}: {detail or what}")
        if step.on_error == "skip":
            raise SkipRecord

    def _keep(self, page: Page, step: compiled.Step) -> None:
        """Show a page on which something went wrong to whoever keeps such."""
        if self._failed_on is not None:
            self._failed_on(page, step.address)

    def broke(self, step: compiled.Step, scope: Scope, error: Exception) -> None:
        where = "" if isinstance(error, READ_ERRORS) else "template: "
        self.failed(step, scope, f"{where}{error}")

    def _next_page(self, step: compiled.Paginate, scope: Scope, first: str | None) -> Steps:
        """Go on with a pagination on a page after its first, where no body takes its errors."""
        self.health.ran[step.index] += 1
        try:
            yield from navigation.run_paginate(self, step, scope, first)
        except COMMAND_ERRORS as error:
            self.broke(step, scope, error)


RUN: dict[type, Callable[[Interpreter, Any, Scope], Steps]] = {
    compiled.Open: navigation.run_open,
    compiled.Paginate: navigation.run_paginate,
    compiled.Lookup: navigation.run_lookup,
    compiled.FormAction: forms.run_form_action,
    compiled.Submit: forms.run_submit,
    compiled.Run: reuse.run_run,
    compiled.Download: downloads.run_download,
    compiled.Script: scripts.run_script,
    compiled.Transform: page_commands.run_transform,
    compiled.Retry: retrying.run_retry,
    compiled.List: containers.run_list,
    compiled.ForEach: containers.run_for_each,
    compiled.Group: containers.run_group,
    compiled.Branch: containers.run_branch,
    compiled.Exit: containers.run_exit,
    compiled.Export: containers.run_export,
    compiled.Click: page_commands.run_saved,
    compiled.Hover: page_commands.run_saved,
    compiled.Press: page_commands.run_saved,
    compiled.Scroll: page_commands.run_saved,
    compiled.Wait: page_commands.run_saved,
    compiled.Frame: page_commands.run_saved_frame,
    compiled.Screenshot: page_commands.run_no_picture,
}

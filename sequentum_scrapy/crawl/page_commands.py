"""How the command that rewrites a page runs: transform."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import READ_ERRORS, ValueFailure
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.scope import Scope

from .outcome import Fetch, Steps, Visit

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_saved(interpreter: Interpreter, step: compiled.LiveStep, scope: Scope) -> Steps:
    """Pass over an action where the page is a saved one, of a test: it is as it was after the action."""
    if isinstance(step, compiled.Click) and step.body.steps and not step.optional:
        yield from run_not_live(interpreter, step, scope)


def run_not_live(_interpreter: Interpreter, _step: compiled.LiveStep, _scope: Scope) -> Steps:
    """Say that a saved page does not have what the command is about."""
    raise ValueFailure("this needs a live page, and a test has a saved one")
    yield


def run_saved_frame(interpreter: Interpreter, step: compiled.Frame, scope: Scope) -> Steps:
    """Run the body in the document of a frame, which is saved too."""
    found, way = step.target.first(scope)
    if not interpreter.found(step, scope, len(found), way):
        raise ValueFailure("not there")
    inner = found[0].get("srcdoc")
    if inner is not None:
        answer: Page | str = Page(
            scope.page.url, inner.encode(), content_type="text/html; charset=utf-8"
        )
    else:
        url = scope.page.join(found[0].get("src") or "")
        answer = yield Fetch(Visit(url, step.address, {}), any_status=True)
    if not isinstance(answer, Page):
        raise ValueFailure(answer)
    before = scope.page, scope.node, scope.area
    scope.page, scope.node, scope.area = answer, None, None
    try:
        yield from interpreter.body(step.body, scope)
    finally:
        scope.page, scope.node, scope.area = before


def run_no_picture(_interpreter: Interpreter, step: compiled.Screenshot, scope: Scope) -> Steps:
    """Capture that there is no picture of a saved page."""
    scope.captured = True
    scope.record[step.field] = None
    yield from ()


def run_transform(interpreter: Interpreter, step: compiled.Transform, scope: Scope) -> Steps:
    """Change the page, or take a document out of it, for the commands that follow in the scope.

    Where one of its changes fails, none is made.
    """
    begin = perf_counter()
    health = interpreter.health
    before = scope.page, scope.node, scope.area
    try:
        for change, needed in step.changes:
            if change(scope):
                health.matched[step.index] += 1
            elif needed and not step.optional:
                raise ValueFailure("there is nothing to parse")
            else:
                health.miss(step.index, scope.page.url)
    except READ_ERRORS:
        scope.page, scope.node, scope.area = before
        raise
    health.seconds[step.index] += perf_counter() - begin
    yield from ()

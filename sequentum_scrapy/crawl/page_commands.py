"""How the command that rewrites a page runs: transform."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from sequentum_scrapy.compiler import program as compiled
from sequentum_scrapy.compiler.errors import READ_ERRORS, ValueFailure
from sequentum_scrapy.compiler.scope import Scope

from .outcome import Steps

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_saved(interpreter: Interpreter, step: compiled.LiveStep, scope: Scope) -> Steps:
    """Pass over an action where the page is a saved one, of a test: it is as it was after the action."""
    if isinstance(step, compiled.Click) and step.body.steps:
        yield from run_not_live(interpreter, step, scope)


def run_not_live(_interpreter: Interpreter, _step: compiled.LiveStep, _scope: Scope) -> Steps:
    """Say that a saved page does not have what the command is about."""
    raise ValueFailure("this needs a live page, and a test has a saved one")
    yield


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
                health.missed[step.index] += 1
    except READ_ERRORS:
        scope.page, scope.node, scope.area = before
        raise
    health.seconds[step.index] += perf_counter() - begin
    yield from ()

"""How files come of a live page: pictures of it, and what a click downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.scope import Scope

from . import downloads
from .live_elements import live_of, on_element, share
from .outcome import File, Save, Shot, Steps, Visit, ask

if TYPE_CHECKING:
    from .live_interpreter import LiveInterpreter


def run_screenshot(interpreter: LiveInterpreter, step: compiled.Screenshot, scope: Scope) -> Steps:
    """Keep a picture of the page, and capture what there is to tell of it."""
    scope.captured = True
    scope.record[step.field] = None
    try:
        live = live_of(scope)
        if step.target is not None:
            picture = yield from on_element(
                interpreter,
                step,
                step.target,
                scope,
                lambda mark: ask(live.screenshot(mark)),
                optional=step.optional,
                timeout=step.timeout,
            )
            if picture is None:
                return
        else:
            interpreter.health.matched[step.index] += 1
            picture = yield from ask(live.screenshot(full=step.full))
        answer = yield Shot(picture, scope.page.url, step.address)
    except ValueFailure as error:
        answer = str(error)
    _tell(interpreter, step, scope, step.field, answer)


def run_download(interpreter: LiveInterpreter, step: compiled.Download, scope: Scope) -> Steps:
    """Save the file that a click brings, or those that links lead to."""
    if step.clicked is None:
        yield from share(scope)
        yield from downloads.run_download(interpreter, step, scope)
        return
    scope.captured = True
    scope.record[step.field] = [] if step.all else None
    try:
        live = live_of(scope)
        file = yield from on_element(
            interpreter,
            step,
            step.clicked,
            scope,
            lambda mark: ask(live.downloaded(mark, timeout=live.timeout)),
            optional=step.optional,
            timeout=None,
        )
        if file is None:
            return
        url, name, body = file
        answer = yield Save(File(Visit(url, step.address, {}), step, scope.names()), name, body)
    except ValueFailure as error:
        answer = str(error)
    if step.all and not isinstance(answer, str):
        answer = [answer]
    _tell(interpreter, step, scope, step.field, answer)


def _tell(
    interpreter: LiveInterpreter,
    step: compiled.Download | compiled.Screenshot,
    scope: Scope,
    field: str,
    answer: object,
) -> None:
    """Capture what there is to tell of a file; where there is none, the record is invalid, or the field null."""
    if not isinstance(answer, str):
        scope.record[field] = answer
    elif step.optional:
        interpreter.report("warning", step.address, scope.page.url, answer)
    else:
        interpreter.flawed(
            step, scope, [{"path": f"$.{field}", "message": answer, "command": step.address}]
        )

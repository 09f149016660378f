"""How the command runs that runs what another file says: run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.scope import Scope
from sequentum_scrapy.compiler.starts import UrlStart

from .links import is_web_address
from .navigation import request_parts
from .outcome import Steps, Visit

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_run(interpreter: Interpreter, step: compiled.Run, scope: Scope) -> Steps:
    """Run the commands of a block here, or those of an Agent on its own start pages."""
    inputs = step.inputs(scope.names())
    reasons = step.accepts(inputs)
    if reasons:
        raise ValueFailure("; ".join(reasons))
    interpreter.found(step, scope, 1)
    outer = scope.run
    scope.run = outer.within(inputs)
    try:
        if step.starts:
            yield from _visits(interpreter, step, scope)
        elif step.record_type == scope.record_type:
            yield from interpreter.body(step.body, scope)
        else:
            yield from interpreter.row(step, scope.fork(scope.node, step.record_type))
    finally:
        scope.run = outer


def _visits(interpreter: Interpreter, step: compiled.Run, scope: Scope) -> Steps:
    if step.makes_records:
        scope.taken = True
    names = scope.names()
    for start in step.starts:
        assert isinstance(start, UrlStart)
        url = start.url(names).strip()
        if not is_web_address(url):
            interpreter.failed(step, scope, "not a web address", url[:200])
            continue
        more = request_parts(start.request, names)
        yield Visit(
            url,
            step.address,
            scope.record.copy(),
            scope.row,
            scope.flaws.copy() or None,
            inputs=scope.run.own,
            referer=scope.page.url,
            **more,
        )

"""How scripts run on a live page: JavaScript in it, and functions of the project that are given it."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from lxml import etree

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.scope import Scope

from . import scripts
from .live_elements import live_of
from .outcome import Settled, Steps, ask

if TYPE_CHECKING:
    from .live_interpreter import LiveInterpreter


def run_script(interpreter: LiveInterpreter, step: compiled.Script, scope: Scope) -> Steps:
    """Call a function, in the page or in the project; what it did to the page is seen from then on."""
    if step.javascript is None:
        yield from scripts.run_script(interpreter, step, scope)
        if scope.page.live is not None:
            scope.page.live.stale = True
        return
    begin = perf_counter()
    arguments = step.arguments(scope.names())
    node = scope.node
    is_element = isinstance(node, etree._Element) and scope.page.marks is not None  # noqa: SLF001
    mark = scope.page.marks.of(node) if is_element else None
    try:
        value = yield from ask(live_of(scope).evaluate(step.javascript, arguments, mark))
        settled = Settled(value, None)
    except ValueFailure as error:
        settled = Settled(None, error)
    interpreter.health.seconds[step.index] += perf_counter() - begin
    yield from scripts.take_result(interpreter, step, scope, settled)

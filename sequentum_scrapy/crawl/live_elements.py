"""Finding elements of a live page, and doing something to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.scope import Scope
from sequentum_scrapy.compiler.selectors import Selection

from .failures import ReplacedError
from .outcome import Steps, ask

if TYPE_CHECKING:
    from .browser.live import Live
    from .live_interpreter import LiveInterpreter

Doing = Generator[Any, Any, Any]
Finding = Generator[Any, Any, "int | None"]
_LOOK_SECONDS = 0.25
"""So often a page is looked at that is waited for, where nothing says that it has changed."""


def live_of(scope: Scope) -> Live:
    """Return the live page of a scope. Raises ValueFailure where a document has taken its place."""
    live: Live | None = scope.page.live
    if live is None:
        raise ValueFailure("the page is not live")
    return live


def until(
    interpreter: LiveInterpreter, scope: Scope, seconds: float, holds: Callable[[], Any]
) -> Generator[Any, Any, Any]:
    """Look at the page until something holds, at most so long; return what came of it last."""
    live = live_of(scope)
    end = time.monotonic() + seconds
    while True:
        yield from interpreter.come(scope)
        found = holds()
        left = end - time.monotonic()
        if found or left <= 0:
            return found
        yield from ask(live.changed(min(left, _LOOK_SECONDS)))


def find(
    interpreter: LiveInterpreter,
    step: compiled.LiveStep | compiled.Step,
    selection: Selection,
    scope: Scope,
    *,
    optional: bool,
    timeout: float | None,
) -> Finding:
    """Wait for an element, and return its mark; None for one that is optional and not there.

    Raises ValueFailure where it does not come.
    """
    live = live_of(scope)
    patience = timeout if timeout is not None else 0.0 if optional else live.timeout

    def found() -> list[tuple[int, int]]:
        nodes, way = selection.first(scope)
        mark = scope.page.marks.of(nodes[0]) if nodes and scope.page.marks is not None else None
        return [] if mark is None else [(mark, way)]

    seen = yield from until(interpreter, scope, patience, found)
    if seen:
        mark, way = seen[0]
        interpreter.health.matched[step.index] += 1
        interpreter.health.fallback[step.index] += bool(way)
        return int(mark)
    interpreter.health.miss(step.index, scope.page.url)
    if optional:
        return None
    raise ValueFailure(f"not there after {patience:g} s")


def on_element(
    interpreter: LiveInterpreter,
    step: compiled.LiveStep | compiled.Step,
    selection: Selection,
    scope: Scope,
    do: Callable[[int], Doing],
    *,
    optional: bool,
    timeout: float | None,
) -> Doing:
    """Do something to an element as `find` does it, and return what came of it; None for one that is not there."""

    def go() -> Doing:
        mark = yield from find(
            interpreter, step, selection, scope, optional=optional, timeout=timeout
        )
        if mark is None:
            return None
        try:
            return (yield from do(mark))
        except ReplacedError:
            interpreter.health.matched[step.index] -= 1
            raise

    return (yield from persist(scope, timeout, go))


def persist(scope: Scope, timeout: float | None, go: Callable[[], Doing]) -> Doing:
    """Do something to an element of the page, and return what came of it.

    Where the page puts another in its place before that is done, it is done to that one.
    """
    end = time.monotonic() + (timeout if timeout is not None else live_of(scope).timeout)
    while True:
        try:
            return (yield from go())
        except ReplacedError:
            if time.monotonic() >= end:
                raise
            live_of(scope).stale = True


def share(scope: Scope) -> Steps:
    """Let what is fetched without the browser be fetched in its session."""
    if scope.page.live is not None:
        yield from ask(scope.page.live.tab.share())

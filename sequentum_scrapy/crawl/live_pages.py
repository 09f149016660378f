"""How pages come about on a live page: load more, the next page of an application, infinite scroll."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.scope import Scope

from . import containers, navigation
from .failures import ReplacedError
from .leaving import Leave
from .live_elements import Doing, find, live_of, persist
from .outcome import Steps, ask

if TYPE_CHECKING:
    from .browser.live import Live, Place
    from .live_interpreter import LiveInterpreter

_LOOK_SECONDS = 0.25
_LATE_ROUNDS = 3


@dataclass(slots=True, eq=False)
class Growing:
    """A pagination on one live page.

    ``scope`` is that of its body now, ``taken`` how many rows each list has had, ``lists`` are those that ran
    on this round. ``number`` is that of the page, which came at ``since``, ``late`` how often more rows of it
    have come by themselves.
    """

    step: compiled.Paginate
    scope: Scope | None = None
    number: int = 1
    since: float = field(default_factory=time.monotonic)
    late: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    lists: list[compiled.List] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        """Whether no list takes further rows."""
        return bool(self.lists) and all(
            step.limit is not None and self.taken.get(step.index, 0) >= step.limit
            for step in self.lists
        )

    @property
    def is_last(self) -> bool:
        """Whether no further page is wanted."""
        return self.step.max_pages is not None and self.number >= self.step.max_pages

    @property
    def is_late(self) -> bool:
        """Whether rows that came by themselves belong to the page all the same: one that always has more is endless."""
        return not self.late or (
            self.late < _LATE_ROUNDS and time.monotonic() - self.since < self.step.wait
        )

    def turn(self) -> None:
        """Go on to the next page."""
        self.number += 1
        self.since, self.late = time.monotonic(), 0

    @property
    def replaces(self) -> bool:
        """Whether a row may come in the place of another that looks the same: it does, page by page."""
        return self.step.click is not None


def run_list(interpreter: LiveInterpreter, step: compiled.List, scope: Scope) -> Steps:
    """Run the body once for each matched node; on a page that grows, for each once in all."""
    growing = interpreter.growing
    if growing is None or growing.scope is not scope or scope.page.marks is None:
        yield from containers.run_list(interpreter, step, scope)
        return
    growing.lists.append(step)
    nodes, way = step.select.all(scope)
    nodes = yield from _fresh(growing, step, nodes, scope, peek=False)
    if step.limit is not None:
        nodes = nodes[: step.limit - growing.taken.get(step.index, 0)]
    growing.taken[step.index] = growing.taken.get(step.index, 0) + len(nodes)
    if interpreter.found(step, scope, len(nodes), way):
        rows = (scope.fork(node, step.record_type) for node in nodes)
        yield from interpreter.rows(step, scope, rows)
    else:
        interpreter.nothing(step, scope)


def _fresh(
    growing: Growing, step: compiled.List, nodes: list[Any], scope: Scope, *, peek: bool
) -> Generator[Any, Any, list[Any]]:
    """Return those of some nodes that a list was not handed over before."""
    marks = [scope.page.marks.of(node) for node in nodes]
    if not nodes or None in marks:
        # Texts and the like are told apart by nothing.
        return nodes
    flags = yield from ask(
        live_of(scope).fresh(step.index, marks, replaces=growing.replaces, peek=peek)
    )
    return [node for node, is_fresh in zip(nodes, flags, strict=True) if is_fresh]


def run_paginate(
    interpreter: LiveInterpreter, step: compiled.Paginate, scope: Scope, first: str | None = None
) -> Steps:
    """Run the body on the page as it is, then on what comes when it is clicked or scrolled on."""
    if not step.grows:
        yield from navigation.run_paginate(interpreter, step, scope, first)
        return
    live, outer = live_of(scope), interpreter.growing
    if step.makes_records:
        scope.taken = True
    growing = interpreter.growing = Growing(step)
    live.begin_rows()
    try:
        while True:
            scope.page.number = growing.number
            growing.lists.clear()
            growing.scope = scope.fork(scope.node, step.record_type)
            yield from interpreter.row(step, growing.scope)
            if not (yield from _goes_on(interpreter, growing, scope)):
                return
    except Leave as leave:
        leave.check(step)
    finally:
        interpreter.growing = outer
        live.end_rows()


def _goes_on(
    interpreter: LiveInterpreter, growing: Growing, scope: Scope
) -> Generator[Any, Any, bool]:
    """Bring about the next page, or what of this one came late; tell whether there is any."""
    step, live = growing.step, live_of(scope)
    if growing.is_full or (growing.is_last and not growing.lists):
        return False
    yield from interpreter.look(scope)
    if step.until is not None and step.until(scope):
        return False
    yield from ask(live.end_round())
    yield from interpreter.look(scope)
    before = _digest(scope)
    if (yield from _has_more(growing, scope, before)):
        if growing.is_late:
            growing.late += 1
        elif growing.is_last:
            return False
        else:
            # More and more comes by itself.
            growing.turn()
        return True
    if growing.is_last or not (yield from _brought(interpreter, growing, scope, before)):
        return False
    growing.turn()
    return True


def _brought(
    interpreter: LiveInterpreter, growing: Growing, scope: Scope, before: bytes
) -> Generator[Any, Any, bool]:
    """Click or scroll for the next page; tell whether it came."""
    step, live = growing.step, live_of(scope)
    growing.seen.add(before)
    if step.click is not None:
        if not (yield from _click(interpreter, step, scope, live)):
            return False
        came = yield from _more(interpreter, growing, scope, before, box=None)
        # An application that begins anew after its last page would never end.
        return came and _digest(scope) not in growing.seen
    box = None
    if step.scroll is not None and step.scroll is not True:
        box = yield from find(interpreter, step, step.scroll, scope, optional=False, timeout=None)
    else:
        interpreter.health.matched[step.index] += 1
    return (yield from _more(interpreter, growing, scope, before, box=box))


def _click(
    interpreter: LiveInterpreter, step: compiled.Paginate, scope: Scope, live: Live
) -> Generator[Any, Any, bool]:
    """Click for more; tell whether there was something that could be clicked."""
    assert step.click is not None
    selection, health = step.click, interpreter.health

    def click() -> Doing:
        yield from interpreter.look(scope)
        nodes, way = selection.first(scope)
        mark = scope.page.marks.of(nodes[0]) if nodes else None
        if mark is None or not (yield from ask(live.enabled(mark))):
            return False
        try:
            yield from ask(live.click(mark, timeout=live.timeout))
        except ReplacedError:
            raise
        except ValueFailure:
            # One that is disabled meanwhile, for good, has nothing more.
            if (yield from ask(live.enabled(mark))):
                raise
            return False
        health.fallback[step.index] += bool(way)
        return True

    clicked = yield from persist(scope, None, click)
    if clicked:
        health.matched[step.index] += 1
    else:
        health.miss(step.index, scope.page.url)
    return bool(clicked)


def _more(
    interpreter: LiveInterpreter, growing: Growing, scope: Scope, before: bytes, *, box: int | None
) -> Generator[Any, Any, bool]:
    """Wait for more, scrolling on where that brings it; tell whether any came."""
    step, live = growing.step, live_of(scope)
    place: Place = "end"
    waited, end = False, time.monotonic() + step.wait
    while True:
        if step.click is None:
            place = yield from ask(live.scroll_on(box, waited=waited))
        yield from interpreter.look(scope)
        if (yield from _has_more(growing, scope, before)):
            return True
        now = time.monotonic()
        if place == "on" or (place == "blank" and now >= end):
            # There is more of the page to see.
            waited, end = place == "blank", now + step.wait
        elif now >= end:
            return False
        else:
            yield from ask(live.changed(min(_LOOK_SECONDS, end - now)))


def _has_more(growing: Growing, scope: Scope, before: bytes) -> Generator[Any, Any, bool]:
    if not growing.lists:
        # The rows of a list whose turn it was not are nobody's yet.
        return _digest(scope) != before
    for step in growing.lists:
        nodes, _ = step.select.all(scope)
        if (yield from _fresh(growing, step, nodes, scope, peek=True)):
            return True
    return False


def _digest(scope: Scope) -> bytes:
    return blake2b(scope.page.body, digest_size=16).digest()

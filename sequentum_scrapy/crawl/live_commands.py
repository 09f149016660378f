"""How the commands of a live page run: click, hover, press, scroll, wait, frame."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import READ_ERRORS, ValueFailure
from sequentum_scrapy.compiler.scope import Scope
from sequentum_scrapy.compiler.selectors import Selection
from sequentum_scrapy.compiler.text import text_of

from . import navigation, page_commands
from .failures import PageGoneError
from .live_elements import Doing, find, live_of, on_element, share, until
from .outcome import Steps, ask

if TYPE_CHECKING:
    from .browser.live import Live
    from .live_interpreter import LiveInterpreter


def _patience(step: compiled.LiveStep, scope: Scope) -> float:
    return step.timeout if step.timeout is not None else live_of(scope).timeout


def _act(
    interpreter: LiveInterpreter,
    step: compiled.LiveStep,
    selection: Selection,
    scope: Scope,
    do: Callable[[int], Doing],
) -> Doing:
    return on_element(
        interpreter, step, selection, scope, do, optional=step.optional, timeout=step.timeout
    )


def run_click(interpreter: LiveInterpreter, step: compiled.Click, scope: Scope) -> Steps:
    """Click an element; run the body in the tab that opens."""
    live, timeout = live_of(scope), _patience(step, scope)

    def click(mark: int) -> Generator[Any, Any, Live | None]:
        if step.optional and not (yield from ask(live.enabled(mark))):
            # It is there, but nobody could click it.
            return None
        if step.body.steps:
            opened: Live = yield from ask(live.opened(mark, at=step.at, timeout=timeout))
            return opened
        yield from ask(live.click(mark, at=step.at, timeout=timeout))
        return None

    answer = live.tab.answer
    if step.dialog is not None:
        given = step.dialog.answer
        live.tab.answer = (step.dialog.accept, None if given is None else given(scope.names()))
    try:
        inner = yield from _act(interpreter, step, step.target, scope, click)
        if inner is not None:
            yield from _inside(interpreter, step.body, scope, inner)
    finally:
        live.tab.answer = answer


def _inside(interpreter: LiveInterpreter, body: compiled.Body, scope: Scope, inner: Live) -> Steps:
    """Run commands in another document, with the record of the scope."""
    outer, growing = live_of(scope), interpreter.growing
    is_tab = inner.tab is not outer.tab
    before = scope.page, scope.node, scope.area
    page = yield from ask(inner.look())
    try:
        inner.tab.check()
    except ValueFailure:
        if is_tab:
            yield from ask(inner.leave())
        raise
    page.number, page.cursor, page.attempt = (
        scope.page.number,
        scope.page.cursor,
        scope.page.attempt,
    )
    scope.page, scope.node, scope.area = page, None, None
    interpreter.growing = None
    interpreter.documents.append(inner)
    try:
        yield from interpreter.body(body, scope)
    except PageGoneError:
        # A window that closes itself, as that of a login does, is done.
        if not inner.closed_itself:
            raise
    finally:
        scope.page, scope.node, scope.area = before
        interpreter.growing = growing
        interpreter.documents.pop()
        if not interpreter.released:
            # What was done inside may have changed the page around it.
            outer.stale = True
    if is_tab and not interpreter.released:
        yield from ask(inner.leave())


def run_hover(interpreter: LiveInterpreter, step: compiled.Hover, scope: Scope) -> Steps:
    """Move the mouse over an element."""
    live, timeout = live_of(scope), _patience(step, scope)
    yield from _act(
        interpreter, step, step.target, scope, lambda mark: ask(live.hover(mark, timeout))
    )


def run_press(interpreter: LiveInterpreter, step: compiled.Press, scope: Scope) -> Steps:
    """Press keys."""
    live = live_of(scope)
    if step.target is None:
        interpreter.health.matched[step.index] += 1
        yield from ask(live.press(None, step.keys))
        return
    yield from _act(
        interpreter, step, step.target, scope, lambda mark: ask(live.press(mark, step.keys))
    )


def run_scroll(interpreter: LiveInterpreter, step: compiled.Scroll, scope: Scope) -> Steps:
    """Scroll the page, or a box in it."""
    live, timeout = live_of(scope), _patience(step, scope)
    box = None
    if step.box is not None:
        box = yield from find(
            interpreter, step, step.box, scope, optional=step.optional, timeout=step.timeout
        )
        if box is None:
            return
    if step.target is not None:
        yield from _act(
            interpreter, step, step.target, scope, lambda mark: ask(live.show(mark, timeout))
        )
        return
    if step.box is None:
        interpreter.health.matched[step.index] += 1
    yield from ask(live.scroll(box, by=step.by, end=step.end))


def run_wait(interpreter: LiveInterpreter, step: compiled.Wait, scope: Scope) -> Steps:
    """Wait until something is there."""
    live, patience = live_of(scope), _patience(step, scope)
    if step.seconds is not None:
        yield from ask(live.pause(step.seconds))
        holds: Any = True
    elif step.idle:
        holds = yield from ask(live.idle(patience))
    else:
        holds = yield from until(interpreter, scope, patience, _condition(step, scope))
    if holds:
        interpreter.health.matched[step.index] += 1
        return
    interpreter.health.miss(step.index, scope.page.url)
    if not step.optional:
        raise ValueFailure(f"{_in_vain(step)} after {patience:g} s")


def _in_vain(step: compiled.Wait) -> str:
    """Say what is so, though it was waited for the contrary."""
    if step.present is not None:
        return "not there"
    if step.gone is not None:
        return "still there"
    if step.text is not None:
        return "no such text"
    return "at another address" if step.url is not None else "not idle"


def _condition(step: compiled.Wait, scope: Scope) -> Callable[[], bool]:
    if step.present is not None:
        present = step.present
        return lambda: bool(_found(present, scope))
    if step.gone is not None:
        gone = step.gone
        return lambda: not _found(gone, scope)
    if step.text is not None:
        text = " ".join(step.text(scope.names()).split())
        return lambda: text in text_of(scope.element)
    assert step.url is not None
    pattern = step.url(scope.names())
    return lambda: live_of(scope).is_at(pattern)


def _found(selection: Selection, scope: Scope) -> list[Any]:
    try:
        return selection.first(scope)[0]
    except READ_ERRORS:
        # A page of another kind may come before the one that is waited for.
        return []


def run_frame(interpreter: LiveInterpreter, step: compiled.Frame, scope: Scope) -> Steps:
    """Run the body in the document of a frame."""
    live = live_of(scope)
    inner = yield from _act(
        interpreter, step, step.target, scope, lambda mark: ask(live.frame(mark))
    )
    if inner is not None:
        yield from _inside(interpreter, step.body, scope, inner)


def run_lookup(interpreter: LiveInterpreter, step: compiled.Lookup, scope: Scope) -> Steps:
    """Wait for another page, in the session of this one."""
    yield from share(scope)
    yield from navigation.run_lookup(interpreter, step, scope)


def run_transform(interpreter: LiveInterpreter, step: compiled.Transform, scope: Scope) -> Steps:
    """Change the page, once the requests that it takes documents from were answered."""
    yield from await_responses(interpreter, step, scope)
    yield from page_commands.run_transform(interpreter, step, scope)


def await_responses(
    interpreter: LiveInterpreter, step: compiled.Capture | compiled.Transform, scope: Scope
) -> Steps:
    """Wait for the requests of the page whose bodies a command reads."""
    for pattern in step.responses:
        live = live_of(scope)
        if not (yield from ask(live.answered(pattern, live.timeout))):
            interpreter.report(
                "warning", step.address, scope.page.url, "no such request of the page", pattern
            )

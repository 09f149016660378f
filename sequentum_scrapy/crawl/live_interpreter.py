"""Runs commands on a page that is live in a browser.

Before a command reads the page, a new picture of it is taken where something may have changed it; the scope then
goes on with the same element in the new picture.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.scope import NOTHING, Scope
from sequentum_scrapy.compiler.traits import acts

from . import live_commands, live_files, live_forms, live_pages, live_scripts
from .failures import NoPageError
from .interpreter import COMMAND_ERRORS, RUN, Interpreter
from .leaving import SkipRecord
from .outcome import Release, Steps, ask

if TYPE_CHECKING:
    from .browser.live import Live
    from .live_pages import Growing
    from .saved_pages import SavedPages


class LiveInterpreter(Interpreter):
    """Runs one Program on live pages. ``keep`` takes what is to be done once the page is done with."""

    keep: Callable[[Callable[[], Any]], None]
    pages: SavedPages
    growing: Growing | None = None
    form: int | None = None
    """The mark of the form that was filled last."""
    under_way: str = ""
    """The address of the command that runs, or that ran when all was given up."""
    documents: list[Live]
    """The live page, and those in it that the commands stand in: of a frame, of a tab; the innermost is last."""
    leaving: frozenset[str]
    """The addresses of commands before which the page is left."""
    released: bool = False
    """The page is live no more; the commands go on with its last pictures."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._gone: dict[Live, str] = {}

    def body(self, body: compiled.Body, scope: Scope) -> Steps:
        health, around = self.health, self.under_way
        for step in body.steps:
            if _is_lost(scope):
                # It was told. Nothing that is there now is what the commands are meant for.
                raise SkipRecord
            health.ran[step.index] += 1
            begin, self.under_way = perf_counter(), step.address
            try:
                yield from self.come(scope)
                if step.address in self.leaving and not self.released:
                    yield from self._release(scope)
                if isinstance(step, compiled.Capture):
                    if step.responses:
                        yield from live_commands.await_responses(self, step, scope)
                    self.capture(step, scope)
                else:
                    # To a page that did not come nothing is done; what is read there is missed.
                    yield from (_RUN if scope.page.url else RUN)[type(step)](self, step, scope)
                    if self._is_news(scope.page.live):
                        yield from self.come(scope)
            except COMMAND_ERRORS as error:
                yield from self._shoot(step, scope)
                self.broke(step, scope, error)
                if step.on_error == "keep" and _is_lost(scope):
                    return
            if isinstance(step, compiled.LiveStep):
                health.seconds[step.index] += perf_counter() - begin
            self.under_way = around

    def together(self, step: compiled.List | compiled.ForEach | compiled.Script) -> bool:
        """Tell whether rows wait for other pages at a time: those that act on the one page do not."""
        return super().together(step) and not acts(step)

    def look(self, scope: Scope) -> Steps:
        """Bring a scope to how the page looks now."""
        page = scope.page
        live = page.live
        if live is None:
            return
        if live in self._gone:
            raise ValueFailure(self._gone[live])
        if live.stale:
            yield from ask(live.look())
        elif page is live.page or page.is_derived:
            if self.released and page.is_derived:
                page.live = None
            return
        now = live.page
        if now is not page:
            now.number, now.cursor, now.attempt = page.number, page.cursor, page.attempt
            scope.node, scope.area = (
                _same(node, page.marks, now.marks) for node in (scope.node, scope.area)
            )
            scope.page, scope.filling = now, None

    def come(self, scope: Scope) -> Steps:
        """Bring a scope to how the page looks now. Raises ValueFailure where a page did not come, for once."""
        live = scope.page.live
        yield from self.look(scope)
        if live is not None:
            live.tab.check()

    def _is_news(self, live: Live | None) -> bool:
        """Tell whether something may be to tell of the page, now that a command has run."""
        if live is None or live in self._gone:
            return False
        return self.released or bool(live.tab.moved)

    def _release(self, scope: Scope) -> Steps:
        """Let the page go; what is left reads how all of its documents look now."""
        inner = self.documents[-1]
        for live in reversed(self.documents[:-1]):
            # What was done inside may have changed it, and so may the end of that.
            try:
                if inner.tab is not live.tab:
                    yield from ask(inner.leave())
                yield from ask(live.look())
            except ValueFailure as error:
                # It is told where this one is read.
                self._gone[live] = str(error)
            inner = live
        self.released = True
        scope.page.live = None
        for live in self.documents:
            if live.tab.trouble is None and live not in self._gone:
                live.page.live = None
        yield Release()

    def broke(self, step: compiled.Step, scope: Scope, error: Exception) -> None:
        if isinstance(error, NoPageError):
            self.failed(step, scope, error.what, error.detail)
        else:
            super().broke(step, scope, error)

    def _shoot(self, step: compiled.Step, scope: Scope) -> Steps:
        """Take a picture of the page where a command failed, as it looks then."""
        live = scope.page.live
        if live is None or self.released or not self.pages.wants_shot(step.address):
            return
        try:
            live.stale = True
            yield from self.look(scope)
            picture = yield from ask(live.screenshot())
        except ValueFailure:
            return
        self.keep(partial(self.pages.shot, picture, scope.page.url, step.address))


_RUN: dict[type, Callable[[Any, Any, Scope], Steps]] = {
    **RUN,
    compiled.Click: live_commands.run_click,
    compiled.Hover: live_commands.run_hover,
    compiled.Press: live_commands.run_press,
    compiled.Scroll: live_commands.run_scroll,
    compiled.Wait: live_commands.run_wait,
    compiled.Frame: live_commands.run_frame,
    compiled.Lookup: live_commands.run_lookup,
    compiled.Transform: live_commands.run_transform,
    compiled.Screenshot: live_files.run_screenshot,
    compiled.Download: live_files.run_download,
    compiled.FormAction: live_forms.run_form_action,
    compiled.Submit: live_forms.run_submit,
    compiled.List: live_pages.run_list,
    compiled.Paginate: live_pages.run_paginate,
    compiled.Script: live_scripts.run_script,
}


def _is_lost(scope: Scope) -> bool:
    return scope.page.live is not None and bool(scope.page.live.tab.is_lost)


def _same(node: Any, before: Any, now: Any) -> Any:
    """Return the node in a new picture that a node of an earlier one is; NOTHING where it is gone."""
    if node is None or before is None or now is None:
        return None
    mark = before.of(node)
    if mark is None:
        return NOTHING if node is NOTHING else node
    found = now.element(mark)
    return NOTHING if found is None else found

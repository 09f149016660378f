"""How the commands that ask for pages run: open, lookup, paginate."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.forms import FormRequest
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.scope import Scope

from .forms import request_of, visit_of
from .leaving import Leave, SkipRecord, StopRun
from .links import follow, link_of
from .outcome import Fetch, Steps, Visit

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_open(interpreter: Interpreter, step: compiled.Open, scope: Scope) -> Steps:
    """Visit an address, or every matched link, each with the record so far."""
    begin = perf_counter()
    leads = leads_of(interpreter, step, step.target, scope, first=step.first)[: step.limit]
    if not leads:
        interpreter.nothing(step, scope)
        return
    if step.makes_records:
        scope.taken = True
    # The visits share one copy, which no one changes: the scope goes on with its own.
    record, flaws = scope.record.copy(), scope.flaws.copy() or None
    request = _request(step.request, scope)
    referer, inputs = scope.page.url, scope.run.own
    for lead in leads:
        if isinstance(lead, FormRequest):
            yield visit_of(lead, step.address, record, scope, flaws)
            continue
        yield Visit(
            lead,
            step.address,
            record,
            scope.row,
            flaws,
            once=step.once,
            referer=referer,
            inputs=inputs,
            **request,
        )
    interpreter.health.seconds[step.index] += perf_counter() - begin


def run_lookup(interpreter: Interpreter, step: compiled.Lookup, scope: Scope) -> Steps:
    """Wait for a page; what is captured there joins the current record."""
    found = scope.found
    leads = leads_of(interpreter, step, step.target, scope, first=True)
    # A page that is looked up is no row: it does not say that a numbered page is not past the last.
    scope.found = found
    answer: Page | str | None = None
    if leads:
        if isinstance(leads[0], FormRequest):
            visit = visit_of(leads[0], step.address, {}, scope, None)
        else:
            request = _request(step.request, scope)
            visit = Visit(leads[0], step.address, {}, referer=scope.page.url, **request)
        looking = Looking(step, scope)
        answer = yield Fetch(visit, step.any_status, looking.within)
        if looking.inner is not None and isinstance(answer, Page):
            looking.join()
            return
    if not isinstance(answer, Page):
        if answer is not None:
            interpreter.failed(step, scope, answer)
            if step.on_error == "keep":
                return
        # What the lookup should have captured is then missed, field by field.
        answer = Page("", content_type="text/html")
    before = scope.page, scope.node, scope.area
    scope.page, scope.node, scope.area = answer, None, None
    try:
        yield from interpreter.body(step.body, scope)
    finally:
        scope.page, scope.node, scope.area = before


class Looking:
    """The commands of a lookup whose page is live only while it is waited for.

    They run on a copy of the record, which joins it once they came to their end.
    """

    def __init__(self, step: compiled.Lookup, scope: Scope) -> None:
        self._step = step
        self._scope = scope
        self.inner: Scope | None = None
        self._left: SkipRecord | StopRun | None = None

    def within(self, interpreter: Interpreter, page: Page) -> Steps:
        """Run the commands on the live page."""
        self.inner = inner = self._scope.fork(None, self._scope.record_type)
        inner.page = page
        inner.flaws = []
        self._left = None
        try:
            yield from interpreter.body(self._step.body, inner)
        except (SkipRecord, StopRun) as left:
            # The record, or the run, is that of the scope which waits.
            self._left = left

    def join(self) -> None:
        """Let what was captured join the record. Raises what has left the commands."""
        assert self.inner is not None
        if self._left is not None:
            raise self._left
        self._scope.record.update(self.inner.record)
        self._scope.flaws.extend(self.inner.flaws)
        self._scope.captured = self._scope.captured or self.inner.captured


def run_paginate(
    interpreter: Interpreter, step: compiled.Paginate, scope: Scope, first: str | None = None
) -> Steps:
    """Run the body on this page, then visit the next; ``first`` is the address of the first."""
    page = scope.page
    if step.makes_records:
        scope.taken = True
    inner = scope.fork(scope.node, step.record_type)
    try:
        yield from interpreter.row(step, inner)
    except Leave as leave:
        leave.check(step)
        return
    yield from interpreter.look(scope)
    if _is_last(step, scope, inner):
        return
    lead, cursor, request = _next(interpreter, step, scope)
    record, flaws = scope.record.copy(), scope.flaws.copy() or None
    if isinstance(lead, FormRequest):
        # A form leads back to its own address: what tells its pages apart is the body.
        visit = visit_of(lead, step.address, record, scope, flaws)
    elif lead is None or (not request.get("body") and lead in (first, page.url)):
        return
    else:
        visit = Visit(
            lead,
            step.address,
            record,
            scope.row,
            flaws,
            referer=page.url,
            inputs=scope.run.own,
            **request,
        )
    visit.number, visit.cursor, visit.first = page.number + 1, cursor, first or page.url
    yield visit


def _is_last(step: compiled.Paginate, scope: Scope, inner: Scope) -> bool:
    if step.grows:
        # On a saved page of a test, there is nothing to click or to scroll.
        return True
    if step.max_pages is not None and scope.page.number >= step.max_pages:
        return True
    if step.until is not None and step.until(scope):
        return True
    # Numbered pages have no link that could be missing: the first one without rows is past the end.
    numbered = step.next is None and step.cursor is None
    return numbered and step.finds_rows and not inner.found


def _next(
    interpreter: Interpreter, step: compiled.Paginate, scope: Scope
) -> tuple[str | FormRequest | None, Any, dict[str, Any]]:
    """Return what leads to the next page, its cursor, and how to ask; nothing at the end."""
    page = scope.page
    if step.next is not None:
        found, way = step.next.first(scope)
        if found:
            interpreter.found(step, scope, 1, way)
            return _lead(found[0], scope), None, {}
        interpreter.health.miss(step.index, scope.page.url)
        return None, None, {}
    cursor = None
    if step.cursor is not None:
        cursor = step.cursor(scope.value)
        # 0 is a cursor, although it equals False.
        if cursor is None or cursor is False or cursor == "" or isinstance(cursor, (dict, list)):
            return None, None, {}
    before = page.number, page.cursor
    page.number, page.cursor = page.number + 1, cursor
    try:
        request = _request(step.request, scope)
        if step.url is not None:
            return follow(page, step.url(scope.names())), cursor, request
        # A cursor that goes into the body leaves the address as it is.
        return page.url if request.get("body") else follow(page, str(cursor)), cursor, request
    finally:
        page.number, page.cursor = before


def leads_of(
    interpreter: Interpreter,
    step: compiled.Step,
    target: compiled.Target,
    scope: Scope,
    *,
    first: bool,
) -> list[str | FormRequest]:
    """Return the addresses, or forms, that a target leads to from here."""
    if target.url is not None:
        rendered = target.url(scope.names())
        address = follow(scope.page, rendered)
        if address is None:
            raise ValueFailure(f'not a web address: "{rendered[:200]}"')
        interpreter.found(step, scope, 1)
        return [address]
    if target.rules is not None:
        urls = target.rules(scope)[: 1 if first else None]
        interpreter.found(step, scope, len(urls))
        return list(urls)
    assert target.links is not None
    nodes, way = target.links.first(scope) if first else target.links.all(scope)
    if not interpreter.found(step, scope, len(nodes), way):
        return []
    leads = []
    for node in nodes:
        lead = _lead(node, scope)
        if lead is None:
            what = "matched, but it is no link"
            interpreter.report("warning", step.address, scope.page.url, what)
        else:
            leads.append(lead)
    return leads


def _lead(node: Any, scope: Scope) -> str | FormRequest | None:
    """Return where a matched node leads: its link, else the form that it posts back or submits."""
    return follow(scope.page, link_of(node)) or request_of(node, scope)


def _request(request: compiled.Request | None, scope: Scope) -> dict[str, Any]:
    return {} if request is None else request_parts(request, scope.names())


def request_parts(request: compiled.Request | None, names: dict[str, Any]) -> dict[str, Any]:
    """Return what a Visit asks for besides its address."""
    if request is None:
        return {}
    return {
        "method": request.method,
        "headers": {name: render(names) for name, render in request.headers.items()} or None,
        "body": request.body(names) if request.body else None,
    }

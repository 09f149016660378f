"""How the commands that ask for pages run: open, lookup, paginate."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import program as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.compiler.scope import Scope

from .leaving import Leave
from .links import follow, link_of
from .outcome import Fetch, Steps, Visit

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_open(interpreter: Interpreter, step: compiled.Open, scope: Scope) -> Steps:
    """Visit an address, or every matched link, each with the record so far."""
    begin = perf_counter()
    urls = _urls(interpreter, step, step.target, scope, first=step.first)[: step.limit]
    if not urls:
        interpreter.nothing(step, scope)
        return
    if step.makes_records:
        scope.taken = True
    # The visits share one copy, which no one changes: the scope goes on with its own.
    record, flaws = scope.record.copy(), scope.flaws.copy() or None
    request = _request(step.request, scope)
    referer = scope.page.url
    for url in urls:
        yield Visit(
            url, step.address, record, scope.row, flaws, once=step.once, referer=referer, **request
        )
    interpreter.health.seconds[step.index] += perf_counter() - begin


def run_lookup(interpreter: Interpreter, step: compiled.Lookup, scope: Scope) -> Steps:
    """Wait for a page; what is captured there joins the current record."""
    urls = _urls(interpreter, step, step.target, scope, first=True)
    answer: Page | str | None = None
    if urls:
        request = _request(step.request, scope)
        visit = Visit(urls[0], step.address, {}, referer=scope.page.url, **request)
        answer = yield Fetch(visit, step.any_status)
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
    if _is_last(step, scope, inner):
        return
    url, cursor = _next(interpreter, step, scope)
    if url is None or url in (first, page.url):
        return
    yield Visit(
        url,
        step.address,
        scope.record.copy(),
        scope.row,
        scope.flaws.copy() or None,
        number=page.number + 1,
        cursor=cursor,
        first=first or page.url,
        referer=page.url,
    )


def _is_last(step: compiled.Paginate, scope: Scope, inner: Scope) -> bool:
    if step.max_pages is not None and scope.page.number >= step.max_pages:
        return True
    if step.until is not None and step.until(scope):
        return True
    # Numbered pages have no link that could be missing: the first one without rows is past the end.
    numbered = step.next is None and step.cursor is None
    return numbered and step.finds_rows and not inner.found


def _next(
    interpreter: Interpreter, step: compiled.Paginate, scope: Scope
) -> tuple[str | None, Any]:
    """Return the address and the cursor of the next page; no address at the end."""
    page = scope.page
    if step.next is not None:
        found, way = step.next.first(scope)
        if found:
            interpreter.found(step, scope, 1, way)
            return follow(page, link_of(found[0])), None
        interpreter.health.missed[step.index] += 1
        return None, None
    cursor = None
    if step.cursor is not None:
        cursor = step.cursor(scope.value)
        # 0 is a cursor, although it equals False.
        if cursor is None or cursor is False or cursor == "" or isinstance(cursor, (dict, list)):
            return None, None
        if step.url is None:
            return follow(page, str(cursor)), cursor
    assert step.url is not None
    before = page.number, page.cursor
    page.number, page.cursor = page.number + 1, cursor
    try:
        return follow(page, step.url(scope.names())), cursor
    finally:
        page.number, page.cursor = before


def _urls(
    interpreter: Interpreter,
    step: compiled.Step,
    target: compiled.Target,
    scope: Scope,
    *,
    first: bool,
) -> list[str]:
    """Return the addresses that a target leads to from here."""
    if target.url is not None:
        rendered = target.url(scope.names())
        address = follow(scope.page, rendered)
        if address is None:
            raise ValueFailure(f'not a web address: "{rendered[:200]}"')
        interpreter.found(step, scope, 1)
        return [address]
    assert target.links is not None
    nodes, way = target.links.first(scope) if first else target.links.all(scope)
    if not interpreter.found(step, scope, len(nodes), way):
        return []
    urls = []
    for node in nodes:
        url = follow(scope.page, link_of(node))
        if url is None:
            what = "matched, but it is no link"
            interpreter.report("warning", step.address, scope.page.url, what)
        else:
            urls.append(url)
    return urls


def _request(request: compiled.Request | None, scope: Scope) -> dict[str, Any]:
    if request is None:
        return {}
    names = scope.names()
    return {
        "method": request.method,
        "headers": {name: render(names) for name, render in request.headers.items()} or None,
        "body": request.body(names) if request.body else None,
    }

"""How the commands of a page run: list, for_each, group, branch, exit, export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.rows import read_rows
from sequentum_scrapy.compiler.scope import NOTHING, Scope

from .leaving import Leave
from .outcome import EndRun, Record, Steps

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_list(interpreter: Interpreter, step: compiled.List, scope: Scope) -> Steps:
    """Run the body once for each matched node."""
    begin = perf_counter()
    nodes, way = step.select.all(scope)
    nodes = nodes[: step.limit]
    interpreter.health.seconds[step.index] += perf_counter() - begin
    if interpreter.found(step, scope, len(nodes), way):
        rows = (scope.fork(node, step.record_type) for node in nodes)
        yield from interpreter.rows(step, scope, rows)
    else:
        interpreter.nothing(step, scope)


def run_for_each(interpreter: Interpreter, step: compiled.ForEach, scope: Scope) -> Steps:
    """Run the body once for each row of data."""
    data = islice(_rows(step, scope), step.limit)
    first = next(data, None)
    if first is None:
        interpreter.found(step, scope, 0)
        interpreter.nothing(step, scope)
        return
    interpreter.found(step, scope, 1)
    matched = interpreter.health.matched

    def rows() -> Iterator[Scope]:
        yield scope.fork(scope.node, step.record_type, first)
        for row in data:
            matched[step.index] += 1
            yield scope.fork(scope.node, step.record_type, row)

    yield from interpreter.rows(step, scope, rows())


def _rows(step: compiled.ForEach, scope: Scope) -> Iterator[Mapping[str, Any]]:
    if step.file is not None:
        file, path = step.file
        return read_rows(file, scope.run.files.find(path(scope.names())))
    return iter((step.rows if step.input is None else scope.run.inputs[step.input]) or ())


def run_group(interpreter: Interpreter, step: compiled.Group, scope: Scope) -> Steps:
    """Run the body in the same scope, narrowed to an area; one that is not there misses all."""
    before = None
    if step.area is not None:
        before = scope.page, scope.node, scope.area
        rows = scope.found
        found, way = step.area.first(scope)
        interpreter.found(step, scope, len(found), way)
        # An area is no row: it does not say that a numbered page is not past the last.
        scope.found = rows
        scope.node = scope.area = found[0] if found else NOTHING
    try:
        yield from interpreter.body(step.body, scope)
    except Leave as leave:
        leave.check(step)
    finally:
        if before is not None:
            scope.page, scope.node, scope.area = before


def run_branch(interpreter: Interpreter, step: compiled.Branch, scope: Scope) -> Steps:
    """Run the first body whose condition holds."""
    for condition, body in step.cases:
        if condition is None or condition(scope):
            interpreter.health.matched[step.index] += condition is not None
            try:
                yield from interpreter.body(body, scope)
            except Leave as leave:
                leave.check(step)
            return


def run_exit(interpreter: Interpreter, step: compiled.Exit, scope: Scope) -> Steps:
    """Leave a container, or end the run."""
    if step.condition is not None and not step.condition(scope):
        return
    interpreter.health.matched[step.index] += 1
    if step.target is not None:
        raise Leave(step.target)
    yield EndRun()


def run_export(interpreter: Interpreter, step: compiled.Export, scope: Scope) -> Steps:
    """Emit the record as it is now."""
    interpreter.health.matched[step.index] += 1
    scope.taken = True
    yield Record(scope.record, step.record_type, scope.flaws.copy())

"""Functions of the project: which an Agent may call, and how they are called."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson
from scrapy.settings import BaseSettings

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.program import Program
from sequentum_scrapy.compiler.scope import Scope
from sequentum_scrapy.compiler.script_scope import ScriptScope, node_of
from sequentum_scrapy.definition.commands import JavaScript
from sequentum_scrapy.definition.errors import AgentError
from sequentum_scrapy.definition.words import did_you_mean

from .outcome import Settled, Steps, Wait

if TYPE_CHECKING:
    from .interpreter import Interpreter

SCRIPTS = "SEQUENTUM_SCRIPTS"
JAVASCRIPT = "javascript"
"""What stands among the modules that a project allows where JavaScript may run in its pages."""


def load_scripts(paths: Iterable[str], allowed: Sequence[str]) -> dict[str, Callable[..., Any]]:
    """Import functions by their paths, from modules that are allowed, or from packages below these.

    Raises AgentError for a path that is not allowed, or leads to no function of such a module.
    """
    return {path: _load(path, allowed) for path in sorted(paths)}


def check_script(script: str | JavaScript, allowed: Sequence[str]) -> None:
    """Raise AgentError for a function that the project does not allow, or that is not there."""
    if isinstance(script, str):
        load_scripts([script], allowed)
    elif JAVASCRIPT not in allowed:
        raise AgentError(
            f'the project\'s {SCRIPTS} does not allow JavaScript: add "{JAVASCRIPT}" to it'
        )


def check_calls(program: Program, scripts: Mapping[str, Callable[..., Any]]) -> None:
    """Raise AgentError where a function does not take the arguments that it is called with."""
    for step in program.steps.values():
        if isinstance(step, compiled.Script) and step.javascript is None:
            signature = inspect.signature(scripts[step.function])
            try:
                signature.bind(None, **dict.fromkeys(step.argument_names))
            except TypeError as error:
                raise AgentError(
                    f"{step.address}: {step.function}{signature}: {error} (with: names its arguments)"
                ) from None


def allowed_modules(settings: BaseSettings) -> list[str]:
    """Return the modules whose functions the Agents of a project may call; javascript where they may run that too."""
    return list(settings.getlist(SCRIPTS))


def _load(path: str, allowed: Sequence[str]) -> Callable[..., Any]:
    name, _, function_name = path.rpartition(".")
    if not _is_allowed(name, allowed):
        hint = f"allowed: {', '.join(allowed)}" if allowed else "it allows none"
        raise AgentError(
            f'script "{path}": the project\'s {SCRIPTS} does not allow {name} ({hint})'
        )
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the code of a project raises
        raise AgentError(
            f'script "{path}": {name} cannot be imported: {last_line(error)}'
        ) from None
    function = getattr(module, function_name, None)
    # What a module has imported itself is not what it offers.
    if not inspect.isfunction(function) or not _is_allowed(function.__module__, allowed):
        own = [n for n, f in vars(module).items() if inspect.isfunction(f) and n[0] != "_"]
        hint = did_you_mean(function_name, own) or "it has none"
        raise AgentError(f'script "{path}": {name} has no function {function_name} ({hint})')
    return function


def _is_allowed(module: str, allowed: Sequence[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in allowed)


def last_line(error: BaseException) -> str:
    """Return the last line of a traceback, and where it was raised."""
    line = traceback.format_exception_only(error)[-1].strip()
    frames = traceback.extract_tb(error.__traceback__)
    return f"{line} ({frames[-1].name}, line {frames[-1].lineno})" if frames else line


def run_script(interpreter: Interpreter, step: compiled.Script, scope: Scope) -> Steps:
    """Call a function of the project; capture what it returns, or run the body for each of its scopes."""
    if step.javascript is not None:
        raise ValueFailure("JavaScript needs a live page, and a test has a saved one")
    begin = perf_counter()
    function = scope.run.scripts[step.function]
    arguments = step.arguments(scope.names())
    settled = Settled(None, None)
    try:
        settled = Settled(function(ScriptScope(scope), **arguments), None)
    except Exception as error:  # noqa: BLE001 - whatever the code of a project raises
        settled = Settled(None, error)
    if inspect.isawaitable(settled.value):
        live, value = scope.page.live, settled.value
        settled = yield Wait(value if live is None else _within(value, live.timeout))
    interpreter.health.seconds[step.index] += perf_counter() - begin
    yield from take_result(interpreter, step, scope, settled)


async def _within(awaitable: Awaitable[Any], seconds: float) -> Any:
    """Wait for what holds up a live page, as for JavaScript: for as long as a command may take."""
    task = asyncio.ensure_future(awaitable)
    try:
        # Its own errors, of times that ran out too, are told apart from this one.
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise ValueFailure(f"not done after {seconds:g} s")
        return task.result()
    finally:
        task.cancel()


def take_result(
    interpreter: Interpreter, step: compiled.Script, scope: Scope, settled: Settled
) -> Steps:
    """Capture what a call returned, or run the body for each of its scopes."""
    if settled.error is not None:
        _raised(interpreter, step, scope, settled.error)
    elif step.has_rows:
        yield from _rows(interpreter, step, scope, settled.value)
    else:
        _capture(interpreter, step, scope, settled.value)


def _raised(
    interpreter: Interpreter, step: compiled.Script, scope: Scope, error: Exception
) -> None:
    if isinstance(error, ValueFailure):
        _missed(interpreter, step, scope, str(error))
    else:
        what = f"exception {type(error).__name__}"
        _missed(interpreter, step, scope, what, last_line(error))


def _missed(
    interpreter: Interpreter, step: compiled.Script, scope: Scope, what: str, detail: str = ""
) -> None:
    """Report a call that gave no values: those that it should have given make the record invalid."""
    interpreter.failed(step, scope, what, detail)
    scope.captured = scope.captured or bool(step.captures)
    if step.on_error is None:
        scope.flaws.extend(
            {"path": f"$.{name}", "message": what, "command": step.address}
            for name in step.captures
        )


def _rows(interpreter: Interpreter, step: compiled.Script, scope: Scope, result: Any) -> Steps:
    if result is None:
        result = []
    if isinstance(result, (str, bytes, Mapping)) or not isinstance(result, Iterable):
        interpreter.failed(step, scope, f"returned {_kind(result)}, not a list of scopes")
        return
    try:
        items = [_plain(item) if isinstance(item, Mapping) else item for item in result]
    except Exception as error:  # noqa: BLE001 - a generator runs the code of a project
        _raised(interpreter, step, scope, error)
        return
    if not interpreter.found(step, scope, len(items)):
        interpreter.nothing(step, scope)
        return
    yield from interpreter.rows(step, scope, (_row(step, scope, item) for item in items))


def _row(step: compiled.Script, scope: Scope, item: Any) -> Scope:
    node = node_of(item)
    if node is None and isinstance(item, Mapping):
        row = {**(scope.row or {}), **item}
        made = scope.fork(item, step.record_type, row)
        made.node = dict(item)
        return made
    return scope.fork(node, step.record_type)


def _capture(interpreter: Interpreter, step: compiled.Script, scope: Scope, result: Any) -> None:
    if result is None and not step.captures:
        interpreter.health.matched[step.index] += 1
        return
    if not isinstance(result, Mapping):
        _missed(interpreter, step, scope, f"returned {_kind(result)}, not a mapping of values")
        return
    try:
        values = _plain(result)
    except TypeError as error:
        what = "returned what JSON has no form for"
        _missed(interpreter, step, scope, what, str(error.__cause__ or error))
        return
    unknown = [name for name in values if name not in step.captures]
    if unknown:
        what = f'returned "{unknown[0]}", which is not among its captures'
        _missed(interpreter, step, scope, what)
        return
    interpreter.health.matched[step.index] += 1
    scope.captured = True
    scope.record.update(values)
    missing = [name for name in step.captures if name not in values]
    interpreter.flawed(
        step,
        scope,
        [
            {"path": f"$.{name}", "message": "not found", "command": step.address}
            for name in missing
        ],
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, as a continuation carries it. Raises TypeError."""
    return orjson.loads(orjson.dumps(value, default=_simple, option=orjson.OPT_NON_STR_KEYS))


def _simple(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"

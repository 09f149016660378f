"""How retry runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.scope import Scope

from .leaving import Again
from .outcome import Repeat, Steps

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_retry(interpreter: Interpreter, step: compiled.Retry, scope: Scope) -> Steps:
    """Run the body on a page without signs of trouble; ask for the page again where there are."""
    page, health = scope.page, interpreter.health
    sign = step.trouble(scope)
    if sign is not None and page.attempt < step.attempts:
        health.missed[step.index] += 1
        interpreter.report("warning", step.address, page.url, "asked for again", sign)
        wait = step.backoff * 2**page.attempt
        raise Again(Repeat(page.attempt + 1, wait, step.fresh_session))
    if sign is not None:
        interpreter.failed(step, scope, f"given up: {sign}")
    elif not 200 <= page.status < 300 and not step.any_status:
        interpreter.failed(step, scope, f"HTTP {page.status}")
    else:
        health.matched[step.index] += 1
        yield from interpreter.body(step.body, scope)
        return
    if step.on_error == "keep":
        yield from interpreter.body(step.body, scope)

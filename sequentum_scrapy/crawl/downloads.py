"""Files that records tell of: fetched through the crawl, saved by Scrapy's file stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.downloads import (
    file_name,
    file_type,
    is_one_of,
    names_of_file,
    safe_path,
)
from sequentum_scrapy.compiler.errors import READ_ERRORS, ValueFailure
from sequentum_scrapy.compiler.fields import TEMPLATE_ERRORS
from sequentum_scrapy.compiler.forms import FormRequest
from sequentum_scrapy.compiler.scope import Scope

from .forms import visit_of
from .navigation import leads_of
from .outcome import File, Files, Steps, Visit

if TYPE_CHECKING:
    from scrapy.http import Response

    from .interpreter import Interpreter


def run_download(interpreter: Interpreter, step: compiled.Download, scope: Scope) -> Steps:
    """Save the files that a target leads to, and capture what there is to tell of them."""
    if step.clicked is not None:
        raise ValueFailure("a click needs a live page, and a test has a saved one")
    visits, reasons = _visits(interpreter, step, scope)
    names = scope.names()
    answers = yield Files([File(visit, step, names) for visit in visits])
    saved = [answer for answer in answers if not isinstance(answer, str)]
    reasons += [answer for answer in answers if isinstance(answer, str)]
    scope.captured = True
    scope.record[step.field] = saved if step.all else (saved[0] if saved else None)
    if step.optional:
        for reason in reasons:
            interpreter.report("warning", step.address, scope.page.url, reason)
        return
    flaws = [
        {"path": f"$.{step.field}", "message": reason, "command": step.address}
        for reason in reasons
    ]
    interpreter.flawed(step, scope, flaws)


def _visits(
    interpreter: Interpreter, step: compiled.Download, scope: Scope
) -> tuple[list[Visit], list[str]]:
    """Return where the files are, and why there is none."""
    # A file is no row: it does not say that a numbered page is not past the last.
    found = scope.found
    try:
        leads = leads_of(interpreter, step, step.target, scope, first=not step.all)
        visits = [
            visit_of(lead, step.address, {}, scope, None)
            if isinstance(lead, FormRequest)
            else Visit(lead, step.address, {}, referer=scope.page.url)
            for lead in leads
        ]
    except READ_ERRORS as error:
        return [], [str(error)]
    except TEMPLATE_ERRORS as error:
        return [], [f"template: {error}"]
    finally:
        scope.found = found
    return visits, [] if visits or step.optional else ["not found"]


def inspected(response: Response, file: File) -> tuple[str, str] | str:
    """Return the name and the type of a file that came, or why it is not taken."""
    if not 200 <= response.status < 300:
        return f"HTTP {response.status}"
    body = response.body
    if not body:
        return "the file is empty"
    if file.step.max_bytes is not None and len(body) > file.step.max_bytes:
        return "the answer is too large"
    headers = response.headers
    content_type = (headers.get(b"Content-Type") or b"").decode("latin-1")
    disposition = (headers.get(b"Content-Disposition") or b"").decode("latin-1")
    name = file_name(response.url, disposition)
    kind = file_type(body, content_type, name)
    if not is_one_of(kind, file.step.types):
        return f"it is {kind}, not {' or '.join(file.step.types)}"
    return file_name(response.url, disposition, kind), kind


def path_of(file: File, name: str, kind: str, default: str) -> str | tuple[str]:
    """Return where a file goes; a reason, alone in a tuple, where that cannot be told."""
    if file.step.path is None:
        return default
    try:
        return safe_path(file.step.path({**file.names, "file": names_of_file(name, kind)}))
    except TEMPLATE_ERRORS as error:
        return (f"path: {error}",)

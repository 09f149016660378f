"""How the commands for forms run: fill, select, check, upload, submit."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from lxml import etree

from sequentum_scrapy.compiler import forms
from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.forms import Filling, FormRequest
from sequentum_scrapy.compiler.scope import Scope

from .links import is_web_address
from .outcome import Steps, Visit

if TYPE_CHECKING:
    from .interpreter import Interpreter


def run_form_action(interpreter: Interpreter, step: compiled.FormAction, scope: Scope) -> Steps:
    """Set fields of a form; the submit that follows sends them."""
    begin = perf_counter()
    if scope.filling is not None and scope.filling.broken:
        # It is not sent any more, and the reason was told.
        return
    try:
        scope.filling = _set_fields(interpreter, step, scope)
    except Exception:
        # What is half filled must not be sent as if it were whole.
        if step.on_error != "keep" and (form := _any_form(scope)) is not None:
            scope.filling = Filling(form, broken=True)
        raise
    finally:
        interpreter.health.seconds[step.index] += perf_counter() - begin
    yield from ()


def _set_fields(
    interpreter: Interpreter, step: compiled.FormAction, scope: Scope
) -> Filling | None:
    names, filling = scope.names(), _filling(step, scope)
    for key, value in step.values:
        found = [] if filling is None else _controls(key, filling, scope)
        if found:
            assert filling is not None
            filling = step.set_one(filling, found, value(names), scope)
            interpreter.health.matched[step.index] += 1
        elif step.optional:
            interpreter.health.miss(step.index, scope.page.url)
        else:
            raise ValueFailure(_no_field(key, filling, scope))
    return filling


def run_submit(interpreter: Interpreter, step: compiled.Submit, scope: Scope) -> Steps:
    """Submit a form; the commands below run on the answer."""
    request = _submission(interpreter, step, scope)
    if request is None:
        interpreter.nothing(step, scope)
        return
    if step.makes_records:
        scope.taken = True
    record, flaws = scope.record.copy(), scope.flaws.copy() or None
    yield visit_of(request, step.address, record, scope, flaws)


def visit_of(
    request: FormRequest,
    at: str,
    record: dict[str, object],
    scope: Scope,
    flaws: list[dict[str, str]] | None,
) -> Visit:
    """Return the visit that a form leads to. Raises ValueFailure where it leads to no web page."""
    if not is_web_address(request.url):
        raise ValueFailure(f'the form leads to no web address: "{request.url[:200]}"')
    return Visit(
        request.url,
        at,
        record,
        scope.row,
        flaws,
        method=request.method,
        headers=request.headers or None,
        body=request.body,
        referer=scope.page.url,
        inputs=scope.run.own,
    )


def request_of(node: object, scope: Scope) -> FormRequest | None:
    """Return what a click on a node sends where it posts back or submits a form; else None."""
    if not isinstance(node, etree._Element):  # noqa: SLF001 - lxml's name for its public class
        return None
    page = scope.page
    postback = forms.postback_of(node)
    if postback is not None:
        return _postback(_form_of(node, scope), postback, scope)
    button = next((e for e in (node, *node.iterancestors("button")) if forms.is_submit(e)), None)
    if button is None:
        return None
    form = forms.owner(button, page)
    if form is None:
        raise ValueFailure("the button belongs to no form")
    return forms.send(page, _sound(_current(form, scope)), button=button)


def _submission(
    interpreter: Interpreter, step: compiled.Submit, scope: Scope
) -> FormRequest | None:
    if step.button is not None:
        found, way = step.button.first(scope)
        if not interpreter.found(step, scope, len(found), way):
            return None
        request = request_of(found[0], scope)
        if request is None:
            raise ValueFailure("matched, but it is neither a button that submits nor a postback")
        return request
    form = _chosen_form(step, scope)
    interpreter.found(step, scope, 1)
    if step.postback is not None:
        target, argument = (render(scope.names()) for render in step.postback)
        return _postback(form, (target, argument), scope)
    filling = _sound(_current(form, scope))
    button = next((c for c in filling.controls(scope.page) if forms.is_submit(c)), None)
    return forms.send(scope.page, filling, button=button)


def _postback(form: etree._Element, postback: tuple[str, str], scope: Scope) -> FormRequest:
    target, argument = postback
    extra = {"__EVENTTARGET": target, "__EVENTARGUMENT": argument}
    return forms.send(scope.page, _sound(_current(form, scope)), extra=extra)


def _current(form: etree._Element, scope: Scope) -> Filling:
    """Return what was set in a form so far."""
    filling = scope.filling
    return filling if filling is not None and filling.form is form else Filling(form)


def _sound(filling: Filling) -> Filling:
    if filling.broken:
        raise ValueFailure("not submitted: a field of the form could not be set")
    return filling


def _chosen_form(step: compiled.Submit, scope: Scope) -> etree._Element:
    if step.form is not None:
        return _selected_form(step.form.first(scope)[0])
    if scope.filling is not None:
        return scope.filling.form
    found = _forms_here(scope)
    if len(found) != 1:
        what = "there are several forms here: say which, with form:" if found else _NO_FORM
        raise ValueFailure(what)
    return found[0]


_NO_FORM = "there is no form here"


def _form_of(node: etree._Element, scope: Scope) -> etree._Element:
    """Return the form that a link posts back: the one around it, else the page's first that posts."""
    around = next(node.iterancestors("form"), None)
    if around is not None:
        return around
    found = forms.forms(scope.page)
    posting = [form for form in found if form.get("method", "").lower() == "post"]
    if not found:
        raise ValueFailure(_NO_FORM)
    return (posting or found)[0]


def _selected_form(found: list[object]) -> etree._Element:
    if not found:
        raise ValueFailure("form: matched nothing")
    node = found[0]
    if isinstance(node, etree._Element):  # noqa: SLF001
        inner = [node] if node.tag == "form" else [*node.iter("form"), *node.iterancestors("form")]
        if inner:
            return inner[0]
    raise ValueFailure("form: matched, but it is no form")


def _forms_here(scope: Scope) -> list[etree._Element]:
    """Return the forms in the scope: those in its node, else the one around it."""
    element = scope.element
    return list(element.iter("form")) or list(element.iterancestors("form"))[:1]


def _any_form(scope: Scope) -> etree._Element | None:
    if scope.filling is not None:
        return scope.filling.form
    return next(iter(forms.forms(scope.page)), None) if scope.page.kind == "html" else None


def _filling(step: compiled.FormAction, scope: Scope) -> Filling | None:
    """Return the form that has most of the fields, with what was set in it; None without a form."""
    if step.form is not None:
        return _sound(_current(_selected_form(step.form.first(scope)[0]), scope))
    candidates = _forms_here(scope)
    if scope.filling is not None:
        # Commands one after another set the same form, where it has what they name.
        form = scope.filling.form
        candidates = [form, *(other for other in candidates if other is not form)]
    if not candidates:
        return None
    best = max(candidates, key=lambda form: _count(step, Filling(form), scope))
    return _sound(_current(best, scope))


def _count(step: compiled.FormAction, filling: Filling, scope: Scope) -> int:
    return sum(bool(_controls(key, filling, scope)) for key, _ in step.values)


def _controls(key: compiled.FieldKey, filling: Filling, scope: Scope) -> list[etree._Element]:
    """Return the controls that a key means in a form: those of its name, else what it selects."""
    own = filling.controls(scope.page)
    found = [control for control in own if control.get("name") == key.text]
    if found or key.selection is None:
        return found
    selected, _ = key.selection.all(scope)
    return [control for control in own if any(control is node for node in selected)]


def _no_field(key: compiled.FieldKey, filling: Filling | None, scope: Scope) -> str:
    if filling is None:
        return _NO_FORM
    names = forms.field_names(filling.form, scope.page)
    return f'the form has no field "{key.text}" (it has: {", ".join(names) or "none"})'

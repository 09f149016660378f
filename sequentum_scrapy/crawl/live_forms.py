"""How the commands for forms run on a live page: each control is set as a person would, and the button is clicked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from lxml import etree

from sequentum_scrapy.compiler import form_fields, forms
from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.form_fields import Controls, SetField
from sequentum_scrapy.compiler.scope import Scope

from .live_elements import Doing, live_of, on_element, persist, until
from .outcome import Steps, ask

if TYPE_CHECKING:
    from sequentum_scrapy.compiler.page import Page

    from .browser.live import Live
    from .live_interpreter import LiveInterpreter

_CONTROLS = ("input", "select", "textarea", "button")
_SUBMIT = "(args, form) => form.requestSubmit()"
_POSTBACK = """([target, argument]) => {
  if (typeof __doPostBack === "function") return void __doPostBack(target, argument);
  const form = [...document.forms].find((form) => form.method === "post") || document.forms[0];
  for (const [name, value] of [["__EVENTTARGET", target], ["__EVENTARGUMENT", argument]]) {
    const field = form.elements[name] || form.appendChild(document.createElement("input"));
    Object.assign(field, { type: "hidden", name, value });
  }
  form.submit();
}"""


def run_form_action(interpreter: LiveInterpreter, step: compiled.FormAction, scope: Scope) -> Steps:
    """Set fields of the page, one after another."""
    live = live_of(scope)
    timeout = step.timeout if step.timeout is not None else live.timeout
    patience = step.timeout if step.timeout is not None else 0.0 if step.optional else live.timeout

    def set_one(key: compiled.FieldKey, value: Callable[[Mapping[str, Any]], Any]) -> Doing:
        found = yield from until(interpreter, scope, patience, partial(_controls, step, key, scope))
        if not found:
            interpreter.health.miss(step.index, scope.page.url)
            if step.optional:
                return
            raise ValueFailure(_no_field(key, scope))
        interpreter.form = _form_mark(found[0], scope)
        yield from _SET[step.set_one](live, step, found, value(scope.names()), scope, timeout)
        interpreter.health.matched[step.index] += 1

    for key, value in step.values:
        yield from persist(scope, step.timeout, partial(set_one, key, value))


def _fill(  # noqa: PLR0917 - all of them share this signature
    live: Live, step: compiled.FormAction, found: Controls, value: str, scope: Scope, timeout: float
) -> Doing:
    form_fields.check_text(found)
    yield from ask(live.fill(_mark(found[0], scope), value, typed=step.typed, timeout=timeout))


def _choose(
    live: Live,
    _step: compiled.FormAction,
    found: Controls,
    value: Any,
    scope: Scope,
    timeout: float,
) -> Doing:
    options = form_fields.options_of(found, value)
    yield from ask(live.select(_mark(found[0], scope), options, timeout))


def _check(
    live: Live,
    _step: compiled.FormAction,
    found: Controls,
    value: Any,
    scope: Scope,
    timeout: float,
) -> Doing:
    states = form_fields.states_of(found, value)
    for control, state in zip(found, states, strict=True):
        if state or forms.kind_of(control) == "checkbox":
            # A radio button is unset by another one.
            yield from ask(live.check(_mark(control, scope), value=state, timeout=timeout))


def _upload(
    live: Live,
    _step: compiled.FormAction,
    found: Controls,
    value: str,
    scope: Scope,
    timeout: float,
) -> Doing:
    file = form_fields.file_of(found, value, scope)
    yield from ask(live.upload(_mark(found[0], scope), file, timeout))


_SET: dict[SetField, Callable[..., Doing]] = {
    form_fields.fill: _fill,
    form_fields.choose: _choose,
    form_fields.check: _check,
    form_fields.upload: _upload,
}


def run_submit(interpreter: LiveInterpreter, step: compiled.Submit, scope: Scope) -> Steps:
    """Submit a form; the commands below run on the page that is there then."""
    tab = live_of(scope).tab
    any_status, tab.any_status = tab.any_status, tab.any_status or step.any_status
    try:
        yield from _submit(interpreter, step, scope)
    finally:
        tab.any_status = any_status


def _submit(interpreter: LiveInterpreter, step: compiled.Submit, scope: Scope) -> Steps:
    live = live_of(scope)
    if step.button is not None:
        clicked = yield from on_element(
            interpreter,
            step,
            step.button,
            scope,
            lambda mark: _clicked(live, mark),
            optional=step.keep_empty,
            timeout=None,
        )
        if not clicked:
            return
    else:
        yield from persist(scope, None, lambda: _send(interpreter, step, scope, live))
        interpreter.found(step, scope, 1)
    if step.makes_records:
        scope.taken = True
    yield from interpreter.come(scope)
    if not step.body.steps:
        return
    inner = scope.fork(None, step.record_type)
    file: Page | None = yield from ask(live.came_instead())
    if file is not None:
        inner.page = file
    yield from interpreter.row(step, inner)


def _clicked(live: Live, mark: int) -> Doing:
    yield from ask(live.click(mark, timeout=live.timeout))
    return True


def _send(interpreter: LiveInterpreter, step: compiled.Submit, scope: Scope, live: Live) -> Doing:
    if step.postback is not None:
        given = [render(scope.names()) for render in step.postback]
        yield from ask(live.evaluate(_POSTBACK, given, None))
        return
    found = yield from until(
        interpreter, scope, live.timeout, lambda: _forms(interpreter, step, scope)
    )
    if len(found) != 1:
        raise ValueFailure("there is no form here, or there are several: say which, with form:")
    button = next((c for c in forms.controls(found[0], scope.page) if forms.is_submit(c)), None)
    if button is None:
        yield from ask(live.evaluate(_SUBMIT, None, _mark(found[0], scope)))
    else:
        yield from ask(live.click(_mark(button, scope), timeout=live.timeout))


def _forms(
    interpreter: LiveInterpreter, step: compiled.Submit, scope: Scope
) -> list[etree._Element]:
    """Return the forms that may be meant: the one that is named, that was filled last, or those here."""
    if step.form is not None:
        named = step.form.first(scope)[0]
        return [node for node in named if isinstance(node, etree._Element)]  # noqa: SLF001
    last: etree._Element | None = scope.page.marks.element(interpreter.form)
    if last is not None:
        return [last]
    return list(scope.element.iter("form")) or list(scope.element.iterancestors("form"))[:1]


def _controls(step: compiled.FormAction, key: compiled.FieldKey, scope: Scope) -> Controls:
    """Return the controls that a key means: those of its name, else what it selects."""
    area: Any = scope.element
    if step.form is not None:
        found = step.form.first(scope)[0]
        if not found:
            return []
        area = found[0]
    named = [control for control in area.iter(*_CONTROLS) if control.get("name") == key.text]
    if named or key.selection is None:
        return named
    selected = key.selection.all(scope)[0]
    return [node for node in selected if isinstance(node, etree._Element)]  # noqa: SLF001


def _form_mark(control: etree._Element, scope: Scope) -> int | None:
    form = forms.owner(control, scope.page)
    mark: int | None = None if form is None else scope.page.marks.of(form)
    return mark


def _mark(element: etree._Element, scope: Scope) -> int:
    mark: int | None = scope.page.marks.of(element)
    if mark is None:
        raise ValueFailure("matched, but it is no element of the live page")
    return mark


def _no_field(key: compiled.FieldKey, scope: Scope) -> str:
    names = [control.get("name") for control in scope.element.iter(*_CONTROLS)]
    known = ", ".join(dict.fromkeys(name for name in names if name)) or "none"
    return f'the page has no field "{key.text}" (it has: {known})'

"""How the commands for forms compile: fill, select, check, upload, submit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.commands.forms import FormAction as Action
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.selectors import InvalidSelectorError, css_to_xpath, is_xpath
from sequentum_scrapy.definition.templates import compile_template

from .form_fields import SetField, check, choose, fill, upload
from .selectors import compile_optional, compile_selector
from .steps import FieldKey, FormAction, Submit
from .traits import reads_status

if TYPE_CHECKING:
    from .compile import Common, Compiler

Value = Callable[[Mapping[str, Any]], Any]
"""From the names that templates know to what a field is set to."""


def compile_fill(
    compiler: Compiler, command: language.Fill, _path: PathInTree, _outer: str, common: Common
) -> FormAction:
    return _action(command, _values(compiler, command.fill), fill, common)


def compile_select(
    compiler: Compiler, command: language.Select, _path: PathInTree, _outer: str, common: Common
) -> FormAction:
    return _action(command, _values(compiler, command.select), choose, common)


def compile_check(
    compiler: Compiler, command: language.Check, _path: PathInTree, _outer: str, common: Common
) -> FormAction:
    return _action(command, _values(compiler, command.check, _state), check, common)


def compile_upload(
    compiler: Compiler, command: language.Upload, _path: PathInTree, _outer: str, common: Common
) -> FormAction:
    return _action(command, _values(compiler, command.upload), upload, common)


def compile_submit(
    compiler: Compiler, command: language.Submit, path: PathInTree, outer: str, common: Common
) -> Submit:
    button, postback = command.submit, None
    if isinstance(button, language.Postback):
        postback = compile_template(button.event_target), compile_template(button.event_argument)
        button = None
    return Submit(
        **compiler.repeating(command, path, outer, common),
        button=compile_optional(button),
        postback=postback,
        form=compile_optional(command.form),
        any_status=reads_status(command.do),
    )


def _value(compiler: Compiler, value: Any) -> Value:
    if isinstance(value, list):
        texts = [compiler.render(text) for text in value]
        return lambda context: [text(context) for text in texts]
    return compiler.render(value)


def _state(compiler: Compiler, value: Any) -> Value:
    """Compile what to check: true or false may come of a template, too."""
    if isinstance(value, list):
        return _value(compiler, value)
    typed = compiler.json(value)

    def state(context: Mapping[str, Any]) -> bool | str:
        made = typed(context)
        return made if isinstance(made, bool) else str(made)

    return state


def _values(
    compiler: Compiler,
    values: Mapping[str, Any],
    as_value: Callable[[Compiler, Any], Value] = _value,
) -> tuple[tuple[FieldKey, Value], ...]:
    return tuple((_key(text), as_value(compiler, value)) for text, value in values.items())


def _action(
    command: Action, values: tuple[tuple[FieldKey, Value], ...], set_one: SetField, common: Common
) -> FormAction:
    return FormAction(
        **common,
        set_one=set_one,
        values=values,
        form=compile_optional(command.form),
        optional=command.optional,
        timeout=command.timeout,
        typed=isinstance(command, language.Fill) and command.typed,
    )


def _key(text: str) -> FieldKey:
    if not is_xpath(text):
        try:
            css_to_xpath(text)
        except InvalidSelectorError:
            # user[email] and ctl00$name are names that are no selectors.
            return FieldKey(text, None)
    return FieldKey(text, compile_selector(text))

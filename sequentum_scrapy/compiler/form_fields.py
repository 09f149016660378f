"""What fill, select, check and upload set in the fields of a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lxml import etree

from .errors import ValueFailure
from .forms import Filling, kind_of, option_values
from .multipart import FilePart
from .scope import Scope

Controls = list[etree._Element]  # noqa: SLF001 - lxml's name for its public class
SetField = Callable[[Filling, Controls, Any, Scope], Filling]
"""Sets the controls of one field to a value. Raises ValueFailure where they do not take it."""

_SHOWN = 12


def check_text(found: Controls) -> None:
    """Raise ValueFailure where the first of the controls takes no text."""
    kind = kind_of(found[0])
    other = {"select": "select", "checkbox": "check", "radio": "check", "file": "upload"}.get(kind)
    if other or kind in ("button", "submit", "image", "reset"):
        hint = f"use {other}" if other else "submit presses buttons"
        raise ValueFailure(f"{_name(found)} is no text field but a {kind}: {hint}")


def fill(filling: Filling, found: Controls, value: str, _scope: Scope) -> Filling:
    """Write a text into the first of the controls."""
    check_text(found)
    return filling.setting(found[0], value)


def options_of(found: Controls, value: str | Sequence[str]) -> list[str]:
    """Return the values of the options that values or labels mean. Raises ValueFailure."""
    control = found[0]
    if kind_of(control) != "select":
        raise ValueFailure(f"{_name(found)} is no drop-down list but a {kind_of(control)}")
    wanted = [value] if isinstance(value, str) else list(value)
    if len(wanted) > 1 and "multiple" not in control.attrib:
        raise ValueFailure(f"{_name(found)} takes one option, not {len(wanted)}")
    options = option_values(control)
    values = {own for own, _ in options}
    labels = {label: own for own, label in reversed(options)}
    chosen = []
    for text in wanted:
        option = text if text in values else labels.get(" ".join(text.split()))
        if option is None:
            raise ValueFailure(
                f'{_name(found)} has no option "{text}" (it has: {_some(label for _, label in options)})'
            )
        chosen.append(option)
    return chosen


def choose(filling: Filling, found: Controls, value: str | Sequence[str], _scope: Scope) -> Filling:
    """Choose options of a drop-down list, by value or by label."""
    return filling.setting(found[0], options_of(found, value))


def states_of(
    found: Controls,
    value: bool | str | Sequence[str],  # noqa: FBT001 - a value as the definition has it
) -> list[bool]:
    """Return whether each of some check boxes or radio buttons is to be checked. Raises ValueFailure."""
    for control in found:
        if kind_of(control) not in ("checkbox", "radio"):
            raise ValueFailure(f"{_name(found)} is no check box but a {kind_of(control)}")
    if isinstance(value, bool):
        if len(found) > 1:
            raise ValueFailure(
                f"{_name(found)} has {len(found)} choices: give the value (it has: {_some(map(_value, found))})"
            )
        return [value]
    wanted = [value] if isinstance(value, str) else list(value)
    missing = [text for text in wanted if text not in [_value(control) for control in found]]
    if missing:
        raise ValueFailure(
            f'{_name(found)} has no choice "{missing[0]}" (it has: {_some(map(_value, found))})'
        )
    return [_value(control) in wanted for control in found]


def check(
    filling: Filling,
    found: Controls,
    value: bool | str | Sequence[str],  # noqa: FBT001 - a value as the definition has it
    scope: Scope,
) -> Filling:
    """Set check boxes and radio buttons: one to true or false, or those of certain values."""
    states = states_of(found, value)
    for other in _group(filling, found[0], scope) if value is True else ():
        filling = filling.setting(other, value=False)
    for control, state in zip(found, states, strict=True):
        filling = filling.setting(control, value=state)
    return filling


def file_of(found: Controls, value: str, scope: Scope) -> FilePart:
    """Return the file for a file field. Raises ValueFailure."""
    if kind_of(found[0]) != "file":
        raise ValueFailure(f"{_name(found)} is no file field but a {kind_of(found[0])}")
    path = scope.run.files.find(value)
    try:
        return FilePart(path.name, path.read_bytes())
    except OSError as error:
        raise ValueFailure(f'"{value}" cannot be read: {(error.strerror or "").lower()}') from None


def upload(filling: Filling, found: Controls, value: str, scope: Scope) -> Filling:
    """Put a file into a file field."""
    return filling.uploading(found[0], file_of(found, value, scope))


def _group(filling: Filling, control: etree._Element, scope: Scope) -> list[etree._Element]:
    """Return the other radio buttons of the group of one."""
    if kind_of(control) != "radio":
        return []
    return [
        other
        for other in filling.controls(scope.page)
        if other is not control
        and kind_of(other) == "radio"
        and other.get("name") == control.get("name")
    ]


def _value(control: etree._Element) -> str:
    return control.get("value", "on")


def _name(found: Controls) -> str:
    return f'"{found[0].get("name") or found[0].get("id") or found[0].tag}"'


def _some(texts: Iterable[str]) -> str:
    shown = list(texts)
    more = ["…"] if len(shown) > _SHOWN else []
    return ", ".join([*shown[:_SHOWN], *more]) or "none"

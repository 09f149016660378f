"""How the commands of a live page compile: click, hover, press, scroll, wait, frame, screenshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.commands.live import ScrollBy, Waiting
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.templates import compile_template

from .selectors import compile_optional, compile_selector
from .steps import Click, Dialog, Frame, Hover, Press, Screenshot, Scroll, Wait

if TYPE_CHECKING:
    from .compile import Common, Compiler


def _live(command: language.LiveCommand, common: Common) -> dict[str, Any]:
    """Return what all commands of a live page share."""
    return {**common, "timeout": command.timeout, "optional": command.optional}


def compile_click(
    compiler: Compiler, command: language.Click, path: PathInTree, outer: str, common: Common
) -> Click:
    dialog = None
    if isinstance(command.dialog, str):
        dialog = Dialog(accept=command.dialog == "accept", answer=None)
    elif command.dialog is not None:
        dialog = Dialog(accept=True, answer=compiler.render(command.dialog.answer))
    return Click(
        **_live(command, common),
        target=compile_selector(command.click),
        at=None if command.at is None else (command.at[0], command.at[1]),
        dialog=dialog,
        body=compiler.body(command.do, (*path, "do"), outer),
    )


def compile_hover(
    _compiler: Compiler, command: language.Hover, _path: PathInTree, _outer: str, common: Common
) -> Hover:
    return Hover(**_live(command, common), target=compile_selector(command.hover))


def compile_press(
    _compiler: Compiler, command: language.Press, _path: PathInTree, _outer: str, common: Common
) -> Press:
    keys = command.press
    return Press(
        **_live(command, common),
        keys=(keys,) if isinstance(keys, str) else tuple(keys),
        target=compile_optional(command.on),
    )


def compile_scroll(
    _compiler: Compiler, command: language.Scroll, _path: PathInTree, _outer: str, common: Common
) -> Scroll:
    to = command.scroll
    made = {**_live(command, common), "box": compile_optional(command.in_)}
    if isinstance(to, ScrollBy):
        return Scroll(**made, by=to.by, end=None, target=None)
    if to in ("bottom", "top"):
        return Scroll(**made, by=None, end=str(to), target=None)
    return Scroll(**made, by=None, end=None, target=compile_selector(to))


def compile_wait(
    _compiler: Compiler, command: language.Wait, _path: PathInTree, _outer: str, common: Common
) -> Wait:
    until = command.wait
    if not isinstance(until, Waiting):
        until = Waiting(selector=until)
    return Wait(
        **_live(command, common),
        present=compile_optional(until.selector),
        gone=compile_optional(until.gone),
        text=None if until.text is None else compile_template(until.text),
        url=None if until.url is None else compile_template(until.url),
        idle=bool(until.idle),
        seconds=until.time,
    )


def compile_frame(
    compiler: Compiler, command: language.Frame, path: PathInTree, outer: str, common: Common
) -> Frame:
    return Frame(
        **_live(command, common),
        target=compile_selector(command.frame),
        body=compiler.body(command.do, (*path, "do"), outer),
    )


def compile_screenshot(
    _compiler: Compiler,
    command: language.Screenshot,
    _path: PathInTree,
    _outer: str,
    common: Common,
) -> Screenshot:
    return Screenshot(
        **_live(command, common),
        target=compile_optional(command.screenshot),
        field=command.as_,
        full=command.full,
    )

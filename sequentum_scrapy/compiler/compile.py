"""From a definition to a Program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.definition.modes import in_browser
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.reading import address as join
from sequentum_scrapy.definition.templates import (
    compile_template,
    compile_value,
    is_template,
    names,
)
from sequentum_scrapy.definition.walk import children

from . import (
    containers,
    files_commands,
    form_commands,
    live_commands,
    navigation,
    page_commands,
    recording,
    reuse,
    session,
)
from .program import START, Program
from .starts import FileStart, SitemapStart, compile_starts
from .steps import (
    Body,
    Capture,
    Download,
    ForEach,
    Login,
    Lookup,
    Open,
    Paginate,
    Render,
    Run,
    Script,
    Step,
    Submit,
    Transform,
)
from .traits import WAITING, acts, exports, makes_records, reads_status, released, waits
from .validation import RecordValidator

Common = dict[str, Any]
"""What every step is made with: address, index, on_error."""


def compile_agent(agent: Agent) -> Program:
    """Compile a checked Agent. Everything that can be prepared once is prepared here."""
    return Compiler(agent).program()


class Compiler:
    """Compiles one Agent; the functions of the families of commands ask it for what they share.

    ``enclosing`` are the commands around the one that is compiled, outermost first, each with its
    address; ``left`` the addresses of containers that an exit below may leave.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.addresses: list[str] = []
        self.steps: dict[str, Step] = {}
        self.names: dict[str, str] = {}
        self.record_types: dict[str, str] = {START: ""}
        self.secrets: set[str] = set()
        self.enclosing: list[tuple[language.CommandBase, str]] = []
        self.left: set[str] = set()
        self.live = agent.browser
        self.browser: set[str] = {START} if agent.browser else set()

    def program(self) -> Program:
        self.register(START)
        body = self.body(self.agent.commands, ("commands",), "")
        starts = compile_starts(self, self.agent.start)
        output = self.agent.output
        types = {"": output, **output.records}
        live = {at: _on_page(self.steps.get(at), body) for at in self.browser}
        return Program(
            agent=self.agent,
            body=body,
            starts=starts,
            any_status=reads_status(self.agent.commands),
            login=next((step for step in self.steps.values() if isinstance(step, Login)), None),
            steps=self.steps,
            names=self.names,
            record_types=self.record_types,
            addresses=tuple(self.addresses),
            required_fields=tuple(
                field.index
                for step in self.steps.values()
                if isinstance(step, Capture)
                for field in step.fields
                if field.required
            ),
            validators={
                name: RecordValidator(kind.schema_)
                for name, kind in types.items()
                if kind.schema_ is not None
            },
            secrets=frozenset(self.secrets),
            navigates=any(
                isinstance(step, (Open, Paginate, Lookup, Run, Submit))
                for step in self.steps.values()
            ),
            waits=any(isinstance(step, WAITING) for step in self.steps.values()),
            saves=any(isinstance(step, Download) for step in self.steps.values()),
            scripts=frozenset(
                step.function
                for step in self.steps.values()
                if isinstance(step, Script) and step.javascript is None
            ),
            streams=any(isinstance(start, (FileStart, SitemapStart)) for start in starts)
            or any(
                isinstance(step, ForEach) and step.file is not None for step in self.steps.values()
            ),
            browser=frozenset(self.browser),
            acting={
                at: frozenset(released(page))
                for at, page in live.items()
                if any(map(acts, page.steps))
            },
            responses=tuple(
                dict.fromkeys(
                    pattern
                    for step in self.steps.values()
                    if isinstance(step, (Capture, Transform))
                    for pattern in step.responses
                )
            ),
        )

    def register(self, address: str) -> int:
        self.addresses.append(address)
        return len(self.addresses) - 1

    def body(
        self, commands: Sequence[language.CommandBase], path: PathInTree, record_type: str
    ) -> Body:
        made = [
            self.command(command, place, record_type) for command, place in children(commands, path)
        ]
        steps = tuple(step for step in made if not isinstance(step, Login))
        return Body(
            steps=steps,
            waits=any(waits(step) for step in steps),
            exports=any(exports(step) for step in steps),
        )

    def command(self, command: language.CommandBase, path: PathInTree, record_type: str) -> Step:
        address = join((*path, command.key))
        common: Common = {
            "address": address,
            "index": self.register(address),
            "on_error": command.on_error,
        }
        if command.name:
            self.names[command.name] = address
        self.enclosing.append((command, address))
        outer, self.live = self.live, in_browser(command, live=self.live)
        if self.live and isinstance(command, _OPENING):
            self.browser.add(address)
        step = _COMPILE[type(command)](self, command, path, record_type, common)
        self.live = outer
        self.enclosing.pop()
        self.steps[address] = step
        return step

    def repeating(
        self, command: Any, path: PathInTree, outer: str, common: Common
    ) -> dict[str, Any]:
        """Compile what all repeating containers share: the body, and what it does with records."""
        record_type = command.record or outer
        self.record_types[common["address"]] = record_type
        body = self.body(command.do, (*path, "do"), record_type)
        return {
            **common,
            "body": body,
            "record_type": record_type,
            "makes_records": record_type == outer and makes_records(body),
            "limit": getattr(command, "limit", None),
            "keep_empty": getattr(command, "keep_empty", False),
        }

    def render(self, text: str) -> Render:
        """Compile a template that may name secrets."""
        self.note_secrets(text)
        return compile_template(text)

    def note_secrets(self, text: str) -> None:
        """Take note of the secrets that a template names."""
        if is_template(text):
            self.secrets |= names(text, "secret")

    def json(self, value: Any) -> Callable[[Mapping[str, Any]], Any]:
        """Compile a JSON value whose texts are templates; one that is all of a text keeps its type."""
        if isinstance(value, str):
            self.note_secrets(value)
            return compile_value(value)
        if isinstance(value, dict):
            parts = {key: self.json(item) for key, item in value.items()}
            return lambda context: {key: part(context) for key, part in parts.items()}
        if isinstance(value, list):
            items = [self.json(item) for item in value]
            return lambda context: [item(context) for item in items]
        return lambda _context: value


_OPENING = (language.RequestBase, language.Login, language.Paginate, language.Run)
"""Commands whose pages may be opened in a browser."""


def _on_page(step: Step | None, whole: Body) -> Body:
    """Return the commands that run on the pages of a step, absent: on the start page."""
    if isinstance(step, Paginate):
        return Body((step,))
    return whole if step is None else getattr(step, "body", Body())


_COMPILE: dict[type, Callable[[Compiler, Any, PathInTree, str, Common], Step]] = {
    language.Open: navigation.compile_open,
    language.Paginate: navigation.compile_paginate,
    language.Lookup: navigation.compile_lookup,
    language.List: containers.compile_list,
    language.ForEach: containers.compile_for_each,
    language.Group: containers.compile_group,
    language.Branch: containers.compile_branch,
    language.Fill: form_commands.compile_fill,
    language.Select: form_commands.compile_select,
    language.Check: form_commands.compile_check,
    language.Upload: form_commands.compile_upload,
    language.Submit: form_commands.compile_submit,
    language.Login: session.compile_login,
    language.Retry: session.compile_retry,
    language.Transform: page_commands.compile_transform,
    language.Download: files_commands.compile_download,
    language.Script: files_commands.compile_script,
    language.Run: reuse.compile_run,
    language.Click: live_commands.compile_click,
    language.Hover: live_commands.compile_hover,
    language.Press: live_commands.compile_press,
    language.Scroll: live_commands.compile_scroll,
    language.Wait: live_commands.compile_wait,
    language.Frame: live_commands.compile_frame,
    language.Screenshot: live_commands.compile_screenshot,
    language.Capture: recording.compile_capture,
    language.Export: recording.compile_export,
    language.Exit: recording.compile_exit,
}

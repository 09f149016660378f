"""From a definition to a Program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.definition.check import END_OF_RUN
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.reading import address as join
from sequentum_scrapy.definition.selectors import compile_jmespath, is_url
from sequentum_scrapy.definition.templates import as_template, compile_template, is_template, names
from sequentum_scrapy.definition.walk import bodies, children

from .conditions import compile_condition
from .fields import compile_fields
from .program import (
    START,
    Body,
    Branch,
    Capture,
    Exit,
    Export,
    ForEach,
    Group,
    List,
    Lookup,
    Open,
    Paginate,
    Program,
    Render,
    Repeating,
    Request,
    Step,
    Target,
)
from .selectors import compile_selector
from .validation import RecordValidator

_NAVIGATING = (language.Open, language.Paginate, language.Lookup)


def compile_agent(agent: Agent) -> Program:
    """Compile a checked Agent. Everything that can be prepared once is prepared here."""
    return _Compiler(agent).program()


class _Compiler:
    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.addresses: list[str] = []
        self.steps: dict[str, Step] = {}
        self.names: dict[str, str] = {}
        self.record_types: dict[str, str] = {START: ""}
        self.secrets: set[str] = set()
        self.enclosing: list[tuple[language.CommandBase, str]] = []
        self.left: set[str] = set()

    def program(self) -> Program:
        self.register(START)
        body = self.body(self.agent.commands, ("commands",), "")
        output = self.agent.output
        types = {"": output, **output.records}
        return Program(
            agent=self.agent,
            body=body,
            starts=tuple(compile_template(url) for url in self.agent.starts),
            any_status=_reads_status(self.agent.commands),
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
                isinstance(step, (Open, Paginate, Lookup)) for step in self.steps.values()
            ),
            waits=any(isinstance(step, Lookup) for step in self.steps.values()),
        )

    def register(self, address: str) -> int:
        self.addresses.append(address)
        return len(self.addresses) - 1

    def body(
        self, commands: Sequence[language.CommandBase], path: PathInTree, record_type: str
    ) -> Body:
        steps = tuple(
            self.command(command, place, record_type) for command, place in children(commands, path)
        )
        return Body(
            steps=steps,
            waits=any(_waits(step) for step in steps),
            exports=any(_exports(step) for step in steps),
        )

    def command(self, command: language.CommandBase, path: PathInTree, record_type: str) -> Step:
        address = join((*path, command.key))
        common = {
            "address": address,
            "index": self.register(address),
            "on_error": command.on_error,
        }
        if command.name:
            self.names[command.name] = address
        compile_one = getattr(self, f"_{command.key}")
        self.enclosing.append((command, address))
        step: Step = compile_one(command, path, record_type, common)
        self.enclosing.pop()
        self.steps[address] = step
        return step

    def _repeating(
        self, command: Any, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> dict[str, Any]:
        record_type = command.record or outer
        self.record_types[common["address"]] = record_type
        body = self.body(command.do, (*path, "do"), record_type)
        return {
            **common,
            "body": body,
            "record_type": record_type,
            "makes_records": record_type == outer and _makes_records(body),
            "limit": getattr(command, "limit", None),
            "keep_empty": getattr(command, "keep_empty", False),
        }

    def _open(
        self, command: language.Open, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> Open:
        return Open(
            **self._repeating(command, path, outer, common),
            target=_target(command.open),
            request=self._request(command),
            first=command.first,
            once=command.once,
            any_status=_reads_status(command.do),
        )

    def _paginate(
        self, command: language.Paginate, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> Paginate:
        pages = command.paginate
        cursor = url = None
        if isinstance(pages, language.Cursor):
            cursor, url = compile_jmespath(pages.cursor).search, pages.url
        elif isinstance(pages, language.Url):
            url = pages.url
        followed = isinstance(pages, (language.Cursor, language.Url))
        made = self._repeating(command, path, outer, common)
        return Paginate(
            **made,
            next=None if followed else compile_selector(pages),
            url=compile_template(url) if url else None,
            cursor=cursor,
            max_pages=command.max_pages,
            until=compile_condition(command.until) if command.until is not None else None,
            finds_rows=any(isinstance(step, (List, Open)) for step in made["body"].steps),
        )

    def _list(
        self, command: language.List, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> List:
        made = self._repeating(command, path, outer, common)
        left = common["address"] in self.left
        return List(**made, select=compile_selector(command.list), left_early=left)

    def _for_each(
        self, command: language.ForEach, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> ForEach:
        made = self._repeating(command, path, outer, common)
        rows = command.for_each
        typed = rows if isinstance(rows, list) else None
        return ForEach(
            **made,
            rows=typed,
            input=rows.input if isinstance(rows, language.InputRows) else None,
            left_early=common["address"] in self.left,
        )

    def _group(
        self, command: language.Group, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> Group:
        area = compile_selector(command.group) if command.group is not None else None
        return Group(**common, area=area, body=self.body(command.do, (*path, "do"), outer))

    def _branch(
        self, command: language.Branch, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> Branch:
        conditions = [command.branch, *(case.if_ for case in command.elif_), None]
        compiled = [self.body(body, inner, outer) for body, inner in bodies(command, path)]
        return Branch(
            **common,
            cases=tuple(
                (compile_condition(condition) if condition is not None else None, body)
                for condition, body in zip(conditions, compiled, strict=True)
            ),
        )

    def _exit(
        self, command: language.Exit, _path: PathInTree, _outer: str, common: dict[str, Any]
    ) -> Exit:
        target = None
        if command.exit != END_OF_RUN:
            repeating = (language.Open, language.Paginate, language.List, language.ForEach)
            target = next(
                address
                for container, address in reversed(self.enclosing[:-1])
                if (
                    container.name == command.exit
                    if command.exit
                    else isinstance(container, repeating)
                )
            )
            self.left.update(address for _, address in self.enclosing)
        condition = compile_condition(command.if_) if command.if_ is not None else None
        return Exit(**common, target=target, condition=condition)

    def _capture(
        self, command: language.Capture, path: PathInTree, _outer: str, common: dict[str, Any]
    ) -> Capture:
        fields = compile_fields(command.capture, join((*path, "capture")), self.register)
        return Capture(**common, fields=fields)

    def _lookup(
        self, command: language.Lookup, path: PathInTree, outer: str, common: dict[str, Any]
    ) -> Lookup:
        return Lookup(
            **common,
            target=_target(command.lookup),
            request=self._request(command),
            any_status=_reads_status(command.do),
            body=self.body(command.do, (*path, "do"), outer),
        )

    def _export(
        self, command: language.Export, _path: PathInTree, outer: str, common: dict[str, Any]
    ) -> Export:
        return Export(**common, record_type=command.export or outer)

    def _request(self, command: language.RequestBase) -> Request | None:
        plain = command.method == "GET" and not command.headers
        if plain and command.body is None and command.json_ is None:
            return None
        headers = {name: self._render(text) for name, text in command.headers.items()}
        body: Callable[[Mapping[str, Any]], bytes] | None = None
        if command.body is not None:
            text = self._render(command.body)
            body = lambda context: text(context).encode()  # noqa: E731
        elif command.json_ is not None:
            fill = self._json(command.json_)
            body = lambda context: orjson.dumps(fill(context))  # noqa: E731
            if not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = compile_template("application/json")
        return Request(command.method, headers, body)

    def _render(self, text: str) -> Render:
        if is_template(text):
            self.secrets |= names(text, "secret")
        return compile_template(text)

    def _json(self, value: Any) -> Callable[[Mapping[str, Any]], Any]:
        if isinstance(value, str):
            return self._render(value)
        if isinstance(value, dict):
            parts = {key: self._json(item) for key, item in value.items()}
            return lambda context: {key: part(context) for key, part in parts.items()}
        if isinstance(value, list):
            items = [self._json(item) for item in value]
            return lambda context: [item(context) for item in items]
        return lambda _context: value


def _target(target: Any) -> Target:
    if isinstance(target, language.Url):
        return Target(url=compile_template(target.url))
    if isinstance(target, str) and is_url(target):
        return Target(url=compile_template(target))
    return Target(links=compile_selector(target))


def _waits(step: Step) -> bool:
    if isinstance(step, Lookup):
        return True
    if isinstance(step, (List, ForEach, Group, Paginate)):
        return step.body.waits
    return isinstance(step, Branch) and any(body.waits for _, body in step.cases)


def _exports(step: Step) -> bool:
    if isinstance(step, Export):
        return True
    if isinstance(step, Group):
        return step.body.exports
    return isinstance(step, Branch) and any(body.exports for _, body in step.cases)


def _makes_records(body: Body) -> bool:
    """Tell whether a record of this body's type comes to an end in it, or below."""
    return body.exports or any(
        isinstance(step, Capture)
        or (isinstance(step, Repeating) and step.makes_records)
        or (isinstance(step, (Group, Lookup)) and _makes_records(step.body))
        or (isinstance(step, Branch) and any(_makes_records(case) for _, case in step.cases))
        for step in body.steps
    )


def _reads_status(commands: Sequence[language.CommandBase]) -> bool:
    """Tell whether the commands of a page look at its status, in a condition."""
    for command, path in children(commands, ()):
        conditions: list[Any] = []
        if isinstance(command, language.Branch):
            conditions = [command.branch, *(case.if_ for case in command.elif_)]
        elif isinstance(command, language.Exit):
            conditions = [command.if_]
        elif isinstance(command, language.Paginate):
            conditions = [command.until]
        if any(
            isinstance(condition, str) and "status" in names(as_template(condition), "page")
            for condition in conditions
        ):
            return True
        same_page = not isinstance(command, (language.Open, language.Lookup))
        if same_page and any(_reads_status(body) for body, _ in bodies(command, path)):
            return True
    return False

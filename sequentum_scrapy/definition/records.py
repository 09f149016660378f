"""Which records a definition makes, and whether its output schema fits them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .agent import Agent
from .commands import Capture, CommandBase, Export, Login, RepeatingBase, Run
from .fields import field_alternatives
from .output import Success
from .problems import PathInTree, Problem
from .walk import bodies, children
from .words import did_you_mean

_OPAQUE = ("$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas", "$dynamicRef")

Captured = dict[str, PathInTree]


@dataclass
class Kind:
    """The records of one type: every field that some of them may carry, and where it is captured."""

    fields: Captured = field(default_factory=dict)


def check_records(agent: Agent) -> list[Problem]:
    """Compare what the commands capture with what the output schema says."""
    walk = _Walk()
    walk.body(agent.commands, ("commands",), {}, "")
    problems = [*walk.problems]
    if not walk.kinds:
        problems.append(Problem(("commands",), "no command captures anything", severity="warning"))
        return problems
    places: dict[str, PathInTree] = {"": ("output",)}
    places |= {name: ("output", "records", name) for name in agent.output.records}
    for name, path in places.items():
        output, kind = agent.output.of_type(name), walk.kinds.get(name)
        if kind is None:
            if output.schema_ is not None:
                what = (
                    f'no command makes a record of the type "{name}"'
                    if name
                    else "no command makes a record of the main type"
                )
                problems.append(Problem(path, what, severity="warning"))
            continue
        problems += _key(output.key, kind, path)
        if not name and output is agent.output and agent.output.success is not None:
            problems += _covered(agent.output.success, kind, path)
        if output.schema_ is not None:
            problems += _against_schema(output.schema_, kind, path)
            problems += _nulls(agent, output.schema_, kind)
    return list(dict.fromkeys(problems))


class _Walk:
    """Finds where records come to an end, and with which fields."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.problems: list[Problem] = []

    def body(
        self, commands: Sequence[CommandBase], path: PathInTree, inherited: Captured, record: str
    ) -> bool:
        """Walk the body of a scope; tell whether it makes records of its own type."""
        own = dict(inherited)
        captured, below, exported = self._same_scope(commands, path, own, record)
        if captured and not below and not exported:
            self._emit(record, own)
        return captured or below or exported

    def _same_scope(
        self, commands: Sequence[CommandBase], path: PathInTree, own: Captured, record: str
    ) -> tuple[bool, bool, bool]:
        captured = below = exported = False
        taken: str | None = None
        for command, place in children(commands, path):
            fields = {name: (*place, *below_it) for name, below_it in command.captures()}
            if fields:
                if taken:
                    self.problems.append(
                        Problem(
                            place,
                            f"captured too late for the rows of the {taken} before it",
                            "move it up",
                            "warning",
                        )
                    )
                captured = True
                own.update(fields)
            if isinstance(command, Export):
                exported = True
                self._emit(command.export or record, own)
            elif isinstance(command, RepeatingBase) and not _goes_on_here(command):
                kind = command.record or record
                inner_commands = command.commands if isinstance(command, Run) else command.do
                made = self.body(inner_commands, (*place, "do"), own, kind)
                if made and kind == record:
                    below, taken = True, command.key
            elif not isinstance(command, Login):
                for body, inner in _parts(command, place):
                    found = self._same_scope(body, inner, own, record)
                    captured, below, exported = (
                        captured or found[0],
                        below or found[1],
                        exported or found[2],
                    )
        return captured, below, exported

    def _emit(self, record: str, fields: Captured) -> None:
        kind = self.kinds.setdefault(record, Kind())
        for name, path in fields.items():
            kind.fields.setdefault(name, path)


def _goes_on_here(command: RepeatingBase) -> bool:
    """Tell whether a command runs a block in the scope that it stands in."""
    return isinstance(command, Run) and not command.forks_off


def _parts(
    command: CommandBase, path: PathInTree
) -> Iterator[tuple[Sequence[CommandBase], PathInTree]]:
    """Yield what runs in the scope of a command; what another file says is placed at its run."""
    if isinstance(command, Run):
        yield command.commands, (*path, "run")
    else:
        yield from bodies(command, path)


def _key(key: Sequence[str], kind: Kind, path: PathInTree) -> Iterator[Problem]:
    for number, name in enumerate(key):
        if name not in kind.fields:
            yield Problem(
                (*path, "key", number),
                f'no command captures the key "{name}"',
                did_you_mean(name, kind.fields),
            )


def _covered(success: Success, kind: Kind, path: PathInTree) -> Iterator[Problem]:
    for name in success.required_coverage:
        if name not in kind.fields:
            yield Problem(
                (*path, "success", "required_coverage", name),
                f'no command captures the field "{name}"',
                did_you_mean(name, kind.fields),
            )


def _against_schema(schema: Mapping[str, Any], kind: Kind, path: PathInTree) -> Iterator[Problem]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for number, name in enumerate(schema.get("required", ())):
        if name not in kind.fields:
            yield Problem(
                (*path, "schema", "required", number),
                f'"{name}" is required, but no command captures it',
                did_you_mean(name, set(kind.fields) - set(properties)),
            )
    if not properties or any(word in schema for word in _OPAQUE) or "patternProperties" in schema:
        return
    closed = schema.get("additionalProperties") is False
    for name, place in kind.fields.items():
        if name not in properties:
            yield Problem(
                place,
                f'"{name}" is not in the output schema',
                did_you_mean(name, set(properties) - set(kind.fields))
                or "add it to output.schema.properties",
                "error" if closed else "warning",
            )


def _nulls(agent: Agent, schema: Mapping[str, Any], kind: Kind) -> Iterator[Problem]:
    optional = dict(_optional_fields(agent.commands, ("commands",)))
    for name, place in kind.fields.items():
        types = schema.get("properties", {}).get(name, {})
        allowed = types.get("type") if isinstance(types, dict) else None
        if (
            place in optional
            and allowed
            and "null" not in ([allowed] if isinstance(allowed, str) else allowed)
        ):
            yield Problem(
                place,
                f'"{name}" is optional, so it may be null, which the output schema does not allow',
                f'type: [{allowed if isinstance(allowed, str) else ", ".join(allowed)}, "null"]',
                "warning",
            )


def _optional_fields(
    commands: Sequence[CommandBase], path: PathInTree
) -> Iterator[tuple[PathInTree, bool]]:
    for command, place in children(commands, path):
        if isinstance(command, Capture):
            for name, value in command.capture.items():
                last = field_alternatives(value)[-1]
                if last.optional and not last.all and last.list is None:
                    yield (*place, "capture", name), True
        for body, inner in bodies(command, place):
            yield from _optional_fields(body, inner)

"""The inputs of a run: what was given, checked against what the Agent declares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from .agent import Agent
from .errors import AgentError
from .words import did_you_mean

MASK = "***"


class InputError(AgentError):
    """Inputs that do not fit; ``problems`` names each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def resolve_inputs(agent: Agent, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of a run: what was given, and defaults for the rest.

    Texts (a command line has no others) are read as the declared type. Raises InputError with all
    that is unknown, missing or ill-typed.
    """
    problems = [
        f'unknown input "{name}" ({did_you_mean(name, agent.inputs) or "this Agent has none"})'
        for name in given
        if name not in agent.inputs
    ]
    inputs: dict[str, Any] = {}
    for name, schema in agent.inputs.items():
        if name in given:
            value = _read(given[name], schema)
            problems += [
                f'input "{name}": ' + ("does not fit" if is_secret(schema) else error.message)
                for error in Draft202012Validator(schema).iter_errors(value)
            ]
            inputs[name] = value
        elif "default" in schema:
            inputs[name] = schema["default"]
        else:
            problems.append(f'input "{name}" is missing ({schema.get("description", "required")})')
    if problems:
        raise InputError(problems)
    return inputs


def masked_inputs(agent: Agent, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs as they may be kept and shown: those declared secret are masked."""
    return {
        name: MASK if is_secret(agent.inputs.get(name, {})) else value
        for name, value in inputs.items()
    }


def is_secret(schema: Mapping[str, Any]) -> bool:
    """Tell whether an input is declared secret: writeOnly, or of the format password."""
    return bool(schema.get("writeOnly")) or schema.get("format") == "password"


def secret_inputs(agent: Agent) -> frozenset[str]:
    """Return the names of the inputs that an Agent declares secret."""
    return frozenset(name for name, schema in agent.inputs.items() if is_secret(schema))


def _read(value: Any, schema: Mapping[str, Any]) -> Any:
    declared = schema.get("type", "string")
    kinds = [declared] if isinstance(declared, str) else declared
    if not isinstance(value, str) or "string" in kinds:
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    # 1e3 is a whole number too, as JSON Schema has it.
    is_whole = isinstance(read, float) and read.is_integer() and "number" not in kinds
    return int(read) if is_whole else read

"""The language of Agents: reading, checking and writing definitions."""

from .agent import LANGUAGE, Agent
from .errors import AgentError, DefinitionError, Finding, has_errors
from .inputs import InputError, masked_inputs, resolve_inputs
from .reading import Definition, address, parse_definition, read_definition
from .schema import language_schema

__all__ = [
    "LANGUAGE",
    "Agent",
    "AgentError",
    "Definition",
    "DefinitionError",
    "Finding",
    "InputError",
    "address",
    "has_errors",
    "language_schema",
    "masked_inputs",
    "parse_definition",
    "read_definition",
    "resolve_inputs",
]

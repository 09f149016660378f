"""A Program: an Agent compiled once, the same for every page and every Run of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sequentum_scrapy.definition.agent import Agent

from .health import Health
from .steps import Body, Login, Start, Step
from .validation import RecordValidator

START = "start"
"""The address of the start page, which no command opened."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """An Agent, compiled."""

    agent: Agent
    body: Body
    starts: tuple[Start, ...]
    any_status: bool
    login: Login | None
    steps: Mapping[str, Step]
    """Every command by its address, for continuations."""
    names: Mapping[str, str]
    """The addresses of named commands."""
    record_types: Mapping[str, str]
    """The type of the records below each command, by its address."""
    addresses: tuple[str, ...]
    required_fields: tuple[int, ...]
    """The indexes of fields that every record must have."""
    validators: Mapping[str, RecordValidator]
    secrets: frozenset[str]
    """The names of the secrets that the Agent uses."""
    navigates: bool
    """It asks for more than its start pages."""
    waits: bool
    """It waits for pages, files or functions."""
    saves: bool
    """It has a download."""
    scripts: frozenset[str]
    """The functions of the project that it calls, by their paths."""
    streams: bool
    """It reads files or sitemaps, which may hold more addresses than memory does."""
    browser: frozenset[str]
    """The addresses whose pages are opened in a browser."""
    acting: Mapping[str, frozenset[str]]
    """Those of them whose commands need the live page; with each the addresses of commands before which it is left."""
    responses: tuple[str, ...]
    """The patterns of requests of live pages whose bodies are read."""

    def health(self) -> Health:
        """Return counters for a Run of this Program."""
        return Health(self.addresses)

"""From the text of a definition to a checked Agent, or to all that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .agent import Agent
from .base import UNKNOWN_COMMAND, UNKNOWN_KEY
from .check import check, check_part
from .document import Document, decode, read_bytes
from .errors import DefinitionError, Finding, has_errors
from .json_document import parse_json
from .migrate import migrate
from .references import resolve
from .yaml_document import parse_yaml

PathInTree = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that holds: the Agent, the text it was read from, and warnings."""

    agent: Agent
    text: str
    file: str
    warnings: tuple[Finding, ...] = ()


def read_definition(
    path: Path,
    *,
    scrapy_settings: frozenset[str] = frozenset(),
    folders: Sequence[Path] = (),
) -> Definition:
    """Read and check a definition file (YAML or JSON).

    ``scrapy_settings`` are Scrapy settings that an Agent may set beyond the usual ones; ``folders`` hold
    the blocks and Agents that it may run, besides its own. Raises DefinitionError with all findings.
    """
    return parse_definition(
        read_bytes(path),
        str(path),
        scrapy_settings=scrapy_settings,
        folders=[path.parent, *folders],
    )


def parse_definition(
    data: bytes | str,
    file: str = "<string>",
    *,
    scrapy_settings: frozenset[str] = frozenset(),
    folders: Sequence[Path] = (),
) -> Definition:
    """Check the text of a definition, as `read_definition`."""
    return _definition(parse_document(data, file), _Place(scrapy_settings, tuple(folders)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a definition is read: what it may set and run, and the files of those that run it."""

    scrapy_settings: frozenset[str]
    folders: tuple[Path, ...]
    chain: tuple[Path, ...] = ()


def parse_document(data: bytes | str, file: str) -> Document:
    """Read the text of a definition as a tree, by the file's name, else by how it begins."""
    text = decode(data, file)
    return parse_json(text, file) if is_json(text, file) else parse_yaml(text, file)


def is_json(text: str, file: str) -> bool:
    """Whether a definition is in JSON: by the file's name, else by how it begins."""
    if file.endswith((".yaml", ".yml", ".json")):
        return file.endswith(".json")
    return text.lstrip().startswith("{")


def address(path: Sequence[str | int]) -> str:
    """Return a path in the tree as people write it: ``commands[0].do[1].capture.price``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _definition(document: Document, place: _Place) -> Definition:
    tree = document.tree
    if not isinstance(tree, dict):
        raise DefinitionError([_finding(document, (), "a definition is a mapping", "name: …")])
    tree = migrate(tree)
    inputs = tree.get("inputs")
    context = {
        "inputs": list(inputs) if isinstance(inputs, dict) else [],
        "scrapy_settings": place.scrapy_settings,
    }
    try:
        agent = Agent.model_validate(tree, context=context)
    except ValidationError as error:
        raise DefinitionError(_findings(document, error)) from None
    chain = (*place.chain, Path(document.file).resolve())

    def read(path: Path, chain: tuple[Path, ...]) -> Agent:
        inner = _Place(place.scrapy_settings, (path.parent, *place.folders), chain)
        return _definition(parse_document(read_bytes(path), str(path)), inner).agent

    problems = resolve(agent, place.folders, chain, read)
    # What is run by another stands on that one's page, and makes its records.
    problems += check(agent) if not place.chain else check_part(agent)
    findings = [
        _finding(document, problem.path, problem.message, problem.hint, problem.severity)
        for problem in problems
    ]
    findings.sort(key=lambda found: (found.line, found.column))
    if has_errors(findings):
        raise DefinitionError(findings)
    return Definition(agent, document.text, document.file, tuple(findings))


def _findings(document: Document, error: ValidationError) -> list[Finding]:
    findings = []
    for item in error.errors(include_url=False):
        path: PathInTree = tuple(part for part in item["loc"] if not _is_tag(part))
        kind = item["type"]
        message, hint = item["msg"], item.get("ctx", {}).get("hint", "")
        names_key = kind == UNKNOWN_KEY or item["loc"][-1:] == ("[key]",)
        if kind.startswith(UNKNOWN_COMMAND):
            path, names_key = (*path, kind.partition(":")[2]), True
        findings.append(_finding(document, path, message, hint, key=names_key))
    return sorted(set(findings), key=lambda found: (found.line, found.column, found.message))


def _is_tag(part: str | int) -> bool:
    return isinstance(part, str) and (part[:1] + part[-1:] == "<>" or part == "[key]")


def _finding(
    document: Document,
    path: PathInTree,
    message: str,
    hint: str = "",
    severity: Any = "error",
    *,
    key: bool = False,
) -> Finding:
    line, column = document.position(path, key=key)
    return Finding(document.file, line, column, address(path), severity, message, hint)

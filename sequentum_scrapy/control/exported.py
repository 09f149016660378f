"""What export-all writes, and reading it back: all that is wrong with it is known before anything is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.agent import AgentName
from sequentum_scrapy.definition.base import Model
from sequentum_scrapy.definition.reading import address
from sequentum_scrapy.store import MAX_ID, Action, LogRow, SavedVersion, WholeAgent, hash_of

FORMAT = 1
INDEX = "agents.jsonl"


def _time(value: Any) -> Any:
    # Strict as the rest is, pydantic would want a time and no text.
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_Number = Annotated[int, Field(ge=1)]
_Time = Annotated[AwareDatetime, BeforeValidator(_time)]


class _Exported(Model):
    # To that of Python a name may end with a line feed.
    model_config = ConfigDict(alias_generator=to_camel, regex_engine="rust-regex")


class ExportedVersion(_Exported):
    """A version; ``file`` is the path of its text in the folder."""

    version_number: _Number
    file: str
    content_hash: str
    author: str
    comment: str
    created: _Time


class ExportedLogRow(_Exported):
    """One thing that was done to the Agent."""

    time: _Time
    author: str
    action: Action
    version_number: _Number | None
    detail: str


class ExportedAgent(_Exported):
    """A line of ``agents.jsonl``."""

    format: int
    agent_id: Annotated[int, Field(ge=1, le=MAX_ID)]
    name: AgentName
    active_version: int
    archived: bool
    created: _Time
    updated: _Time
    versions: Annotated[list[ExportedVersion], Field(min_length=1)]
    log: list[ExportedLogRow]


def read_export(folder: Path) -> list[WholeAgent]:
    """Return the Agents of a folder that export-all wrote.

    Raises AgentError with all that is wrong there, a line for each fault: file, line and field.
    """
    index = folder / INDEX
    try:
        lines = index.read_bytes().splitlines()
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise AgentError(f"{folder} is no export: {reason}: {INDEX}") from None
    agents: list[WholeAgent] = []
    faults: list[str] = []
    seen: dict[tuple[str, int | str], int] = {}
    for number, line in enumerate(lines, 1):
        found, wrong = _parse(line)
        if found is not None:
            texts, unread = _texts(folder, found)
            wrong = [*_twice(found, number, seen), *_numbers(found), *unread]
            agents.append(_whole(found, texts))
        # What a fault quotes may have lines of its own.
        faults += [f"{index}:{number}: {' '.join(fault.splitlines())}" for fault in wrong]
    if faults:
        raise AgentError("\n".join(faults))
    return agents


def _parse(line: bytes) -> tuple[ExportedAgent | None, list[str]]:
    """Return what a line says, None where it is not what export-all writes, and what is wrong with it."""
    try:
        words = orjson.loads(line)
        if isinstance(words, dict) and words.get("format", FORMAT) != FORMAT:
            return None, [f"format: {words['format']} is not known here, only {FORMAT}"]
        return ExportedAgent.model_validate(words), []
    except orjson.JSONDecodeError as error:
        return None, [f"not JSON: {error}"]
    except ValidationError as error:
        return None, [
            ": ".join(part for part in (address(item["loc"]), item["msg"]) if part)
            for item in error.errors(include_url=False)
        ]


def _twice(
    agent: ExportedAgent, line: int, seen: dict[tuple[str, int | str], int]
) -> Iterator[str]:
    """Yield the id and the name, where an Agent before has the same; ``seen`` are the lines of those."""
    own: dict[str, int | str] = {"agentId": agent.agent_id, "name": agent.name}
    for field, value in own.items():
        first = seen.setdefault((field, value), line)
        if first != line:
            yield f"{field}: {value} is that of line {first} too"


def _numbers(agent: ExportedAgent) -> Iterator[str]:
    """Yield what is wrong with the numbers of versions, which are 1, 2, 3 and so on."""
    last = len(agent.versions)
    for place, version in enumerate(agent.versions):
        if version.version_number != place + 1:
            yield (
                f"versions[{place}].versionNumber: {version.version_number}, where {place + 1} is due"
            )
    if not 1 <= agent.active_version <= last:
        yield f"activeVersion: {agent.active_version}, and its versions are 1 to {last}"
    for place, row in enumerate(agent.log):
        if row.version_number is not None and row.version_number > last:
            yield f"log[{place}].versionNumber: {row.version_number}, and its versions are 1 to {last}"


def _texts(folder: Path, agent: ExportedAgent) -> tuple[list[bytes], list[str]]:
    """Return the texts of an Agent's versions, and what is wrong with their files."""
    texts: list[bytes] = []
    faults: list[str] = []
    for place, version in enumerate(agent.versions):
        at = f"versions[{place}]"
        try:
            text = _read(folder, version.file)
        except AgentError as error:
            faults.append(f"{at}.file: {error}")
            continue
        texts.append(text)
        if hash_of(text) != version.content_hash:
            faults.append(
                f"{at}.contentHash: {folder / version.file} is not what was exported: "
                "its content hash differs"
            )
    return texts, faults


def _read(folder: Path, file: str) -> bytes:
    try:
        path = (folder / file).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise AgentError(f"{file} is outside of the folder")
        return path.read_bytes()
    except OSError as error:
        raise AgentError(f"{file} cannot be read: {(error.strerror or '').lower()}") from None
    except ValueError as error:
        raise AgentError(f"{file!r} is no path: {error}") from None


def _whole(agent: ExportedAgent, texts: list[bytes]) -> WholeAgent:
    return WholeAgent(
        agent.agent_id,
        agent.name,
        agent.active_version,
        agent.archived,
        agent.created,
        agent.updated,
        [
            SavedVersion(v.version_number, v.author, v.comment, v.created, text)
            for v, text in zip(agent.versions, texts, strict=False)
        ],
        [
            LogRow(row.time, row.author, row.action, row.version_number, row.detail)
            for row in agent.log
        ],
    )

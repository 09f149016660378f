"""Editing a published Agent: a person changes its text, which is saved as the next version once it holds."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from sequentum_scrapy.crawl.catalog import allowed_settings
from sequentum_scrapy.crawl.project import data_folder, definition_folders
from sequentum_scrapy.definition import AgentError, DefinitionError, parse_definition
from sequentum_scrapy.store import (
    ArchivedError,
    Published,
    Store,
    get_version,
    save_edited,
)

from .agents import agent, author
from .project import Project

Edit = Callable[[Path, str], bool]
"""Lets a person change a file, with what is wrong with it; False to give up. Raises AgentError where it cannot."""


def edit(
    project: Project, store: Store, reference: str, ask: Edit, *, comment: str = ""
) -> Published:
    """Let a person edit the active version of an Agent, and save it as the next once it holds.

    Nothing changed makes no version. Raises AgentError where the person gives up or the editor fails, where the
    Agent is archived, and where somebody renamed it or made another version active meanwhile; it says where the
    text is kept.
    """
    row = agent(project, store, reference)
    if row.archived:
        raise ArchivedError(row.agent_id, row.name)
    given = get_version(store, row.agent_id)
    path = _copy(row.name, given.text)
    try:
        text = _edited(project, row.name, given.text, path, ask)
        number = given.version_number
        if text != given.text:
            number = save_edited(
                store,
                row.agent_id,
                text,
                name=row.name,
                base=number,
                author=author(),
                comment=comment,
            )
    except AgentError as error:
        if path.exists() and not _same(_read(path), given.text):
            raise AgentError(f"{error}; nothing was saved; your text is in {path}") from None
        path.unlink(missing_ok=True)
        raise
    path.unlink()
    return Published(row.agent_id, number, created=number != given.version_number)


def _copy(name: str, text: bytes) -> Path:
    """Return a new file with a text, which is edited in place: so it is there however the editing ends."""
    folder = data_folder() / "edited"
    folder.mkdir(parents=True, exist_ok=True)
    for ending in chain(("",), (f"-{number}" for number in count(2))):
        path = folder / f"{name}{ending}.yaml"
        # What was given up before keeps its place.
        with suppress(FileExistsError), path.open("xb") as file:
            file.write(text)
            break
    return path


def _edited(project: Project, name: str, given: bytes, path: Path, ask: Edit) -> bytes:
    """Return the text that a person makes of one, once it holds; ``given`` itself where that is the same."""
    wrong = ""
    while ask(path, wrong):
        text = _read(path)
        if _same(text, given):
            return given
        wrong = _wrong(project, name, text)
        if not wrong:
            return text
    raise AgentError("given up")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AgentError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None


def _same(a: bytes, b: bytes) -> bool:
    """Tell whether texts differ in no more than what an editor may change by itself when it saves."""
    return _plain(a) == _plain(b)


def _plain(text: bytes) -> bytes:
    return text.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n").removesuffix(b"\n")


def _wrong(project: Project, name: str, text: bytes) -> str:
    try:
        definition = parse_definition(
            text,
            name,
            scrapy_settings=allowed_settings(project.settings),
            folders=definition_folders(project.settings),
        )
    except DefinitionError as error:
        return str(error)
    if definition.agent.name != name:
        return f'the name of this Agent is "{name}": sequentum rename gives it another'
    return ""

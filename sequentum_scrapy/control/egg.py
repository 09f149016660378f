"""The egg of a project: its packages, its settings, and its Agents with all that they read.

An egg is a zip with a folder EGG-INFO; scrapyd reads the module of the settings from its entry points. setuptools
calls its own eggs deprecated and leaves out what is no Python, so this one is made here: the same files give
the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sequentum_scrapy.crawl.project import AGENT_DEFS, definition_names
from sequentum_scrapy.crawl.resources import PACKAGE
from sequentum_scrapy.crawl.scripts import JAVASCRIPT, allowed_modules
from sequentum_scrapy.crawl.secrecy import secrets_file
from sequentum_scrapy.definition import AgentError

from .project import STANDALONE, Project

GENERATED = "sequentum_egg"
"""The package of an egg that holds the Agents, and settings that name them."""
MAX_BYTES = 100 * 1024 * 1024
_OURS = "sequentum_scrapy"
_LEFT_OUT = frozenset({"tests", "__pycache__", "secrets", "site-packages", "node_modules"})
_ENDINGS_LEFT_OUT = frozenset({".pyc", ".pyo", ".env"})
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_SETTINGS = '''"""The settings of the project, with the Agents of this egg. Made by sequentum deploy."""

import {module} as project

globals().update({{name: getattr(project, name) for name in dir(project) if name.isupper()}})
{agent_defs} = {folders!r}
'''
_INFO = "Metadata-Version: 2.1\nName: project\nVersion: 1.0\n"


@dataclass(frozen=True, slots=True)
class Egg:
    """An egg, and the names of what is in it."""

    data: bytes
    files: tuple[str, ...]


def build_egg(project: Project) -> Egg:
    """Make the egg of a project. Raises AgentError for a link that leads out of it, and one too large."""
    found: dict[str, bytes] = {}
    secrets = secrets_file(project.settings).resolve()
    for name, path in _packages(project).items():
        found |= _read(path, name, project.folder, secrets)
    folders = []
    for folder in definition_names(project.settings):
        path = project.folder / folder
        if folder.startswith(PACKAGE):
            folders.append(folder)
        elif path.is_dir():
            name = f"agent_defs_{len(folders) + 1}" if folders else "agent_defs"
            found |= _read(path, f"{GENERATED}/{name}", path, secrets)
            folders.append(f"{PACKAGE}{GENERATED}.{name}")
    module = os.environ.get("SCRAPY_SETTINGS_MODULE") or STANDALONE
    settings = _SETTINGS.format(module=module, agent_defs=AGENT_DEFS, folders=folders)
    found[f"{GENERATED}/__init__.py"] = b""
    found[f"{GENERATED}/settings.py"] = settings.encode()
    found["EGG-INFO/PKG-INFO"] = _INFO.encode()
    found["EGG-INFO/entry_points.txt"] = f"[scrapy]\nsettings = {GENERATED}.settings\n".encode()
    found["EGG-INFO/zip-safe"] = b"\n"
    return _zipped(found)


def _zipped(found: dict[str, bytes]) -> Egg:
    out = BytesIO()
    with ZipFile(out, "w") as egg:
        for name in sorted(found):
            info = ZipInfo(name, _FIRST_DAY)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            egg.writestr(info, found[name])
    data = out.getvalue()
    if len(data) > MAX_BYTES:
        largest = max(found, key=lambda name: len(found[name]))
        raise AgentError(
            f"the egg would have {len(data) / 1e6:.0f} MB, at most {MAX_BYTES / 1e6:.0f} go: "
            f"take out what no Agent reads (the largest is {largest})"
        )
    return Egg(data, tuple(sorted(found)))


def _packages(project: Project) -> dict[str, Path]:
    """Return the packages and modules of the project itself by name: those in its folder, not what is installed."""
    settings = project.settings
    folder = project.folder.resolve()
    named = [os.environ.get("SCRAPY_SETTINGS_MODULE", ""), *settings.getlist("SPIDER_MODULES")]
    named += (name for name in allowed_modules(settings) if name != JAVASCRIPT)
    named += [
        name.removeprefix(PACKAGE)
        for name in definition_names(settings)
        if name.startswith(PACKAGE)
    ]
    names = {name.partition(".")[0] for name in named if name}
    names |= {path.parent.name for path in folder.glob("*/__init__.py")}
    found = {}
    for name in sorted(names - {_OURS, "tests"}):
        path = _home(name, folder)
        if path is not None:
            found[name] = path
    return found


def _home(name: str, folder: Path) -> Path | None:
    """Return where a package or module of the project is, None where it is installed elsewhere."""
    path = folder / name
    if not (path / "__init__.py").is_file():
        spec = find_spec(name)
        places = list((spec and spec.submodule_search_locations) or ())
        origin = places[0] if places else spec.origin if spec else None
        if origin is None:
            return None
        path = Path(origin).resolve()
    inside = path.is_relative_to(folder)
    return path if inside and "site-packages" not in path.parts else None


def _read(path: Path, name: str, folder: Path, secrets: Path) -> dict[str, bytes]:
    """Return the files of a folder, or of a module, by their names in the egg."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    found: dict[str, bytes] = {}
    for file in _files(path):
        if file.resolve() == secrets:
            continue
        if not file.resolve().is_relative_to(folder.resolve()):
            raise AgentError(
                f"{file} is a link that leads out of {folder}: put the file itself there"
            )
        inner = file.relative_to(path)
        found[f"{name}/{inner.as_posix()}"] = file.read_bytes()
        if file.suffix == ".py":
            # A folder in a zip is a package only with this.
            for parent in inner.parents:
                found.setdefault((Path(name) / parent / "__init__.py").as_posix(), b"")
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part in _LEFT_OUT for part in parts)
        if not hidden and path.suffix not in _ENDINGS_LEFT_OUT and path.is_file():
            yield path

"""Folders of definitions inside Python packages, which may be zipped: the egg of a deployed project stays so."""

from __future__ import annotations

import atexit
import shutil
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp

from sequentum_scrapy.definition import AgentError

if sys.version_info >= (3, 11):
    from importlib.resources.abc import Traversable
else:
    from importlib.abc import Traversable

PACKAGE = "package:"
"""What the name of a folder in a package begins with: ``package:shop.agent_defs``."""


@cache
def package_folder(name: str) -> Path:
    """Return a folder of a package, named as ``shop.agent_defs``; it need not be a package itself.

    What lies in a zip is copied, once in a process, to a temporary folder that goes when the process ends:
    all that reads files (definitions, blocks, rows, uploads) then reads files. Raises AgentError.
    """
    package, *inner = name.split(".")
    try:
        folder: Traversable = files(package)
    except (ImportError, ValueError, TypeError):
        raise AgentError(f'{PACKAGE}{name}: there is no package "{package}"') from None
    for part in inner:
        folder = folder.joinpath(part)
    if not folder.is_dir():
        raise AgentError(f'{PACKAGE}{name}: there is no such folder in the package "{package}"')
    if isinstance(folder, Path):
        return folder
    home = Path(mkdtemp(prefix="sequentum-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return _copy(folder, home / folder.name)


def _copy(source: Traversable, target: Path) -> Path:
    target.mkdir()
    for child in source.iterdir():
        if child.is_dir():
            _copy(child, target / child.name)
        else:
            (target / child.name).write_bytes(child.read_bytes())
    return target

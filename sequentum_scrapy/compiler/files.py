"""The files that an Agent may read: those beside its definition, or below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sequentum_scrapy.definition.row_files import is_inside

from .errors import ValueFailure


class AgentFiles:
    """Finds files in the folders of definitions, and in no others."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = list(dict.fromkeys(folder.resolve() for folder in folders))

    def find(self, name: str) -> Path:
        """Return the path of a file.

        Raises ValueFailure where it is not there, or leads out of the folders.
        """
        if not is_inside(name):
            raise ValueFailure(f'"{name}" leads out of the folder of the definition')
        for folder in self._folders:
            path = (folder / name).resolve()
            if path.is_file():
                if not path.is_relative_to(folder):
                    raise ValueFailure(f'"{name}" is a link that leads out of the folder')
                return path
        where = ", ".join(str(folder) for folder in self._folders) or "no folder"
        raise ValueFailure(f'there is no file "{name}" (looked in {where})')

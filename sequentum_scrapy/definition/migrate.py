"""Older versions of the language, brought to the newest: the one place that knows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From a version to the tree of the next: ``MIGRATIONS[1]`` makes a 2 of a 1."""


def migrate(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the tree of a definition in the newest version of the language.

    A tree whose ``language`` is absent, not a number or newer than is known comes back as it is:
    that is for the check of the definition to say.
    """
    version = tree.get("language")
    while isinstance(version, int) and version in MIGRATIONS:
        tree = {**MIGRATIONS[version](tree), "language": version + 1}
        version += 1
    return tree

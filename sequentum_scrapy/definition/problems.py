"""A problem of a definition, by its path in the tree; positions come from the document."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Severity

PathInTree = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a path of the tree, and what to do."""

    path: PathInTree
    message: str
    hint: str = ""
    severity: Severity = "error"

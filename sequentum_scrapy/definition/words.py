"""Finding the word that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` was most likely meant to be, if one is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint: the nearest known word, or all of them where they are few."""
    names = sorted(known)
    near = nearest(word, names)
    if near:
        return f'did you mean "{near}"?'
    return f"known: {', '.join(names)}" if names else ""

"""The docstrings of properties, read from the source when they are asked for.

pydantic can read them when it makes a class; that is for every class, in every process, and a fifth of the
time that the language takes to load.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise

from .base import Model


def docstrings(kind: type[Model]) -> dict[str, str]:
    """Return the docstrings of the properties of a model, its own over those of its bases."""
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__[: kind.__mro__.index(Model)]):
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
        assert isinstance(tree, ast.ClassDef)
        for node, after in pairwise(tree.body):
            if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr):
                found[ast.unparse(node.target)] = ast.literal_eval(after.value)
    return found


def models(kind: type[Model] = Model) -> Iterator[type[Model]]:
    """Yield all models of the language."""
    for below in kind.__subclasses__():
        yield below
        yield from models(below)

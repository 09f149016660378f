"""Changing a definition from a program: comments, order and layout of the rest stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from .document import Document, PathInTree
from .errors import AgentError, DefinitionError
from .reading import address, is_json, parse_document
from .splice import insert_value, replace_value
from .writing import dump_yaml

__all__ = ["append_item", "dump_yaml", "set_value"]

Change = Callable[[str, PathInTree, Any], str]


def set_value(text: str, path: Sequence[str | int], value: Any, *, file: str = "<string>") -> str:
    """Return the text of a definition with one value changed or added.

    Raises AgentError where the path leads through something that is no mapping or list, and
    DefinitionError where the text is no definition document.
    """
    document = parse_document(text, file)
    tree = deepcopy(document.tree)
    parent, last = _parent(tree, path), path[-1]
    there = last in parent if isinstance(parent, dict) else _is_index(parent, last)
    if not there and not (isinstance(parent, dict) and isinstance(last, str)):
        raise AgentError(f"there is no {address(path)}")
    parent[last] = value
    change = replace_value if there else insert_value
    return _checked(document, change, path, value, tree)


def append_item(text: str, path: Sequence[str | int], value: Any, *, file: str = "<string>") -> str:
    """Return the text of a definition with an item at the end of a list, made if it is not there.

    Raises as `set_value`.
    """
    document = parse_document(text, file)
    tree = deepcopy(document.tree)
    parent, last = _parent(tree, path), path[-1]
    there = last in parent if isinstance(parent, dict) else _is_index(parent, last)
    items = parent[last] if there else None
    if items is None:
        return set_value(text, path, [value], file=file)
    if not isinstance(items, list):
        raise AgentError(f"{address(path)} is not a list")
    items.append(value)
    place = (*path, len(items) - 1)
    return _checked(document, insert_value, place, value, tree)


def _parent(tree: Any, path: Sequence[str | int]) -> Any:
    if not path:
        raise AgentError("the path to change is empty")
    for number, part in enumerate(path[:-1]):
        try:
            tree = tree[part]
        except (LookupError, TypeError):
            raise AgentError(f"there is no {address(path[: number + 1])}") from None
    if not isinstance(tree, (dict, list)):
        raise AgentError(f"{address(path[:-1]) or 'the definition'} holds nothing")
    return tree


def _is_index(parent: Sequence[Any], index: str | int) -> bool:
    return isinstance(index, int) and 0 <= index < len(parent)


def _checked(
    document: Document, change: Change, path: Sequence[str | int], value: Any, tree: Any
) -> str:
    """Return the changed text, once it has proved to read as the changed tree and nothing else."""
    text = document.text
    if is_json(text, document.file):
        changed = _json(text, tree)
    elif "\r\n" in text:
        changed = change(text.replace("\r\n", "\n"), tuple(path), value).replace("\n", "\r\n")
    else:
        changed = change(text, tuple(path), value)
    try:
        reads = parse_document(changed, document.file).tree
    except DefinitionError as error:
        raise _by_hand(path, error.findings[0].message) from None
    if json.dumps(reads) != json.dumps(tree):
        raise _by_hand(path, "its form is too unusual")
    return changed


def _by_hand(path: Sequence[str | int], reason: str) -> AgentError:
    return AgentError(f"{address(path)} cannot be changed by a program: {reason}")


def _json(text: str, tree: Any) -> str:
    """Return a tree as JSON, laid out as the text was."""
    margin = re.search(r"\n([ \t]+)\S", text)
    end = "\n" if text.endswith("\n") else ""
    return json.dumps(tree, indent=margin[1] if margin else None, ensure_ascii=False) + end

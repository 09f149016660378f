"""Finding elements by class and id without a walk over the page for each selector.

XPath has no index: every ``.price`` looks at the attributes of every element. A page read with
classes is walked once instead, and a selector starts from the elements that bear its class; an id
is looked up in the parser's own table. What is found so is what XPath finds, in the same order;
where that is not certain, XPath is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import cssselect
from cssselect.parser import Class, CombinedSelector, Element, Hash, Tree
from lxml import etree

_SPACE = re.compile(r"[ \t\r\n]+")
_BY_ID: Callable[..., Any] = etree.XPath("id($name)", smart_strings=False)
_FEW = 4


class Classes:
    """The elements of a page by class."""

    __slots__ = ("_by_name", "_elements", "_places")

    def __init__(self, root: etree._Element) -> None:
        # Few texts of class attributes differ, so the names in them are looked at when asked for.
        places: dict[str, list[int]] = {}
        elements = list(root.iter("*"))
        for place, element in enumerate(elements):
            text = element.get("class")
            if text is not None:
                if text in places:
                    places[text].append(place)
                else:
                    places[text] = [place]
        self._elements = elements
        self._places = places
        self._by_name: dict[str, list[etree._Element]] = {}

    def named(self, name: str) -> list[etree._Element]:
        """Return the elements of a class in document order."""
        found = self._by_name.get(name)
        if found is None:
            groups = [group for text, group in self._places.items() if name in _names(text)]
            places = groups[0] if len(groups) == 1 else sorted(chain.from_iterable(groups))
            elements = self._elements
            found = self._by_name[name] = [elements[place] for place in places]
        return found


@lru_cache(maxsize=8192)
def _names(text: str) -> frozenset[str]:
    # XPath folds these four characters; str.split() would fold more.
    return frozenset(_SPACE.split(text))


def only_with_id(root: etree._Element, body: bytes, name: str) -> etree._Element | None:
    """Return the one element of a page with an id; None where there may be none, or several."""
    if body.count(name.encode()) != 1:
        return None
    found: list[etree._Element] = _BY_ID(root, name=name)
    return found[0] if found else None


def within(
    elements: list[etree._Element], node: etree._Element, *, first: bool
) -> list[etree._Element] | None:
    """Return those elements that are in a node, or it; of these the first if that is enough.

    None where a walk from each element up costs more than it saves.
    """
    found = []
    for element in elements[:_FEW]:
        if element is node or any(outer is node for outer in element.iterancestors()):
            if first:
                return [element]
            found.append(element)
    return found if len(elements) <= _FEW else None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a CSS selector can begin: an id, or classes and a tag, of its first compound.

    ``alone`` says that the compound is the whole selector.
    """

    identity: str | None
    classes: tuple[str, ...]
    tag: str | None
    alone: bool

    def found(self, classes: Classes) -> list[etree._Element]:
        """Return the elements of a page that bear all classes and the tag."""
        elements = classes.named(self.classes[0])
        for name in self.classes[1:]:
            also = set(classes.named(name))
            elements = [element for element in elements if element in also]
        if self.tag is not None:
            elements = [element for element in elements if element.tag == self.tag]
        return elements


def mark_of(css: str) -> Mark | None:
    """Return where a valid selector can begin; None where its first compound has no class or id."""
    selectors = cssselect.parse(css)
    if len(selectors) != 1:
        return None
    tree = selectors[0].parsed_tree
    alone = selectors[0].pseudo_element is None
    while isinstance(tree, CombinedSelector):
        tree, alone = tree.selector, False
    return _compound(tree, alone=alone)


def _compound(tree: Tree, *, alone: bool) -> Mark | None:
    classes: list[str] = []
    identity: str | None = None
    while isinstance(tree, (Class, Hash)):
        if isinstance(tree, Class):
            classes.append(tree.class_name)
        elif identity is None:
            identity = tree.id
        else:
            return None
        tree = tree.selector
    if not isinstance(tree, Element) or tree.namespace is not None:
        return None
    tag = tree.element.lower() if tree.element else None
    if identity is not None:
        alone = alone and not classes and tag is None
    elif not classes:
        return None
    return Mark(identity, tuple(classes), tag, alone)

"""The elements of a picture of a live page, and what they are called there."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree


class Marks:
    """Both ways between the elements of a picture and their marks in the live page."""

    __slots__ = ("_by_element", "_by_mark")

    def __init__(self, by_element: Mapping[etree._Element, int]) -> None:
        self._by_element = by_element
        self._by_mark = {mark: element for element, mark in by_element.items()}

    def of(self, node: object) -> int | None:
        """Return the mark of an element; None for what is none of the live page."""
        return self._by_element.get(node) if isinstance(node, etree._Element) else None  # noqa: SLF001

    def element(self, mark: int | None) -> etree._Element | None:
        """Return the element of a mark; None where the picture has it no more."""
        return None if mark is None else self._by_mark.get(mark)

"""Links: the address that a matched node leads to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from sequentum_scrapy.compiler.page import Page

_NOT_PAGES = ("javascript:", "mailto:", "tel:", "data:", "blob:", "about:")


def link_of(node: Any) -> str | None:
    """Return the link of a matched node: a text as it is, an element's own, or that of the first link in it."""
    if isinstance(node, str):
        return node
    if not isinstance(node, etree._Element):  # noqa: SLF001 - lxml's name for its public class
        return None
    link = node.get("href") or node.get("src")
    if link is None:
        inner = node.find(".//a[@href]")
        link = None if inner is None else inner.get("href")
    return link


def follow(page: Page, link: str | None) -> str | None:
    """Return a link as an address to request, without its fragment; None where it leads to no page."""
    if link is None:
        return None
    link = link.strip()
    if not link or link[0] == "#" or link.lower().startswith(_NOT_PAGES):
        return None
    url = page.join(link).partition("#")[0]
    return url if is_web_address(url) else None


def is_web_address(url: str) -> bool:
    """Tell whether an address is of the web.

    A definition comes from someone else: ``file:`` would read this machine's files.
    """
    return url[:8].lower().startswith(("http://", "https://"))


def may_tell(referer: str, url: str) -> bool:
    """Tell whether a page may know where it was found, as Scrapy's default policy has it."""
    if referer[:6] == "https:" and url[:5] == "http:":
        return False
    return "@" not in referer or "@" not in urlsplit(referer).netloc

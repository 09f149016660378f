"""Rules for links, compiled.

Scrapy's LinkExtractor judges the addresses; the links are taken from the page as it is parsed already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from lxml import etree
from scrapy.linkextractors import IGNORED_EXTENSIONS
from scrapy.linkextractors.lxmlhtml import LxmlLinkExtractor
from scrapy.utils.url import url_has_any_extension
from w3lib.html import strip_html5_whitespace

from sequentum_scrapy.definition.links import Links
from sequentum_scrapy.definition.selectors import compile_regex

from .errors import PageError
from .scope import Scope
from .selectors import compile_selector
from .text import text_of

FindLinks = Callable[[Scope], list[str]]
"""Returns the addresses that links of a scope lead to, each once, in the order of the page."""

_NOFOLLOW = re.compile(r"(?:^|\s)nofollow(?:\s|$)", re.IGNORECASE)


def compile_links(rules: Links) -> FindLinks:
    """Compile rules for links."""
    endings = IGNORED_EXTENSIONS if rules.deny_extensions is None else rules.deny_extensions
    ignored = tuple("." + ending.lower().lstrip(".") for ending in endings)
    extractor = LxmlLinkExtractor(allow=rules.allow, deny=rules.deny)
    text = compile_regex(rules.text).search if rules.text is not None else None
    within = compile_selector(rules.within).all if rules.within is not None else None

    def find(scope: Scope) -> list[str]:
        areas = [scope.element] if within is None else within(scope)[0]
        domains = rules.allow_domains or [_host(scope.page.url)]
        found: dict[str, None] = {}
        seen: set[str] = set()
        for element in _anchors(areas):
            link = strip_html5_whitespace(element.get("href", ""))
            if link in seen or not link or link[0] == "#":
                continue
            if text is not None and not text(text_of(element)):
                continue
            if not rules.nofollow and _NOFOLLOW.search(element.get("rel", "")):
                continue
            seen.add(link)
            url = _address(scope, link)
            if url is None or url in found:
                continue
            host = _host(url)
            if not _is_under(host, domains) or _is_under(host, rules.deny_domains):
                continue
            if extractor.matches(url) and not url_has_any_extension(url, ignored):
                found[url] = None
        return list(found)

    return find


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_under(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain.lower() or host.endswith("." + domain.lower()) for domain in domains)


def _anchors(areas: list[object]) -> Iterator[etree._Element]:
    for area in areas:
        if isinstance(area, etree._Element):  # noqa: SLF001 - lxml's name for its public class
            yield from area.iter("a", "area")


def _address(scope: Scope, link: str) -> str | None:
    try:
        url = scope.page.join(link).partition("#")[0]
        urlsplit(url)
    except (PageError, ValueError):
        return None
    return url if url[:8].lower().startswith(("http://", "https://")) else None

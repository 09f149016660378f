"""Which links of a page to follow, by rules instead of a selector."""

from __future__ import annotations

from .base import Model
from .selectors import RegexText, Selector


class Links(Model):
    """Rules for links, as of Scrapy's LinkExtractor; a link must fit all that are given."""

    allow: list[RegexText] = []
    """Regular expressions; the address must match one of them."""
    deny: list[RegexText] = []
    """Regular expressions; the address must match none of them."""
    allow_domains: list[str] = []
    """Domains to stay in, with what is under them; absent: the host of the page."""
    deny_domains: list[str] = []
    """Domains to stay out of."""
    deny_extensions: list[str] | None = None
    """Endings of files that are no pages; absent: Scrapy's list (pdf, jpg, zip …)."""
    within: Selector | None = None
    """Where to look: every match of it."""
    text: RegexText | None = None
    """A regular expression; the text of the link must match it."""
    nofollow: bool = False
    """Follow links with rel=nofollow too."""


class LinkRules(Model):
    """All links of a page that fit rules."""

    links: Links
    """The rules."""

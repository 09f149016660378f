"""The commands that ask for pages: open, paginate, lookup."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from sequentum_scrapy.definition.base import Model, custom_error
from sequentum_scrapy.definition.conditions import Condition
from sequentum_scrapy.definition.durations import Duration
from sequentum_scrapy.definition.links import LinkRules
from sequentum_scrapy.definition.selectors import JmespathText, Selector, is_url
from sequentum_scrapy.definition.templates import RequestJson, RequestTemplate

from .base import ContainerBase, RepeatingBase
from .live import Element

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
RequestUrl = Annotated[RequestTemplate, Field(min_length=1)]


class Url(Model):
    """An address, where a selector could be meant."""

    url: RequestUrl
    """The address, absolute or relative to the page; a template."""


def is_target(value: Any) -> str | None:
    """Tell the kind of a target as it is read; None where it is none."""
    if isinstance(value, LinkRules) or (isinstance(value, dict) and "links" in value):
        return "<links>"
    if isinstance(value, (str, dict, Model)):
        is_address = isinstance(value, Url) or (isinstance(value, dict) and "url" in value)
        if is_address:
            return "<url>"
        return "<address>" if isinstance(value, str) and is_url(value) else "<selector>"
    return "<selector>" if isinstance(value, list) else None


Target = Annotated[
    Annotated[RequestUrl, Tag("<address>")]
    | Annotated[Url, Tag("<url>")]
    | Annotated[LinkRules, Tag("<links>")]
    | Annotated[Selector, Tag("<selector>")],
    Discriminator(
        is_target,
        custom_error_type="target",
        custom_error_message="expected an address, {url: …}, {links: …} or a selector of links",
    ),
]


def needs_page(target: Any) -> bool:
    """Tell whether a target can be read only from a page: links, and relative addresses."""
    if isinstance(target, Url):
        return "://" not in target.url and "{{" not in target.url
    return not (isinstance(target, str) and is_url(target))


class RequestParts(Model):
    """What is asked for besides the address."""

    method: Method = "GET"
    """The HTTP method."""
    headers: dict[str, RequestTemplate] = {}
    """Header fields for these requests."""
    body: RequestTemplate | None = None
    """The body, as text."""
    json_: RequestJson = Field(default=None, alias="json")
    """The body, as JSON; its texts are templates, and one that is a single {{ … }} keeps its type."""

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.json_ is not None:
            raise custom_error("body and json exclude each other")
        return self


class RequestBase(RequestParts, ContainerBase):
    """A command that asks for pages."""

    changes_page = True

    browser: bool | None = None
    """Whether its pages, and those opened on them, are opened in a browser; absent: as the page that it stands on."""


class Open(RequestBase, RepeatingBase):
    """Open an address, or every link that a selector matches; ``do`` runs on each page."""

    key = "open"

    open: Target
    """What to open: an absolute address or template, {url: …} (relative), {links: …}, or a selector of links."""
    first: bool = False
    """Follow the first matching link only."""
    limit: int | None = Field(default=None, ge=1)
    """Follow at most this many links of a page."""
    once: bool = False
    """Open each address once in a run, whatever record leads to it."""
    follow: bool = False
    """Open the links of the opened pages too, and so on, each address once."""
    keep_empty: bool = False
    """Emit the record so far where no link matched."""

    @property
    def reads_page(self) -> bool:
        return needs_page(self.open)


class NextUrl(RequestParts):
    """Numbered pages."""

    url: RequestUrl
    """The address of the next page, with {{ page.number }}."""


class Cursor(RequestParts):
    """Pagination of an API: the answer says where the next page is."""

    cursor: JmespathText
    """Where the answer holds the cursor; absent, null, false or empty ends the pagination."""
    url: RequestUrl | None = None
    """The address of the next page, with {{ page.cursor }}; without it the cursor is the address, or where there is
    a body, the address stays."""


class Growing(Model):
    """Pages that come about on a live page: more of it, or others in their place."""

    wait: Annotated[Duration, Field(gt=0)] = 5.0
    """How long new rows may take; where none have come by then, it was the last page."""


class ByClick(Growing):
    """Load more, or the next page of a single-page application."""

    click: Element
    """The button; the last page is the one where it is absent, hidden or disabled, or brings nothing new."""


class ByScroll(Growing):
    """Infinite scroll."""

    scroll: Literal[True] | Element
    """true: the page scrolls; a selector: the box that does."""


_PAGES: dict[str, type[Model]] = {
    "cursor": Cursor,
    "click": ByClick,
    "scroll": ByScroll,
    "url": NextUrl,
}


def _is_pages(value: Any) -> str | None:
    for key, kind in _PAGES.items():
        if isinstance(value, kind) or (isinstance(value, dict) and key in value):
            return f"<{key}>"
    if isinstance(value, dict):
        known = any(key in value for key in ("css", "xpath", "jmespath", "regex"))
        return "<selector>" if known else "<url>"
    return "<selector>" if isinstance(value, (str, list, Model)) else None


Pages = Annotated[
    Annotated[NextUrl, Tag("<url>")]
    | Annotated[Cursor, Tag("<cursor>")]
    | Annotated[ByClick, Tag("<click>")]
    | Annotated[ByScroll, Tag("<scroll>")]
    | Annotated[Selector, Tag("<selector>")],
    Discriminator(
        _is_pages,
        custom_error_type="pages",
        custom_error_message="expected a selector of the next link, {url: …}, {cursor: …}, {click: …}, {scroll: true}",
    ),
]


class Paginate(RepeatingBase):
    """Run ``do`` on this page, then on the next, and so on."""

    key = "paginate"

    paginate: Pages
    """How to reach the next page: a selector of its link, {url: template with page.number} or {cursor: …}; in a
    browser also {click: …} or {scroll: true}."""
    max_pages: int | None = Field(default=None, ge=1)
    """Stop after this many pages, the first included."""
    until: Condition | None = None
    """Stop after the page on which this holds."""

    @property
    def needs_browser(self) -> bool:
        return isinstance(self.paginate, Growing)


class Lookup(RequestBase):
    """Open a page and wait for it: what is captured there joins the current record."""

    key = "lookup"
    joins = True

    lookup: Target
    """The page: an address or the first link that a selector matches."""

    @property
    def reads_page(self) -> bool:
        return needs_page(self.lookup)

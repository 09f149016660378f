"""Where a run begins: addresses, requests, a sitemap, a file of addresses."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from .base import Model
from .commands.navigation import RequestParts
from .row_files import RowFile
from .selectors import RegexText
from .templates import RequestTemplate

StartUrl = Annotated[RequestTemplate, Field(min_length=1)]


class StartRequest(RequestParts):
    """A request to begin with, as of an API."""

    url: StartUrl
    """The address; a template."""


class StartSitemap(Model):
    """The addresses of a sitemap, of all that an index of sitemaps names, or of those in robots.txt."""

    sitemap: StartUrl
    """The address of the sitemap, of its index, or of robots.txt."""
    allow: list[RegexText] = []
    """Regular expressions; an address must match one of them."""
    deny: list[RegexText] = []
    """Regular expressions; an address must match none of them."""


class StartFile(RowFile):
    """The addresses in a file beside the definition."""

    column: str | None = Field(default=None, min_length=1)
    """The name of the column with the address; absent: url, in a text file the line."""


def _is_start(value: Any) -> str:
    if isinstance(value, list):
        return "<list>"
    for kind, key, tag in (
        (StartSitemap, "sitemap", "<sitemap>"),
        (StartFile, "file", "<file>"),
        (StartRequest, "url", "<request>"),
    ):
        if isinstance(value, kind) or (isinstance(value, dict) and key in value):
            return tag
    return "<request>" if isinstance(value, dict) else "<url>"


Start = Annotated[
    Annotated[StartUrl, Tag("<url>")]
    | Annotated[list[StartUrl], Field(min_length=1), Tag("<list>")]
    | Annotated[StartRequest, Tag("<request>")]
    | Annotated[StartSitemap, Tag("<sitemap>")]
    | Annotated[StartFile, Tag("<file>")],
    Discriminator(_is_start),
]

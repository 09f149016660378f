"""Where a run begins, compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.definition.row_files import RowFile
from sequentum_scrapy.definition.selectors import compile_regex
from sequentum_scrapy.definition.start import StartFile, StartRequest, StartSitemap

from .navigation import compile_request
from .steps import Render, Request, Start

if TYPE_CHECKING:
    from .compile import Compiler


@dataclass(frozen=True, slots=True, eq=False)
class UrlStart(Start):
    """One address."""

    url: Render
    request: Request | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SitemapStart(Start):
    """The addresses of a sitemap that ``takes`` lets through."""

    url: Render
    takes: Callable[[str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class FileStart(Start):
    """The addresses in a column of a file."""

    file: RowFile
    path: Render
    column: str | None


def compile_starts(compiler: Compiler, start: Any) -> tuple[Start, ...]:
    """Compile where a run begins; nothing for an Agent whose commands open their own pages."""
    if start is None:
        return ()
    if isinstance(start, StartRequest):
        return (UrlStart(compiler.render(start.url), compile_request(compiler, start)),)
    if isinstance(start, StartSitemap):
        return (SitemapStart(compiler.render(start.sitemap), _takes(start)),)
    if isinstance(start, StartFile):
        return (FileStart(start, compiler.render(start.file), start.column),)
    urls = [start] if isinstance(start, str) else start
    return tuple(UrlStart(compiler.render(url)) for url in urls)


def _takes(start: StartSitemap) -> Callable[[str], bool]:
    allow = [compile_regex(pattern).search for pattern in start.allow]
    deny = [compile_regex(pattern).search for pattern in start.deny]

    def takes(url: str) -> bool:
        allowed = not allow or any(search(url) for search in allow)
        return allowed and not any(search(url) for search in deny)

    return takes

"""The 200 saved pages of a real book shop, served as they were."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from .server import Response, Route, Site

BOOKS = Path(__file__).parents[3] / "shared" / "sites" / "books"


def require_books() -> None:
    """Skip the calling test where the pages are not on this machine."""
    if not BOOKS.is_dir():
        pytest.skip(f"the saved pages are not here: {BOOKS}")


@lru_cache(maxsize=1)
def saved_books() -> dict[int, bytes]:
    """Return the pages by number, 1 to 200."""
    pages = {int(file.stem): file.read_bytes() for file in BOOKS.glob("*.html")}
    return dict(sorted(pages.items()))


def books(*, port: int = 0) -> Site:
    """Return a site whose start page links to all books, at ``/catalogue/1/index.html`` and so on.

    The depth of the addresses is that of the original, so relative links come out as there.
    """
    pages = saved_books()
    routes: dict[str, Route] = {
        f"/catalogue/{number}/index.html": Response(body) for number, body in pages.items()
    }
    links = "\n".join(f'<li><a href="{path}">{path}</a></li>' for path in routes)
    routes["/"] = f"<!DOCTYPE html><title>Books</title><h1>Books</h1><ol class=books>{links}</ol>"
    return Site(routes, port)

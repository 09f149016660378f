"""Realistic and hostile sites on loopback, for the tests and for use by hand."""

from .books import BOOKS, books, require_books
from .catalogue import Catalogue, catalogue
from .faults import faults
from .fortress import Fortress, fortress
from .grid import grid
from .members import Members, members
from .modern import modern
from .old import old
from .proxy import Proxy
from .search import search
from .server import Request, Response, Site

__all__ = [
    "BOOKS",
    "Catalogue",
    "Fortress",
    "Members",
    "Proxy",
    "Request",
    "Response",
    "Site",
    "books",
    "catalogue",
    "faults",
    "fortress",
    "grid",
    "members",
    "modern",
    "old",
    "require_books",
    "search",
]

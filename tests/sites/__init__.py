"""Realistic and hostile sites on loopback, for the tests and for use by hand."""

from .books import BOOKS, books, require_books
from .catalogue import Catalogue, catalogue
from .faults import faults
from .fortress import Fortress, fortress
from .members import Members, members
from .proxy import Proxy
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
    "members",
    "require_books",
]

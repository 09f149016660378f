"""Realistic and hostile sites on loopback, for the tests and for use by hand."""

from .books import BOOKS, books, require_books
from .catalogue import Catalogue, catalogue
from .faults import faults
from .members import Members, members
from .server import Request, Response, Site

__all__ = [
    "BOOKS",
    "Catalogue",
    "Members",
    "Request",
    "Response",
    "Site",
    "books",
    "catalogue",
    "faults",
    "members",
    "require_books",
]

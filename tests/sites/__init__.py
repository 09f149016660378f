"""Realistic and hostile sites on loopback, for the tests and for use by hand."""

from .books import BOOKS, books, require_books
from .catalogue import Catalogue, catalogue
from .faults import faults
from .server import Request, Response, Site

__all__ = [
    "BOOKS",
    "Catalogue",
    "Request",
    "Response",
    "Site",
    "books",
    "catalogue",
    "faults",
    "require_books",
]

"""Scrapy's responses as pages."""

from __future__ import annotations

from mimetypes import guess_type

from scrapy.http import Response
from scrapy.utils.gz import gunzip

from sequentum_scrapy.compiler.page import Page

_GZIP = b"\x1f\x8b"
MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes that a packed file may unpack to."""


def page_of(response: Response) -> Page:
    """Return an answer as commands see it; a file that is packed with gzip is unpacked."""
    value = response.headers.get(b"Content-Type")
    content_type = value.decode("latin-1") if value else ""
    body = response.body
    if body[:2] == _GZIP:
        try:
            body = gunzip(body, max_size=MAX_UNPACKED)
        except ValueError:
            # Too much to unpack: it stays what it is, a file that is no page.
            return Page(response.url, body, status=response.status, content_type="application/gzip")
        content_type = guess_type(response.url.partition("?")[0])[0] or ""
    return Page(response.url, body, status=response.status, content_type=content_type)

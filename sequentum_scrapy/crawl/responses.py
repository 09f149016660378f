"""Scrapy's responses as pages."""

from __future__ import annotations

from scrapy.http import Response

from sequentum_scrapy.compiler.page import Page


def page_of(response: Response) -> Page:
    """Return an answer as commands see it."""
    value = response.headers.get(b"Content-Type")
    return Page(
        response.url,
        response.body,
        status=response.status,
        content_type=value.decode("latin-1") if value else "",
    )

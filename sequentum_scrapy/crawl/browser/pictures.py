"""Pictures of live pages: their HTML as it is now, and the script in the page that takes them."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING

from lxml import etree

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.page import Page
from sequentum_scrapy.crawl.marks import Marks

from .errors import ERRORS
from .troubles import has_moved, soon

if TYPE_CHECKING:
    from playwright.async_api import Frame

SCRIPT = files(__package__).joinpath("page.js").read_text("utf-8")
TOKEN = f"sequentum.{secrets.token_hex(8)}"
"""Under this name the script is known in a page, and nobody there can guess it."""
ATTRIBUTE = f"x-{secrets.token_hex(6)}"
"""The attribute of a picture that holds the mark of an element."""
CALL = (
    "async ([token, name, args]) => { const page = window[Symbol.for(token)];"
    " return page ? [await page[name](...args)] : null; }"
)
"""Calls a function of the script; null where it is not in the page yet."""
TRIES = 20
"""So often something is tried on a page that goes to another address meanwhile."""
_OPEN_SHADOWS = (
    "() => { for (const e of document.querySelectorAll('*')) if (e.shadowRoot) return null;"
    " return [(document.doctype ? '<!DOCTYPE html>' : '') + document.documentElement.outerHTML, document.URL]; }"
)
_HTML = "text/html; charset=utf-8"
_MARKED = re.compile(rf' {ATTRIBUTE}="\d+"'.encode())


async def html_of(frame: Frame, patience: float) -> tuple[str, str]:
    """Return the HTML of a page that nothing acts on, open shadow roots included, and its address."""
    for _ in range(TRIES):
        try:
            found = await soon(frame.evaluate(_OPEN_SHADOWS))
            if found is not None:
                return found[0], found[1]
            await soon(frame.evaluate(SCRIPT, TOKEN))
            (picture,) = await soon(frame.evaluate(CALL, [TOKEN, "picture", [None, 0]]))
            return picture["html"], picture["url"]
        except ERRORS as error:
            if not has_moved(error):
                raise
        except TypeError:
            # It went to another address after the script was put in.
            pass
        with suppress(*ERRORS):
            await frame.wait_for_load_state("load", timeout=patience * 1000)
    raise ValueFailure("the page does not come to rest")


def as_page(url: str, html: str) -> Page:
    """Return a picture as a page, with the marks of its elements taken out."""
    page = Page(url, html.encode("utf-8", "replace"), content_type=_HTML)
    by_element: dict[etree._Element, int] = {}
    for element in page.root.iter(etree.Element):
        mark = element.attrib.pop(ATTRIBUTE, "")
        if mark:
            by_element[element] = int(mark)
    page.marks = Marks(by_element)
    page.body = _MARKED.sub(b"", page.body)
    return page

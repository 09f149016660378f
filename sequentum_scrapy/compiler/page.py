"""A page as commands see it: an address, a status and a document that is parsed once, when asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import orjson
from lxml import etree
from w3lib.encoding import html_to_unicode, http_content_type_encoding, resolve_encoding
from w3lib.html import strip_html5_whitespace

from .csv_page import csv_rows
from .errors import PageError
from .marks import Classes
from .metadata import json_ld_of, microdata_of
from .text import text_of

DocumentKind = Literal["html", "xml", "json", "jsonl", "csv", "text", "binary"]

_UNREAD: Any = object()
_NO_RESPONSES: Mapping[str, Any] = {}
_HEAD_BYTES = 65_536
"""Enough of a page to tell its encoding by."""
_MIME = re.compile(r"^[^;\s]*")
_ROWS: dict[str, DocumentKind] = {
    "text/csv": "csv",
    "application/csv": "csv",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
}
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_HTML_START = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)", re.IGNORECASE)
_PARSERS: dict[str, etree.HTMLParser] = {}
_XML_PARSER = etree.XMLParser(
    recover=True, resolve_entities=False, no_network=True, huge_tree=True, remove_pis=True
)


class Page:
    """One answer of a site.

    ``number`` counts the pages of a pagination from 1, ``cursor`` is where it stands, ``attempt``
    how often a retry has asked for the page again, ``tree`` the root element if it was asked for
    already, ``is_derived`` that a transform made it. ``live`` is the
    page in a browser that this is a picture of, ``marks`` tells its elements there, ``responses``
    are bodies of requests that it made, by pattern. Parsing raises `PageError` where the page is
    not of the kind that is asked for.
    """

    __slots__ = (
        "_base", "_classes", "_json", "_json_ld", "_kind", "_microdata", "attempt", "body", "content_type", "cursor",
        "is_derived", "live", "marks", "number", "responses", "status", "tree", "url",
    )  # fmt: skip

    def __init__(
        self, url: str, body: bytes = b"", *, status: int = 200, content_type: str = ""
    ) -> None:
        self.url = url
        self.body = body
        self.status = status
        self.content_type = content_type
        self.number = 1
        self.cursor: Any = None
        self.attempt = 0
        self.is_derived = False
        self.live: Any = None
        self.marks: Any = None
        self.responses: Mapping[str, Page] = _NO_RESPONSES
        self._kind: DocumentKind | None = None
        self.tree: etree._Element | None = None
        self._classes: Classes | None = None
        self._json: Any = _UNREAD
        self._json_ld: list[dict[str, Any]] | None = None
        self._microdata: list[dict[str, Any]] | None = None
        self._base: tuple[str, str, str] | None = None

    @property
    def kind(self) -> DocumentKind:
        if self._kind is None:
            self._kind = _kind(self.content_type, self.body)
        return self._kind

    @property
    def root(self) -> etree._Element:
        """The root element of an HTML or XML page."""
        if self.tree is None:
            if self.kind == "html":
                self.tree = _parse_html(self.body, self.content_type)
            elif self.kind == "xml":
                self.tree = _parse_xml(self.body)
            else:
                raise PageError(f"the page is {self._what()}, not HTML")
        return self.tree

    @property
    def classes(self) -> Classes:
        """The elements of an HTML or XML page by class."""
        if self._classes is None:
            self._classes = Classes(self.root)
        return self._classes

    @property
    def json(self) -> Any:
        """The JSON document; of JSON lines and CSV the list of rows."""
        if self._json is _UNREAD:
            self._json = self._read_json()
        return self._json

    def _read_json(self) -> Any:
        if self.kind == "csv":
            return csv_rows(self.text)
        if self.kind not in ("json", "jsonl"):
            raise PageError(f"the page is {self._what()}, not JSON")
        try:
            if self.kind == "jsonl":
                return [orjson.loads(line) for line in self.body.splitlines() if line.strip()]
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise PageError(f"the page is not valid JSON: {error}") from None

    @property
    def encoding(self) -> str:
        """The encoding of a text page, by its usual name: what its forms are sent in."""
        head = self.body[:_HEAD_BYTES]
        name = html_to_unicode(
            self.content_type or None, head, default_encoding="utf-8", auto_detect_fun=_detect
        )[0]
        return "utf-8" if name in ("utf8", "ascii") else name

    @property
    def base(self) -> str:
        """The address that links of the page are relative to."""
        return (self._base or self._find_base())[0]

    @property
    def text(self) -> str:
        """The text of the answer, decoded."""
        if self.kind == "binary":
            raise PageError(f"the page is {self._what()}, not text")
        return html_to_unicode(self.content_type or None, self.body)[1]

    @property
    def title(self) -> str | None:
        found = self.root.find(".//title")
        return None if found is None else text_of(found)

    @property
    def json_ld(self) -> list[dict[str, Any]]:
        """All JSON-LD objects of the page; what is not valid JSON is left out."""
        if self._json_ld is None:
            self._json_ld = list(json_ld_of(self.root))
        return self._json_ld

    @property
    def microdata(self) -> list[dict[str, Any]]:
        """All microdata items of the page, in the form of JSON-LD objects."""
        if self._microdata is None:
            self._microdata = microdata_of(self.text, self.base)
        return self._microdata

    def derived(self, body: bytes, content_type: str) -> Page:
        """Return a page of the same address with another body."""
        page = Page(self.url, body, status=self.status, content_type=content_type)
        page.number, page.cursor, page.attempt = self.number, self.cursor, self.attempt
        page.is_derived = True
        page.live, page.responses = self.live, self.responses
        # Its links are relative to what the whole page says, whatever is left of that.
        page._base = self._base or self._find_base()
        return page

    def join(self, link: str) -> str:
        """Return a link of this page as an absolute address."""
        original = link = strip_html5_whitespace(link)
        if link.startswith(("https://", "http://")):
            return link
        base, origin, folder = self._base or self._find_base()
        # urljoin costs as much as the rest of following a link; these forms need none of it.
        if "#" in link or ";" in link or link[-1:] == "?":
            pass
        elif link[:1] == "/":
            if link[:2] != "//" and "/." not in link:
                return origin + link
        elif folder and link[:1] not in ("", "?", "#") and "//" not in link and ":" not in link:
            top = len(origin) + 1
            while link[:3] == "../":
                link = link[3:]
                folder = folder[: max(folder.rfind("/", 0, -1) + 1, top)]
            if link and link[0] not in ".?#" and "/." not in link:
                return folder + link
            link = original
        try:
            return urljoin(base, link)
        except ValueError:
            raise PageError(f'not an address: "{link[:200]}"') from None

    def _find_base(self) -> tuple[str, str, str]:
        base = self.url
        if b"<base" in self.body[:8192].lower() and self.kind == "html":
            found = self.root.find(".//base[@href]")
            if found is not None:
                base = urljoin(base, strip_html5_whitespace(found.get("href", "")))
        parts = urlsplit(base)
        origin = f"{parts.scheme}://{parts.netloc}"
        folder = parts.path.rpartition("/")[0]
        # urljoin tidies the folders of a base that has any of these.
        tidy = "//" not in folder and "/." not in folder
        self._base = (base, origin, f"{origin}{folder}/" if tidy else "")
        return self._base

    def _what(self) -> str:
        mime = _MIME.match(self.content_type)
        return (mime and mime[0]) or self.kind


class PageNames(Mapping[str, Any]):
    """A page under the names that templates know: ``{{ page.url }}``."""

    _NAMES = ("url", "status", "number", "cursor", "title", "text")

    def __init__(self, page: Page) -> None:
        self._page = page

    def __getitem__(self, name: str) -> Any:
        if name not in self._NAMES:
            raise KeyError(name)
        value = getattr(self._page, name)
        if value is None:
            # Undefined, as any other absent value of a template: never the text None.
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._NAMES)

    def __len__(self) -> int:
        return len(self._NAMES)


def _kind(content_type: str, body: bytes) -> DocumentKind:
    found = _MIME.match(content_type)
    mime = found[0].lower() if found else ""
    if "html" in mime:
        return "html"
    if mime in _ROWS:
        return _ROWS[mime]
    if mime.endswith(("json", "javascript")):
        return "json"
    if mime.endswith("xml"):
        return "html" if _HTML_START.match(body[:1024]) else "xml"
    if mime and not mime.startswith("text/") and mime != "application/octet-stream":
        return "binary"
    return _sniffed(body, plain=mime.startswith("text/"))


def _sniffed(body: bytes, *, plain: bool) -> DocumentKind:
    start = body[:1024].lstrip()
    if not start.startswith(_BOMS) and b"\0" in start:
        return "binary"
    if start[:1] in (b"{", b"["):
        return "json"
    if start.startswith(b"<?xml"):
        return "xml"
    return "html" if _HTML_START.match(start) or not plain else "text"


def _parse_html(body: bytes, content_type: str) -> etree._Element:
    data, encoding = _decodable(body, content_type)
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    if not data.strip():
        data = b"<html/>"
    parser = _PARSERS.get(encoding)
    if parser is None:
        parser = etree.HTMLParser(encoding=encoding, recover=True, huge_tree=True, no_network=True)
        _PARSERS[encoding] = parser
    root = etree.fromstring(data, parser)
    return etree.fromstring(b"<html/>", parser) if root is None else root


def _decodable(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Return bytes that decode wholly in the returned encoding.

    The parser stops, or guesses, at the first byte that its encoding does not have, so only a
    body that is known to decode goes to it as it came.
    """
    declared = http_content_type_encoding(content_type) if content_type else None
    if declared in ("utf-8", "iso-8859-1", "cp1252", "ascii") and not body.startswith(_BOMS):
        try:
            body.decode(declared)
        except UnicodeDecodeError:
            pass
        else:
            return body, declared
    text = html_to_unicode(
        content_type or None, body, default_encoding="utf-8", auto_detect_fun=_detect
    )[1]
    return text.encode("utf-8", "replace"), "utf-8"


def _detect(body: bytes) -> str | None:
    for encoding in ("utf-8", "cp1252"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return resolve_encoding(encoding)
    return None


def _parse_xml(body: bytes) -> etree._Element:
    root = etree.fromstring(body.strip() or b"<empty/>", _XML_PARSER)
    if root is None:
        return etree.fromstring(b"<empty/>", _XML_PARSER)
    for element in root.iter("{*}*"):
        # Without a prefix in the document, and so without one in a selector.
        if element.prefix is None:
            element.tag = etree.QName(element).localname
    return root

"""What the live site is made of: its pages from the texts in ``live/``, its data, its PDF and its pictures."""

from __future__ import annotations

import json
import random
import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from typing_extensions import Self

from .server import Request, Response

_TEXTS = Path(__file__).parent / "live"
PRICE = "€{price:.2f}"
"""How the site writes prices, as a format."""
_PNG_SIDE = 82
"""Pixels: noise of so many squared, three bytes each, is about 20 kB, as it does not compress."""


class Json(str):
    """A value that stands in a script of a page."""

    __slots__ = ()

    def __new__(cls, value: Any) -> Self:
        return super().__new__(cls, json.dumps(value, ensure_ascii=False).replace("</", "<\\/"))


class Markup(str):
    """HTML that stands in a page as it is."""

    __slots__ = ()


@cache
def _text(name: str) -> str:
    return (_TEXTS / f"{name}.html").read_text("utf-8")


def fragment(name: str, **values: object) -> Markup:
    """Return a text, each @NAME@ in it replaced with the value of that name."""

    def value(match: re.Match[str]) -> str:
        given = values[match[1].lower()]
        return given if isinstance(given, (Json, Markup)) else escape(str(given))

    return Markup(re.sub("@([A-Z]+)@", value, _text(name)))


def live_page(name: str, title: str, **values: object) -> str:
    """Return a page of the site: a text within its header and footer."""
    return framed(title, fragment(name, **values))


def framed(title: str, main: str) -> str:
    """Return HTML within the header and footer of the site."""
    return fragment("layout", title=title, main=Markup(main))


def each(template: str, items: Iterable[Mapping[str, Any]]) -> Markup:
    """Return HTML for each item, by a format of its values."""
    return Markup("\n".join(template.format_map(_escaped(item)) for item in items))


def table_rows(items: Sequence[Mapping[str, Any]]) -> Markup:
    """Return rows of a table, a cell for each value, its name as the class."""
    cells = "".join(
        f'<td class="{name}">{{{name}}}</td>'
        if name != "price"
        else f"<td class=price>{PRICE}</td>"
        for name in items[0]
    )
    return each(f"<tr>{cells}</tr>", items)


def _escaped(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: escape(value) if isinstance(value, str) else value for name, value in item.items()
    }


@cache
def png(number: int, side: int = _PNG_SIDE) -> bytes:
    """Return a picture of noise, another for each number."""
    noise = random.Random(number)
    lines = b"".join(b"\0" + noise.randbytes(side * 3) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def pdf(text: str) -> bytes:
    """Return a document of one page with a line of text."""
    drawn = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
        + b"startxref\n%d\n%%%%EOF\n" % len(body)
    )


def json_answer(value: Any, *, status: int = 200, delay: float = 0.03) -> Response:
    """Return an answer of the site's data, which takes so many seconds."""
    return Response(
        json.dumps(value, ensure_ascii=False),
        status,
        content_type="application/json; charset=utf-8",
        delay=delay,
    )


def number_of(request: Request) -> int:
    """Return the number that an address ends with."""
    return int(request.route.rpartition("/")[2])

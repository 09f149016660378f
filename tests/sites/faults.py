"""A site where every page goes wrong in its own way; its start page links to all of them."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable

from .server import Request, Response, Route, Site

HANG_SECONDS = 60.0
SLOW_SECONDS = 0.5
BIG_BYTES = 10_000_000
ACCENTS = "Crème brûlée à la façon du chef"
QUOTES = "“Smart” quotes… and 5 €"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
PDF = (
    b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
SMALL = "Small on the wire"
# brotli is no dependency of the tests, so this is page(SMALL) as it compresses it.
BROTLI = base64.b64decode(
    "G28A4IzEOBbyn0ERNQ+a25uK8XGMA4fXZaRrsXXn4XVVia4YqxztBwUwFPh+2oxbgjS5EWxoYg=="
)


def faults(*, port: int = 0, hang: float = HANG_SECONDS) -> Site:
    """Return the site; ``hang`` is how many seconds /hang keeps a client waiting."""
    routes: dict[str, Route] = {
        "/ok": html("All is well"),
        **_statuses(),
        **_connections(hang),
        **_redirects(),
        **_charsets(),
        **_encodings(),
        **_sizes(),
        **_other_types(),
        **_cookies(),
    }
    links = "".join(f'<li><a href="{path}">{path}</a>' for path in routes)
    routes["/"] = page("Faults", f"<ul>{links}</ul>")
    return Site(routes, port)


def page(title: str, more: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1>{more}</body></html>"
    )


def html(title: str, status: int = 200) -> Response:
    return Response(page(title), status)


def _failing_first(times: int, then: Response) -> Callable[[Request], Response]:
    """Answer 500 so often for each address, then as it should be."""
    asked: Counter[str] = Counter()

    def handler(request: Request) -> Response:
        asked[request.path] += 1
        return html("Not yet", 500) if asked[request.path] <= times else then

    return handler


def _statuses() -> dict[str, Route]:
    return {
        "/404": html("Gone away", 404),
        "/410": html("Gone", 410),
        "/403": html("Forbidden", 403),
        "/500": html("Broken", 500),
        "/503": html("Overloaded", 503),
        "/500-once": _failing_first(1, html("Well again")),
        "/429-then-200": _busy_first(),
    }


def _busy_first() -> Callable[[Request], Response]:
    asked: Counter[str] = Counter()

    def handler(request: Request) -> Response:
        asked[request.path] += 1
        if asked[request.path] == 1:
            return Response(page("Too fast"), 429, headers=(("Retry-After", "1"),))
        return html("In good time")

    return handler


def _connections(hang: float) -> dict[str, Route]:
    return {
        "/hang": Response(page("Too late"), delay=hang),
        "/slow": Response(page("Slow"), delay=SLOW_SECONDS),
        "/truncated": Response(page("Cut", "<p>text</p>" * 1000), cut=2000),
        "/no-body": Response(page("Cut"), cut=0),
        "/reset": Response(reset=True),
        "/broken-html": "<html><body><h1>Broken<div><p>one<p>two<table><tr><td>three</div",
    }


def _redirect(location: str, status: int = 302) -> Response:
    return Response("", status, headers=(("Location", location),))


def _redirects() -> dict[str, Route]:
    return {
        "/301": _redirect("/ok", 301),
        "/302": _redirect("/ok"),
        "/307": _redirect("/ok", 307),
        "/308": _redirect("/ok", 308),
        "/redirect-twice": _redirect("/302"),
        "/redirect-loop": _redirect("/redirect-loop-back"),
        "/redirect-loop-back": _redirect("/redirect-loop"),
        "/redirect-to-404": _redirect("/404"),
        "/redirect-nowhere": Response("", 302),
        "/meta-refresh": page("Moved", '<meta http-equiv="refresh" content="0; url=/ok">'),
    }


def _charsets() -> dict[str, Route]:
    accents, quotes = page(ACCENTS), page(QUOTES)
    return {
        "/latin1-as-utf8": Response(
            accents.encode("latin-1"), content_type="text/html; charset=utf-8"
        ),
        "/cp1252-undeclared": Response(quotes.encode("cp1252"), content_type="text/html"),
        "/utf8-undeclared": Response(quotes.encode(), content_type="text/html"),
        "/utf16-bom": Response(quotes.encode("utf-16"), content_type="text/html"),
        "/utf8-bom": Response(quotes.encode("utf-8-sig"), content_type="text/html"),
        "/unknown-charset": Response(accents.encode(), content_type="text/html; charset=klingon"),
        "/meta-charset": Response(
            accents.replace("<head>", '<head><meta charset="iso-8859-1">').encode("latin-1"),
            content_type="text/html",
        ),
        "/nul-bytes": Response(accents.replace("<h1>", "\0<h1>").encode()),
    }


def _encoded(body: bytes, encoding: str) -> Response:
    return Response(body, headers=(("Content-Encoding", encoding),))


def _encodings() -> dict[str, Route]:
    body = page(SMALL).encode()
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return {
        "/gzip": _encoded(gzip.compress(body), "gzip"),
        "/deflate": _encoded(zlib.compress(body), "deflate"),
        "/deflate-raw": _encoded(raw.compress(body) + raw.flush(), "deflate"),
        "/br": _encoded(BROTLI, "br"),
        "/gzip-broken": _encoded(gzip.compress(body)[:-12], "gzip"),
        "/gzip-not": _encoded(body, "gzip"),
        "/gzip-bomb": _encoded(gzip.compress(b" " * 64 * 1024 * 1024), "gzip"),
    }


def _sizes() -> dict[str, Route]:
    row = '<p class="row">A row of a page that goes on and on.</p>\n'
    return {
        "/big": lambda _request: Response(page("Big", row * (BIG_BYTES // len(row)))),
        "/empty": Response(""),
        "/blank": Response(" \n\t "),
        "/204": Response("", 204, content_type=None),
        "/deep": page("Deep", "<div>" * 5000 + "bottom"),
    }


def _other_types() -> dict[str, Route]:
    data = json.dumps({"title": "JSON", "items": [1, 2]})
    return {
        "/image.png": Response(PNG, content_type="image/png"),
        "/image-as-html": Response(PNG, content_type="text/html"),
        "/file.pdf": Response(PDF, content_type="application/pdf"),
        "/data.json": Response(data, content_type="application/json"),
        "/json-as-html": Response(data, content_type="text/html"),
        "/broken.json": Response(data[:-3], content_type="application/json"),
        "/plain.txt": Response("Plain text.", content_type="text/plain"),
        "/feed.xml": Response(
            "<?xml version='1.0'?><feed><title>XML</title></feed>", content_type="application/xml"
        ),
        "/no-type": Response(page("No type"), content_type=None),
    }


def _cookies() -> dict[str, Route]:
    def show(request: Request) -> Response:
        return html(request.headers.get("cookie", "no cookies"))

    cookies = (("Set-Cookie", "session=abc; Path=/"), ("Set-Cookie", "theme=dark; Path=/"))
    return {"/set-cookies": Response(page("Cookies"), headers=cookies), "/show-cookies": show}

"""Old and plain things: a table layout without classes in windows-1252, feeds, a sitemap, a CSV file.

The truth is ``CITIES`` and ``NEWS``.
"""

from __future__ import annotations

import gzip

from .server import Response, Site

CITIES = [
    {"city": "Köln", "people": 1_085_000, "river": "Rhein"},
    {"city": "Münster", "people": 317_000, "river": "Aa"},
    {"city": "Straßburg", "people": 291_000, "river": "Ill"},
]
NEWS = [
    {"title": f"News {n} & more", "author": f"Ada {n}", "text": f"<p>It is <b>{n}</b>.</p>"}
    for n in range(1, 13)
]


def old(*, port: int = 0) -> Site:
    """Return the site."""
    site = Site(
        {"/": _tables(), "/feed.xml": Response(_feed(), content_type="application/rss+xml")}, port
    )
    site.routes = {
        **site.routes,
        "/cities.csv": Response(_csv(), content_type="text/csv; charset=windows-1252"),
        "/news/*": lambda r: Response(f"<h1>News {r.route.rpartition('/')[2]} &amp; more</h1>"),
        "/sitemap.xml.gz": lambda _: Response(_sitemap(site.url), content_type="application/gzip"),
    }
    return site


def _tables() -> Response:
    cards = "".join(
        f"""<tr><td><table><tr><td rowspan=3>&nbsp;<td><b>City:</b>&nbsp;<td>{c["city"]}
        <tr><td><b>People:</b><td align=right>{c["people"]:,}
        <tr><td><b>River:</b><td><font>{c["river"]}</font></table>"""
        for c in CITIES
    )
    html = f"<html><head><meta charset=windows-1252><title>Cities</title><body><table border=1>{cards}</table>"
    return Response(html.encode("cp1252"), content_type="text/html")


def _csv() -> bytes:
    rows = [f'"{c["city"]}";{c["people"]};"{c["river"]}"' for c in CITIES]
    return "\r\n".join(["city;people;river", *rows, ""]).encode("cp1252")


def _feed() -> str:
    items = "".join(
        f"""<item><title>{n["title"].replace("&", "&amp;")}</title><link>/news/{i}</link>
        <dc:creator>{n["author"]}</dc:creator>
        <media:title>A picture</media:title><content:encoded><![CDATA[{n["text"]}]]></content:encoded>
        <pubDate>Tue, {i:02} Nov 2026 10:00:00 GMT</pubDate></item>"""
        for i, n in enumerate(NEWS, 1)
    )
    return f"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
        <channel><title>News</title>{items}</channel></rss>"""


def _sitemap(url: str) -> bytes:
    entries = "".join(f"<url><loc>{url}news/{n}</loc></url>" for n in range(1, len(NEWS) + 1))
    return gzip.compress(
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
    )

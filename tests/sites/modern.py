"""Sites that look as if they needed a browser: an endless list that is an API, and data in scripts.

The truth is ``POSTS`` and ``PRODUCT``.
"""

from __future__ import annotations

import json

from .faults import page
from .server import Request, Response, Site

PER_PAGE = 10
TOKEN = "tok-7f3a"
POSTS = [
    {
        "id": n,
        "title": f"Post {n}",
        "author": {"name": f"Writer {n % 5}"},
        "tags": ["a", f"t{n % 3}"],
    }
    for n in range(1, 48)
]
PRODUCT = {"name": "Kettle", "price": 39.5, "colors": ["red", "blue"]}


def modern(*, port: int = 0) -> Site:
    """Return the site."""
    return Site(
        {
            "/": _shell(),
            "/api/posts": _posts,
            "/next": _next(),
            "/script": _script(),
            "/hidden": _hidden(),
        },
        port,
    )


def _shell() -> str:
    return f"""<!DOCTYPE html><html><head><title>Posts</title><meta name="api-token" content="{TOKEN}"></head>
        <body><div id="app"></div><script>load("/api/posts?cursor=0")</script></body></html>"""


def _posts(request: Request) -> Response:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return Response('{"error": "no token"}', 401, content_type="application/json")
    start = int(request.query.get("cursor", 0))
    end = start + PER_PAGE
    answer = {"data": {"posts": POSTS[start:end]}, "next": str(end) if end < len(POSTS) else None}
    return Response(json.dumps(answer), content_type="application/json")


def _next() -> str:
    data = json.dumps({"props": {"pageProps": {"product": PRODUCT}}})
    return page(
        "",
        f'<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{data}</script>',
    )


def _script() -> str:
    return page(
        "Shop",
        """<script>var lang = 'en';
        var data = {name: 'Kettle', /* in euros */ price: 39.5, 'colors': ["red", 'blue',],};
        render(data);</script>
        <script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
        {"@type": "Product", "name": "Kettle", "offers": {"price": "39.50", "priceCurrency": "EUR"}},]}</script>""",
    )


def _hidden() -> str:
    return page("Shop", "<div id=box></div><!-- <ul><li>red</li><li>blue</li></ul> -->")

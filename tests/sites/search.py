"""A shop with search forms: GET with pages of results, and an advanced one that posts, with a file.

The truth is ``found(...)``: the names of the products that a search gives.
"""

from __future__ import annotations

from email import message_from_bytes
from hashlib import sha256
from urllib.parse import parse_qs

from .faults import page
from .server import Request, Response, Site

KINDS = {"": "All", "1": "Tea", "2": "Coffee", "3": "Cups & pots"}
PER_PAGE = 10
PRODUCTS = [
    {
        "name": f"{KINDS[str(n % 3 + 1)]} no. {n}",
        "kind": str(n % 3 + 1),
        "stock": n % 4,
        "price": n / 4,
    }
    for n in range(1, 91)
]


def found(q: str = "", kind: str = "", *, in_stock: bool = False) -> list[dict[str, object]]:
    """Return the products that a search gives, in its order."""
    return [
        product
        for product in PRODUCTS
        if q.lower() in str(product["name"]).lower()
        and kind in ("", product["kind"])
        and (product["stock"] or not in_stock)
    ]


def search(*, port: int = 0) -> Site:
    """Return the site."""
    return Site(
        {"/": _form(), "/results": _results, "/advanced": _advanced, "/upload": _upload}, port
    )


def _form() -> str:
    options = "".join(f'<option value="{value}">{label}' for value, label in KINDS.items())
    return page(
        "Search",
        f"""<form action="results" id="find"><input type="hidden" name="v" value="2">
        <input type="search" name="q" placeholder="what?"><select name="kind">{options}</select>
        <label><input type="checkbox" name="stock" value="yes"> in stock</label>
        <button name="do" value="count">Count</button> <button name="do" value="list" class="go">Show</button></form>
        <input name="sort" form="find" value="name" type="hidden">
        <form action="/advanced" method="post"><input name="q"><select name="kind" multiple>{options}</select>
        <input type="radio" name="order" value="up" checked><input type="radio" name="order" value="down">
        <textarea name="note">none</textarea><input name="old" value="x" disabled>
        <button formaction="/nowhere" name="a" value="1">No</button>
        <button name="a" value="2" class="yes">Yes</button></form>
        <form action="/upload" method="post" enctype="multipart/form-data"><input name="title">
        <input type="file" name="file"><button>Send</button></form>""",
    )


def _listing(products: list[dict[str, object]], more: str = "") -> str:
    rows = "".join(
        f'<li class="product"><b>{p["name"]}</b> <i>{p["price"]:.2f}</i>' for p in products
    )
    return page(f"{len(products)} found", f"<ul>{rows}</ul>{more}")


def _results(request: Request) -> Response:
    asked = request.query
    if (asked.get("v"), asked.get("sort")) != ("2", "name"):
        return Response("<h1>The form was not sent whole</h1>", 400)
    products = found(asked.get("q", ""), asked.get("kind", ""), in_stock="stock" in asked)
    if asked.get("do") != "list":
        return Response(f"<h1>{len(products)} found</h1>")
    number = int(asked.get("page", 1))
    shown = products[(number - 1) * PER_PAGE : number * PER_PAGE]
    query = request.path.partition("?")[2].partition("&page=")[0]
    link = f'<a class="next" href="?{query}&page={number + 1}">next</a>'
    return Response(_listing(shown, link if len(products) > number * PER_PAGE else ""))


def _advanced(request: Request) -> Response:
    asked = parse_qs(request.body.decode(), keep_blank_values=True)
    if "old" in asked or asked.get("a") != ["2"]:
        return Response("<h1>The wrong button, or a field that is disabled</h1>", 400)
    kinds = asked.get("kind", [""])
    products = [p for kind in kinds for p in found(asked["q"][0], kind)]
    products.sort(key=lambda product: product["price"], reverse=asked["order"] == ["down"])
    return Response(_listing(products, f'<p class="note">{asked["note"][0]}</p>'))


def _upload(request: Request) -> Response:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part
        for part in message_from_bytes(head + request.body).get_payload()
    }
    data = parts["file"].get_payload(decode=True)
    title = parts["title"].get_payload(decode=True).decode()
    return Response(
        f'<h1>{title}</h1><p class="name">{parts["file"].get_filename()}</p>'
        f'<p class="size">{len(data)}</p><p class="sum">{sha256(data).hexdigest()}</p>'
    )

"""The pages of the browser benchmark: the catalogue, as it is and rendered by its script, and others."""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Iterator

import pages

IMAGES = 30
"""On each page of the gallery."""
_SIDE = 82
"""Pixels: three bytes each come to 20 kB."""
ROWS = 20
"""In each batch of a page that grows, and on each page of the application."""
_NOISE = random.Random(1).randbytes(2 * 3 * _SIDE * _SIDE)
_MAIN, _END = '<main class="content">', "</main>"
_RENDER = """<p class="loading">Loading …</p>
<script>
  fetch("/data" + location.pathname).then((answer) => answer.json()).then((data) => {
    document.querySelector("main").innerHTML = data.html;
  });
</script>"""


def rendered(size: pages.Size, lists: int) -> Iterator[tuple[str, str]]:
    """Yield what ``catalogue`` does as pages that hold nothing, and the data that their script fetches."""
    for path, text in pages.catalogue(size, lists):
        top, _, rest = text.partition(_MAIN)
        content, _, bottom = rest.rpartition(_END)
        yield path, f"{top}{_MAIN}{_RENDER}{_END}{bottom}"
        yield f"/data{path}", json.dumps({"html": content})


def gallery(number: int) -> str:
    """Return a page of images that no other page has."""
    images = "".join(
        f'<figure><img src="/image/{number}-{n}.png" width="{_SIDE}" height="{_SIDE}" alt="">'
        f"<figcaption>Picture {n}</figcaption></figure>\n"
        for n in range(1, IMAGES + 1)
    )
    return (
        f"<!DOCTYPE html><html><body><h1>Gallery {number}</h1><main>{images}</main></body></html>"
    )


def entrance(galleries: int) -> str:
    """Return the page that leads to the galleries."""
    links = "".join(f'<li><a href="/gallery/{n}">{n}</a></li>' for n in range(1, galleries + 1))
    return f"<!DOCTYPE html><html><body><ul>{links}</ul></body></html>"


def image(seed: int, side: int = _SIDE) -> bytes:
    """Return a PNG of noise, 20 kB for the usual side, another one for each number."""
    stride = 3 * side
    start = seed * 7919 % (stride * side)
    raw = b"".join(
        b"\0" + _NOISE[start + row * stride : start + (row + 1) * stride] for row in range(side)
    )
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw, 0)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def some_rows(start: int, total: int) -> str:
    """Return a batch of the rows of a page that grows, as JSON."""
    numbers = range(start + 1, min(start + ROWS, total) + 1)
    items = [
        {"id": f"R{number:06}", "name": f"Item {number}", "price": f"£{number % 90 + 5}.00"}
        for number in numbers
    ]
    return json.dumps({"items": items, "more": start + ROWS < total})


def growing(way: str, total: int) -> str:
    """Return a page that shows its rows bit by bit: more, scroll, virtual or next."""
    return (
        f"<!DOCTYPE html><html><head><style>{_STYLE}</style></head><body><h1>Rows</h1>\n"
        f"{_BODIES[way]}<script>\nconst total = {total}, size = {ROWS};\n{_COMMON}{_SCRIPTS[way]}"
        "</script></body></html>"
    )


_STYLE = """
.row { height: 40px; display: flex; gap: 24px; }
#box { height: 600px; overflow-y: auto; position: relative; }
#box .row { position: absolute; left: 0; right: 0; }
"""
_BODIES = {
    "more": '<div id="list"></div><button class="more">More</button>',
    "scroll": '<div id="list"></div>',
    "virtual": '<div id="box"><div id="space"></div></div>',
    "next": '<div id="list"></div><button class="next">Next</button>',
}
_COMMON = """
const list = document.getElementById("list");
const get = async (start) => (await fetch(`/rows?start=${start}&total=${total}`)).json();
const fill = (element, data) => {
  for (const name of ["id", "name", "price"]) element.querySelector("." + name).textContent = data[name];
};
const row = (data) => {
  const element = document.createElement("div");
  element.className = "row";
  element.innerHTML = '<span class="id"></span><b class="name"></b><span class="price"></span>';
  if (data) fill(element, data);
  return element;
};
let start = 0, busy = false;
"""
_SCRIPTS = {
    "more": """
const button = document.querySelector("button.more");
const load = async () => {
  const { items, more } = await get(start);
  list.append(...items.map(row));
  start += items.length;
  if (!more) button.remove();
};
button.addEventListener("click", load);
load();
""",
    "scroll": """
const isNear = () => innerHeight + scrollY > document.documentElement.scrollHeight - 300;
const load = async () => {
  if (busy || start >= total) return;
  busy = true;
  const { items } = await get(start);
  list.append(...items.map(row));
  start += items.length;
  busy = false;
};
addEventListener("scroll", () => { if (isNear()) load(); });
load();
""",
    # Row n is always shown by node n % POOL: what a node shows changes as the box scrolls.
    "virtual": """
const HEIGHT = 40, POOL = 30, ABOVE = 5;
const box = document.getElementById("box"), rows = [], asked = new Set();
const pool = Array.from({ length: POOL }, () => {
  const element = row();
  element.style.display = "none";
  box.append(element);
  return element;
});
document.getElementById("space").style.height = `${total * HEIGHT}px`;
const load = async (from) => {
  if (from >= total || asked.has(from)) return;
  asked.add(from);
  const { items } = await get(from);
  items.forEach((data, index) => { rows[from + index] = data; });
  draw();
};
const draw = () => {
  const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - ABOVE);
  for (let from = Math.floor(first / size) * size; from < first + POOL; from += size) load(from);
  for (let n = first; n < first + POOL; n += 1) {
    const element = pool[n % POOL], data = rows[n];
    element.style.display = data ? "" : "none";
    if (!data) continue;
    element.style.top = `${n * HEIGHT}px`;
    fill(element, data);
  }
};
box.addEventListener("scroll", () => requestAnimationFrame(draw));
draw();
""",
    "next": """
const button = document.querySelector("button.next");
const show = async () => {
  const { items, more } = await get(start);
  list.replaceChildren(...items.map(row));
  start += items.length;
  button.disabled = !more;
};
button.addEventListener("click", show);
show();
""",
}

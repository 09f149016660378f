"""The pages of the benchmark's catalogue, rendered into memory before anything is measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PER_LIST = 20
PROSE = (
    "the light of a long evening falls on the table where bread, salt and a jug of water stand; "
    "a well made thing is a quiet companion that asks for little and lasts for years, and those "
    "who make it know the wood, the clay and the iron by their sound & weight"
)
WORDS = PROSE.split()
CATEGORIES = ("Kitchen", "Garden", "Lighting", "Travel", "Toys", "Stationery", "Music", "Bathroom")
BRANDS = ("Hartwell", "Nørgaard", "Bellamy", "Weissbach", "Ollerton")
COLOURS = ("slate", "cream", "green", "black", "copper", "blue", "white")
RATINGS = ("One", "Two", "Three", "Four", "Five")


@dataclass(frozen=True)
class Size:
    """How large pages are: entries of the menu, of the lists on a product page, and so on."""

    menu: int
    paragraphs: int
    reviews: int
    related: int
    teaser_words: int
    script: int


# Product pages come to 21 to 50 kB (the median is 36), list pages to 24 kB.
BIG = Size(menu=80, paragraphs=14, reviews=8, related=20, teaser_words=45, script=60)
# Product pages come to 5 kB, list pages to 9 kB.
SMALL = Size(menu=12, paragraphs=1, reviews=3, related=1, teaser_words=0, script=3)


def catalogue(size: Size, lists: int) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each list page, and of its products."""
    top, bottom = _top(size), _bottom(size)
    for page in range(1, lists + 1):
        numbers = range((page - 1) * PER_LIST + 1, page * PER_LIST + 1)
        yield _list_path(page), top + _list(size, page, lists, numbers) + bottom
        for number in numbers:
            yield _product_path(number), top + _product(size, number, lists * PER_LIST) + bottom


def rows(page: int, pages: int, per_page: int) -> str:
    """Return a list page that is all records, and no product pages behind it."""
    first = (page - 1) * per_page
    cells = "".join(
        f'<tr class="row"><td class="id">R{number:07}</td><td class="name">Item {number}</td>'
        f'<td class="price">£{number % 90 + 5}.{number % 100:02}</td>'
        f'<td class="note">{_text(12, number)}</td></tr>\n'
        for number in range(first + 1, first + per_page + 1)
    )
    following = f'<ul><li class="next"><a href="/rows/{page + 1}">next</a></li></ul>'
    return (
        f"<!DOCTYPE html><html><head><title>Rows {page}</title></head><body><table>{cells}</table>"
        f"{following if page < pages else ''}</body></html>"
    )


def _list_path(page: int) -> str:
    return "/" if page == 1 else f"/page/{page}"


def _product_path(number: int) -> str:
    return f"/product/{number}.html"


def _text(words: int, seed: int) -> str:
    start = seed * 7 % len(WORDS)
    repeated = WORDS * (words // len(WORDS) + 2)
    return " ".join(repeated[start : start + words]).replace("&", "&amp;")


def _title(number: int) -> str:
    return (
        f"{BRANDS[number % 5]} {COLOURS[number * 3 % 7]} {CATEGORIES[number % 8]} set no. {number}"
    )


def _price(number: int) -> str:
    return f"£{number * 37 % 1900 + 5:,}.{number % 100:02}"


def _top(size: Size) -> str:
    menu = "\n".join(
        f'          <li class="menu-item level-{n % 3}"><a class="menu-link" href="/category/{n}" '
        f'data-track="menu-{n}">{CATEGORIES[n % 8]} {n}</a></li>'
        for n in range(size.menu)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Catalogue</title>
    <link rel="stylesheet" href="/static/site.css">
    <script>window.settings = {{"currency": "GBP", "tracking": false}};</script>
  </head>
  <body class="page">
    <header class="header">
      <a class="logo" href="/">Catalogue</a>
      <form class="search" action="/search"><input name="q"><button>Find</button></form>
      <nav class="menu">
        <ul>
{menu}
        </ul>
      </nav>
    </header>
    <main class="content">
"""


def _bottom(size: Size) -> str:
    script = "\n".join(f'      track("event-{n}", {{"index": {n}}});' for n in range(size.script))
    return f"""
    </main>
    <footer class="footer"><p>Prices include tax.</p></footer>
    <script>
{script}
    </script>
  </body>
</html>
"""


def _card(size: Size, number: int) -> str:
    teaser = f'<p class="teaser">{_text(size.teaser_words, number)}</p>' * bool(size.teaser_words)
    return f"""
      <article class="card">
        <a class="picture" href="{_product_path(number)}"><img src="/media/{number}.jpg" alt=""></a>
        <p class="star-rating {RATINGS[number % 5]}"><i></i><i></i><i></i><i></i><i></i></p>
        <h3><a href="{_product_path(number)}">{_title(number)}</a></h3>
        {teaser}<p class="price">{_price(number)}</p>
      </article>"""


def _list(size: Size, page: int, lists: int, numbers: range) -> str:
    cards = "".join(_card(size, number) for number in numbers)
    following = f'<li class="next"><a href="{_list_path(page + 1)}">next</a></li>'
    return f"""
      <h1>All products</h1>
      <section class="cards">{cards}
      </section>
      <ul class="pager"><li>{page} of {lists}</li>{following if page < lists else ""}</ul>"""


def _product(size: Size, number: int, total: int) -> str:
    category = CATEGORIES[number % 8]
    # From a quarter of the usual to double: pages differ in length, as real ones do.
    paragraphs = max(1, size.paragraphs * (number % 8 + 1) // 4)
    links = max(1, size.related * (number % 5 + 1) // 3)
    description = "\n".join(
        f"          <p>{_text(110 if size.teaser_words else 40, number + n)}</p>"
        for n in range(paragraphs)
    )
    attributes = "\n".join(
        f"            <tr><th>{name}</th><td>{value}</td></tr>"
        for name, value in (
            ("Brand", BRANDS[number % 5]),
            ("Weight", f"{number % 90 + 10} g"),
            ("Colour", COLOURS[number % 7]),
            ("Item no.", f"SKU-{number:06}"),
        )
    )
    reviews = "".join(_review(number, n) for n in range(size.reviews))
    related = "".join(_card(size, (number + n) % total + 1) for n in range(1, links + 1))
    return f"""
      <ul class="breadcrumb">
        <li><a href="/">Home</a></li>
        <li><a href="/category/{number % 8}">{category}</a></li>
        <li class="active">{_title(number)}</li>
      </ul>
      <article class="product">
        <div class="gallery"><img src="/media/{number}-large.jpg" alt="{_title(number)}"></div>
        <div class="summary">
          <h1>{_title(number)}</h1>
          <p class="price">{_price(number)}</p>
          <p class="availability">
            In stock ({number % 23} available)
          </p>
          <table class="attributes">
{attributes}
          </table>
        </div>
        <div class="description">
{description}
        </div>
        <section class="reviews">{reviews}
        </section>
      </article>
      <aside class="related">{related}
      </aside>"""


def _review(number: int, n: int) -> str:
    seed = number + n
    date = f"2025-{seed % 12 + 1:02}-{seed % 28 + 1:02}"
    return f"""
          <div class="review">
            <b class="author">Reader {seed % 97}</b> <time>{date}</time>
            <span class="stars" data-stars="{seed % 5 + 1}">{"★" * (seed % 5 + 1)}</span>
            <p class="text">{_text(18, seed)}</p>
          </div>"""

"""What the site of live pages shows: the truth that a crawl of it is compared with."""

from __future__ import annotations

from typing import Any

from .live_pages import pdf

USER, PASSWORD = "ada", "tea & biscuits"

_KINDS = ("Kettle", "Teapot", "Cup", "Tray", "Strainer", "Caddy", "Whisk", "Spoon", "Jug", "Towel")
_COLOURS = ("Red", "Blue", "Green", "White", "Black", "Copper")
_CITIES = ("Lisbon", "Porto", "Braga", "Faro", "Évora", "Coimbra", "Aveiro")


def _product(number: int) -> dict[str, Any]:
    kind, colour = _KINDS[(number - 1) % 10], _COLOURS[(number - 1) // 10]
    return {
        "id": number,
        "name": f"{colour} {kind}",
        "brand": f"{_CITIES[number % 7]} & Sons",
        "price": 4 + number * 7 % 50 + number % 4 / 4,
        "rating": number % 5 + 1,
        "stock": number * 7 % 23,
        "tags": [kind.lower(), colour.lower()],
    }


PRODUCTS = [_product(number) for number in range(1, 37)]
"""Those of /shop/, 12 a page."""
CATALOGUE = [_product(number) for number in range(1, 61)]
"""Those of /same/, 20 a page."""
POSTS = [
    {
        "id": n,
        "title": f"News of day {n}",
        "author": f"Writer {n % 6}",
        "date": f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}",
    }
    for n in range(1, 56)
]
"""Those of /more/, 10 a click."""
TEAS = [
    {"id": n, "name": f"Tea no. {n}", "origin": _CITIES[n % 7], "price": 2 + n / 2}
    for n in range(1, 9)
]
"""Those of /spa/details."""
DEPARTURES = [
    {"time": f"{6 + n}:{n * 10 % 60:02}", "to": _CITIES[n % 7], "pier": str(n % 3 + 1)}
    for n in range(12)
]
"""Those in the innermost of /frames/."""
CARDS = [
    {"name": f"{colour} tea", "price": 3.5 + n, "left": n * 3, "note": f"Harvest {2020 + n}"}
    for n, colour in enumerate(_COLOURS)
]
"""Those of /shadow/; how many are left is told by a click."""
MEMBER_ITEMS = [{"name": f"Member's tea {n}", "price": n / 4} for n in range(1, 16)]
"""What /popup/ shows to who is signed in."""
ORDERS = [
    {"number": f"A-{1000 + n}", "total": n * 2.5, "date": f"2026-03-{n:02}"} for n in range(1, 31)
]
"""Those of /login/items, 10 a page."""
FIGURES = [
    [month, 100 + 17 * n] for n, month in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun"))
]
FIGURES_CSV = "month,sales\n" + "".join(f"{month},{sales}\n" for month, sales in FIGURES)
"""The file that the script of /files/ makes."""
REPORT = pdf("The figures of this year")
"""The PDF of /files/."""
BARS = [["Mon", 120], ["Tue", 80], ["Wed", 200], ["Thu", 150], ["Fri", 260], ["Sat", 40]]
"""The chart of /canvas/: 600 by 300 pixels, a bar each 100."""
FARES = [{"to": city, "price": 9.5 + n} for n, city in enumerate(_CITIES)]
"""What /late/ shows after 2 s."""
STATIONS = [{"name": f"{city} station", "lines": str(n + 1)} for n, city in enumerate(_CITIES)]
"""What /never/ shows at once."""
CHAPTERS = [
    {"title": f"To {city}", "text": f"The boat to {city} left at {n}.", "note": f"In {1890 + n}."}
    for n, city in enumerate(_CITIES[:6], 1)
]
"""What /reading/ shows of each chapter that was in sight; the note 0.5 s after its text."""
OFFERS = [{"name": product["name"], "price": product["price"]} for product in PRODUCTS[:5]]
"""Those of /banner/; the prices are told by a click."""
CITIES = [{"id": n, "name": name} for n, name in enumerate((*_CITIES, "Portimão", "Portalegre"), 1)]
"""What the autocomplete of /forms/ suggests."""
TABS = {
    "About": "A shop since 1893.",
    "Delivery": "Two days, by post.",
    "Returns": "Within 30 days.",
}
QUESTIONS = {
    "Is it fresh?": "Picked this spring.",
    "Is it strong?": "Three minutes will do.",
    "Is it dear?": "No.",
}
MENU = {"Drinks": ["Tea", "Coffee", "Cocoa"], "Kitchen": ["Kettles", "Cups"]}
ROASTS = ["light", "medium", "dark", "very dark"]
LOG = [f"Line {n}: {'sold' if n % 3 else 'bought'} {n} bags" for n in range(1, 41)]
"""What the box of /widgets/ shows as it is scrolled, 10 at a time."""
PRINTS = [
    {"name": f"Print {n}", "size": f"{n * 10} x {n * 7}", "price": n * 1.5} for n in range(1, 21)
]
"""The table of /pictures/."""
SPA_PAGES, PEOPLE_PER_PAGE = 7, 10


def feed_rows(count: int = 200) -> list[dict[str, str]]:
    """Return the rows of /scroll/: each tenth is the same advertisement."""
    return [
        {"title": "Advertisement", "price": "free"}
        if n % 10 == 0
        else {"title": f"Sale no. {n}", "price": f"€{n / 4:.2f}"}
        for n in range(1, count + 1)
    ]


def stock_rows(count: int = 200) -> list[dict[str, str]]:
    """Return the rows of /scroll/virtual, /scroll/keyed and /scroll/late."""
    return [
        {
            "code": f"S{n:05}",
            "name": f"{_COLOURS[n % 6]} {_KINDS[n % 10]}",
            "price": f"€{n / 4:.2f}",
        }
        for n in range(1, count + 1)
    ]


def people(pages: int = SPA_PAGES) -> list[dict[str, Any]]:
    """Return the rows of /spa/, 10 a page."""
    return [
        {"number": n, "name": f"Person {n}", "city": _CITIES[n % 7], "salary": 1000 + n * 10}
        for n in range(1, pages * PEOPLE_PER_PAGE + 1)
    ]

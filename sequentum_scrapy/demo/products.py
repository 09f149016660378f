"""What the demo shop sells: 400 products, the same ones every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CATEGORIES = {
    "Kitchen": ("Kettle", "Stock Pot", "Chef's Knife", "Bread Tin", "Salt & Pepper Mill",
                "Mixing Bowl", "Cafetière", "Whisk", "Chopping Board", "Tea Strainer"),
    "Garden": ("Watering Can", "Hand Trowel", "Bird Feeder", "Secateurs", "Plant Pot",
               "Dibber", "Wheelbarrow", "Hose Reel", "Seed Tray", "Garden Bench"),
    "Lighting": ("Desk Lamp", "Pendant", "Lantern", "Floor Lamp", "Wall Light",
                 "Candle Holder", "Night Light", "Reading Lamp", "String Lights", "Torch"),
    "Travel": ("Holdall", "Wash Bag", "Water Bottle", "Passport Case", "Umbrella",
               "Travel Mug", "Packing Cube", "Luggage Tag", "Day Pack", "Blanket"),
    "Toys": ("Building Blocks", "Kite", "Puzzle", "Spinning Top", "Train Set",
             "Yo-Yo", "Doll's House", "Marble Run", "Sailing Boat", "Stacking Rings"),
    "Stationery": ("Fountain Pen", "Notebook", "Letter Opener", "Pencil Case", "Ruler",
                   "Desk Tidy", "Stapler", "Paper Weight", "Ink Well", "Clip Board"),
    "Music": ("Recorder", "Tambourine", "Music Box", "Ukulele", "Kalimba",
              "Metronome", "Hand Drum", "Glockenspiel", "Harmonica", "Tuning Fork"),
    "Bathroom": ("Soap Dish", "Towel Rail", "Bath Mat", "Mirror", "Toothbrush Mug",
                 "Shower Caddy", "Laundry Basket", "Shaving Brush", "Bath Tray", "Loofah Holder"),
}  # fmt: skip
MAKERS = ("Hartwell", "Nørgaard", "Bellamy & Sons", "Weißbach", "Ollerton")
MATERIALS = ("Copper", "Oak", "Enamel", "Stoneware", "Brass", "Ash", "Steel", "Walnut", "Linen")
COLOURS = ("Natural", "Slate", "Forest Green", "Cream", "Ink Blue", "Terracotta", "Black")
COUNTRIES = ("England", "Denmark", "Wales", "Germany", "Portugal")
REVIEWERS = ("Amara", "Bea", "Chidi", "Dörte", "Eilidh", "Fionn", "Grace")
OPINIONS = (
    "Exactly as described, and it feels as if it will last.",
    "Arrived a day late, but well worth the wait.",
    "Smaller than I thought. Lovely all the same.",
    "The finish had a scratch; they sent another within the week.",
    "A present for my mother, who uses it every day.",
)

_PLAIN = str.maketrans({"ø": "o", "ß": "ss", "è": "e", "'": ""})

PRODUCT_COUNT = 400
BROKEN = 17
"""The product whose page always answers 500."""
TRUNCATED = 43
"""The product whose page breaks off in the middle of its table."""
TWICE = 101
"""The product that is listed again in the outlet, at a second address."""
ON_REQUEST = (60, 191, 320)
"""The products that have words where the price should be."""


@dataclass(frozen=True, slots=True)
class Review:
    author: str
    stars: int
    date: str
    text: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product; ``price`` is as the page prints it, None where it prints none."""

    number: int
    sku: str
    title: str
    category: str
    slug: str
    price: str | None
    currency: str | None
    amount: float | None
    stock: int
    rating: float
    description: str
    attributes: tuple[tuple[str, str], ...]
    reviews: tuple[Review, ...]

    @property
    def path(self) -> str:
        return f"/product/{self.slug}.html"

    @property
    def outlet_path(self) -> str:
        return f"/outlet/{self.slug}.html"


def products() -> Iterator[Product]:
    """Yield all products, in the order of the shop's list pages."""
    for number in range(PRODUCT_COUNT):
        yield _product(number)


def _product(number: int) -> Product:
    categories = list(CATEGORIES)
    category = categories[number % len(categories)]
    place = number // len(categories)
    noun = CATEGORIES[category][place % 10]
    maker = MAKERS[place // 10]
    material = MATERIALS[(number * 7 + place) % len(MATERIALS)]
    title = f"{maker} {material} {noun}"
    price, currency, amount = _price(number)
    return Product(
        number=number,
        sku=f"{category[:3].upper()}-{10_000 + number * 37}",
        title=title,
        category=category,
        slug=f"{_slug(title)}-{number}",
        price=price,
        currency=currency,
        amount=amount,
        stock=0 if _sold_out(number) else number * 13 % 41 + 1,
        rating=(number * 11 % 9 + 2) / 2,
        description=_description(noun, maker, material, number),
        attributes=_attributes(number, maker, material),
        reviews=tuple(_reviews(number)),
    )


def _sold_out(number: int) -> bool:
    return number % 37 == 5


def _price(number: int) -> tuple[str | None, str | None, float | None]:
    """Return a price as printed, its currency and its amount: pounds, and euros in two styles."""
    if _sold_out(number):
        return None, None, None
    if number in ON_REQUEST:
        return "Price on request", None, None
    pence = 495 + number * 7919 % 19_000 + (120_000 if number % 29 == 0 else 0)
    british = f"{pence / 100:,.2f}"
    if number % 3:
        return f"£{british}", "GBP", pence / 100
    german = british.translate(str.maketrans(",.", ".,"))
    return (f"{german} €" if number % 2 else f"€ {german}"), "EUR", pence / 100


def _description(noun: str, maker: str, material: str, number: int) -> str:
    return (
        f"A {noun.lower()} in {material.lower()}, made by {maker} in a workshop of "
        f"{number % 17 + 3} people. Each one is finished by hand, so no two are quite alike. "
        "Wipe with a soft cloth; keep away from young teeth."
    )


def _attributes(number: int, maker: str, material: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Brand", maker),
        ("Material", material),
        ("Colour", COLOURS[number % len(COLOURS)]),
        ("Weight", f"{(number * 53 % 2_900 + 100) / 1000:.2f} kg"),
        ("Made in", COUNTRIES[number % len(COUNTRIES)]),
        ("Guarantee", f"{number % 4 + 2} years"),
    )


def _reviews(number: int) -> Iterator[Review]:
    for index in range(number % 4):
        seed = number + index * 3
        yield Review(
            author=REVIEWERS[seed % len(REVIEWERS)],
            stars=seed % 5 + 1,
            date=f"{seed % 28 + 1:02}/{seed % 12 + 1:02}/2025",
            text=OPINIONS[seed % len(OPINIONS)],
        )


def _slug(title: str) -> str:
    plain = title.lower().translate(_PLAIN)
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())

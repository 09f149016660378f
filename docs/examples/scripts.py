"""Functions that the example of script calls."""

# ruff: noqa: INP001 - it stands for a module of a project
from __future__ import annotations

import re

from sequentum_scrapy.compiler.script_scope import ScriptScope


def unit_price(scope: ScriptScope, per: int = 100) -> dict[str, float]:
    """Return the price of so many grams."""
    price = float(scope.record["price"])
    grams = int(re.search(r"(\d+) g", scope.text)[1])
    return {"unit_price": round(price / grams * per, 2)}


async def offers(scope: ScriptScope) -> list[dict[str, str]]:
    """Return the offers that stand in a text as lines."""
    text = scope.selector.css("pre::text").get("")
    names = ("size", "price")
    return [dict(zip(names, line.split("|"), strict=True)) for line in text.strip().splitlines()]

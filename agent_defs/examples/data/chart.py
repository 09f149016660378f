"""The function that the example live-function calls."""

# ruff: noqa: INP001 - it stands for a module of a project
from __future__ import annotations

from sequentum_scrapy.compiler.script_scope import ScriptScope


async def bars(scope: ScriptScope, count: int) -> list[dict[str, str]]:
    """Click the middle of each bar of the chart, and return what the page says of it."""
    page = scope.playwright_page
    chart = page.locator("#chart")
    width = (await chart.bounding_box())["width"] / count
    found = []
    for number in range(count):
        await chart.click(position={"x": (number + 0.5) * width, "y": 10})
        day, _, visitors = (await page.inner_text("#value")).partition(": ")
        found.append({"day": day, "visitors": visitors})
    return found

"""The errors of Playwright, and of those that drive a browser as it does, with errors of their own."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Error
    from playwright.async_api import TimeoutError as PlaywrightTimeoutError

_DRIVERS = ("playwright", "patchright")
_HERE = [import_module(f"{name}.async_api") for name in _DRIVERS if find_spec(name)]

ERRORS: tuple[type[Error], ...] = tuple(driver.Error for driver in _HERE)
TIMEOUTS: tuple[type[PlaywrightTimeoutError], ...] = tuple(driver.TimeoutError for driver in _HERE)
"""Those of ERRORS that tell of patience that came to its end."""

"""Which browser is started, and how."""

from __future__ import annotations

import os
import shutil
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.browser import Browser

from .installed import has_own

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Mapping[str, Any] = MappingProxyType({})
CHROMIUM = "SEQUENTUM_CHROMIUM"
"""The variable of the environment that names the program."""
_ON_PATH = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "firefox": ("firefox", "firefox-esr"),
    "webkit": (),
}
_BIDI = "moz-firefox"
"""What Playwright calls a Firefox as Mozilla makes it, with which it speaks WebDriver BiDi."""
_QUIET = (
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip
_BLOCKING = {
    "image": "--blink-settings=imagesEnabled=false",
    "font": "--disable-remote-fonts",
}
"""What Chromium does not even ask for: that costs nothing, while each request that is stopped costs some."""


def executable_of(browser: Browser, given: Mapping[str, Any] = _NOTHING) -> str | None:
    """Return the program of a browser; None for the one that Playwright has installed.

    ``given`` as for launch_options. Raises AgentError where there is none.
    """
    if browser.executable is not None:
        return _existing(browser.executable, "settings.browser.executable")
    named = os.environ.get(CHROMIUM) if browser.engine == "chromium" else None
    if named:
        return _existing(named, CHROMIUM)
    if has_own(browser.engine, headless=given.get("headless", browser.headless)):
        return None
    found = next((path for name in _ON_PATH[browser.engine] if (path := shutil.which(name))), None)
    if found is not None:
        return found
    if browser.engine == "chromium":
        raise AgentError(
            "no browser is found: apt install chromium, or python -m playwright install chromium, "
            f"or name one in {CHROMIUM}"
        )
    raise AgentError(
        f"no {browser.engine} is found: python -m playwright install {browser.engine}, "
        "or name one in settings.browser.executable"
    )


def check_display(browser: Browser, given: Mapping[str, Any]) -> None:
    """Raise AgentError for a window where nothing could show it; ``given`` as for launch_options."""
    if (
        sys.platform == "linux"
        and not given.get("headless", browser.headless)
        and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    ):
        raise AgentError(
            "a browser with a window needs a display, and there is none here: "
            "settings.browser.headless: true goes without, and xvfb-run makes one"
        )


def launch_options(browser: Browser, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Playwright starts a browser with; ``given`` are the project's PLAYWRIGHT_LAUNCH_OPTIONS."""
    options: dict[str, Any] = {"headless": browser.headless}
    executable = executable_of(browser, given)
    if executable is not None:
        options["executable_path"] = executable
        if browser.engine == "firefox" and browser.executable is None:
            options["channel"] = _BIDI
    options.update(given)
    arguments = [*given.get("args", ()), *browser.args]
    if browser.engine == "chromium":
        arguments += _QUIET
        arguments += (flag for kind, flag in _BLOCKING.items() if kind in browser.block)
    options["args"] = arguments
    return options


def left_to_block(browser: Browser, *, launched: bool) -> list[str]:
    """Return what is to be blocked request by request, as the browser does not do it itself.

    ``launched``: it was started here, with the arguments that have it do so.
    """
    if browser.engine != "chromium" or not launched:
        return list(browser.block)
    return [kind for kind in browser.block if kind not in _BLOCKING]


def _existing(path: str, where: str) -> str:
    found = shutil.which(path)
    if found is None:
        raise AgentError(f'{where}: "{path}" is no program')
    return found

"""The browsers that Playwright has installed for itself.

Its driver would tell where they are, but takes half a second to start; what it goes by is read here in its place.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHELL = "chromium-headless-shell"
_PROGRAMS = {
    "chromium": ("chrome-*/chrome", "chrome-*/*.app/Contents/MacOS/*"),
    _SHELL: ("chrome-*/chrome-headless-shell", "chrome-*/headless_shell"),
    "firefox": ("firefox/firefox", "firefox/*.app/Contents/MacOS/firefox"),
    "webkit": ("pw_run.sh",),
}
"""Where the program is in the folder of a browser: on Linux and macOS, now and in earlier versions."""


def has_own(engine: str, *, headless: bool) -> bool:
    """Tell whether the program is there that Playwright starts where it is not told which.

    Without a window that is another Chromium than with one. A browser that another version of
    Playwright has left is none of this one's.
    """
    spec = find_spec("playwright")
    if spec is None or spec.origin is None:
        return False
    package = Path(spec.origin).parent / "driver" / "package"
    name = _SHELL if engine == "chromium" and headless else engine
    return any(
        program.is_file() and os.access(program, os.X_OK)
        for folder in _folders(package, name)
        for pattern in _PROGRAMS[name]
        for program in folder.glob(pattern)
    )


def _folders(package: Path, name: str) -> Iterator[Path]:
    """Yield where a browser of the revision that this Playwright is made for may be."""
    home = _home(package)
    for browser in json.loads((package / "browsers.json").read_bytes())["browsers"]:
        if browser["name"] == name:
            # A dash stands before the revision alone, so that no name is the beginning of another.
            yield home / f"{name.replace('-', '_')}-{browser['revision']}"
            for system, revision in browser.get("revisionOverrides", {}).items():
                special = f"{name}_{system}_special".replace("-", "_")
                yield home / f"{special}-{revision}"


def _home(package: Path) -> Path:
    """Return the folder that holds the browsers."""
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if own == "0":
        return package / ".local-browsers"
    if own:
        return Path(own)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"

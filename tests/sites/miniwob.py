"""Small interaction tasks that nobody here wrote: the pages of the PyPI package miniwob, as it ships them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tests.needed import not_here

from .debian import folder_site
from .server import Site


def require_miniwob() -> Path:
    """Return the folder of the pages; without it the test is skipped, where CI is set it fails."""
    # It is found, not imported: what it needs to train agents need not be here.
    spec = find_spec("miniwob")
    folders = (spec and spec.submodule_search_locations) or [""]
    path = Path(folders[0], "html")
    if not (path / "core" / "core.js").is_file():
        not_here("the pages of miniwob are not here: pip install --no-deps miniwob")
    return path


def miniwob(*, port: int = 0) -> Site:
    """Return a site with a page for each task, at ``/miniwob/click-link.html`` and so on."""
    return folder_site(require_miniwob(), port=port)

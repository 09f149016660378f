"""Documentation that nobody here wrote: HTML packages of Debian, unpacked in a folder.

SEQUENTUM_TEST_DEBIAN_DOCS names the folder: ``apt-get download debian-handbook postgresql-doc-15 python3.11-doc``,
then ``dpkg -x`` of each into it. .ci/run does so.
"""

from __future__ import annotations

import os
from mimetypes import guess_type
from pathlib import Path

from tests.needed import not_here

from .server import Request, Response, Site

FOLDER = "SEQUENTUM_TEST_DEBIAN_DOCS"


def require_debian(package: str) -> Path:
    """Return the folder of a package's HTML; without it the test is skipped, where CI is set it fails."""
    root = os.environ.get(FOLDER)
    path = Path(root or "", "usr/share/doc", package, "html")
    if root is None or not path.is_dir():
        not_here(f"{FOLDER} names no folder with the Debian package of {package} unpacked in it")
    return path


def folder_site(folder: Path, *, port: int = 0) -> Site:
    """Return a site that serves the files of a folder."""

    def serve(request: Request) -> Response:
        path = (folder / request.route.lstrip("/")).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return Response("<h1>Not found</h1>", 404)
        return Response(path.read_bytes(), content_type=guess_type(path.name)[0] or "text/plain")

    return Site({"/*": serve}, port)

"""A real scrapyd: it deploys, lists and runs jobs.

SEQUENTUM_TEST_SCRAPYD names a Python that has scrapyd and this package (scrapyd needs an old setuptools, so
an environment of its own). .ci/run makes one.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.parse import urlencode

from tests.needed import not_here

PYTHON = "SEQUENTUM_TEST_SCRAPYD"
_SECONDS = 60.0
_CONFIG = """[scrapyd]
bind_address = 127.0.0.1
http_port = {port}
username = {username}
password = {password}
poll_interval = 0.2
max_proc = 2
"""


@dataclass
class Server:
    """A scrapyd that runs in ``folder``; calls without a body are GET."""

    url: str
    folder: Path

    def get(self, action: str, **asked: str) -> Any:
        return self._call(f"{action}?{urlencode(asked)}", None)

    def post(self, action: str, given: dict[str, str]) -> Any:
        return self._call(action, urlencode(given).encode())

    def wait_for(self, job: str, state: str) -> None:
        until = time.monotonic() + _SECONDS
        while (now := self.get("status.json", job=job)["currstate"]) != state:
            assert time.monotonic() < until, f"{job} is {now}: {self.logs()}"
            time.sleep(0.1)

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in self.folder.rglob("*.log"))

    def _call(self, action: str, body: bytes | None) -> Any:
        with urllib.request.urlopen(self.url + action, body, timeout=30) as response:
            return json.load(response)


@contextmanager
def scrapyd(
    folder: Path, *, username: str = "", password: str = "", **environment: str
) -> Iterator[Server]:
    """Yield a scrapyd; without one the test is skipped, where CI is set it fails."""
    python = os.environ.get(PYTHON)
    if not python:
        not_here(f"{PYTHON} names no Python with scrapyd")
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.mkdir(exist_ok=True)
    config = _CONFIG.format(port=port, username=username, password=password)
    (folder / "scrapyd.conf").write_text(config)
    with (folder / "scrapyd.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "scrapyd"],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        server = Server(f"http://127.0.0.1:{port}/", folder)
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _wait(server: Server) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            server.get("daemonstatus.json")
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return

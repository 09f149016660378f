"""PyPI's httpbin: a site that nobody here wrote, for statuses, redirects, cookies, authentication, encodings.

SEQUENTUM_TEST_HTTPBIN names a Python that has it (it pins old libraries, so that it needs an environment of
its own). .ci/run makes one.
"""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server
from urllib.error import URLError

from tests.needed import not_here

PYTHON = "SEQUENTUM_TEST_HTTPBIN"
_SECONDS = 20.0
_SERVE = "from httpbin import app; app.run('127.0.0.1', {port}, threaded=True)"


@contextmanager
def httpbin() -> Iterator[str]:
    """Yield the address of an httpbin; without one the test is skipped, where CI is set it fails."""
    python = os.environ.get(PYTHON)
    if not python:
        not_here(f"{PYTHON} names no Python with httpbin")
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [python, "-c", _SERVE.format(port=port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        _wait(f"{url}status/200")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return

"""The site of the browser benchmark, in a process of its own.

    python benchmarks/browser_server.py --site client --size small --lists 10

prints its address on the first line and serves until standard input ends. It keeps a log of what it
was asked for: /log returns it as JSON, and begins a new one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import cast
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import browser_pages
import pages

SITES = ("plain", "client", "other")
SIZES = {"big": pages.BIG, "small": pages.SMALL}
_DATA_SECONDS = 0.02
_IMAGE_SECONDS = 0.005
_PATH = re.compile(rb"[A-Z]+ (\S+)")
_DESTINATION = re.compile(rb"(?i)\r\nsec-fetch-dest: (\w+)")
Answer = Callable[[str], "tuple[bytes, float]"]
"""From a path to what is sent, and how many seconds later."""


@dataclass(frozen=True)
class Asked:
    """A request: when, on the clock of time.monotonic, for what path, and what a browser wanted there."""

    at: float
    path: str
    destination: str


@contextmanager
def serving(site: str, size: str = "small", lists: int = 1) -> Iterator[str]:
    """Serve a site in another process while the context lasts, and give its address."""
    command = [
        sys.executable, str(Path(__file__)), "--site", site, "--size", size, "--lists", str(lists)
    ]  # fmt: skip
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def log(url: str) -> list[Asked]:
    """Return what a site was asked for since the last time."""
    with urlopen(f"{url}log") as answer:
        return [Asked(*entry) for entry in json.load(answer)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", choices=SITES, required=True)
    parser.add_argument("--size", choices=tuple(SIZES), default="small")
    parser.add_argument("--lists", type=int, default=1, help="list pages, of 20 products each")
    options = parser.parse_args()
    size, lists = SIZES[options.size], options.lists
    texts: Iterator[tuple[str, str]] = iter(())
    if options.site == "plain":
        texts = pages.catalogue(size, lists)
    elif options.site == "client":
        texts = browser_pages.rendered(size, lists)
    asyncio.run(_serve(_answer(dict(texts))))


def _answer(texts: dict[str, str]) -> Answer:
    rendered = {path: _text(path, text) for path, text in texts.items()}
    small = _response("image/png", browser_pages.image(0, side=8), cached=True)
    style = _response("text/css", b".page { font-family: sans-serif }", cached=True)

    def answer(path: str) -> tuple[bytes, float]:
        if path in rendered:
            return rendered[path], _DATA_SECONDS if path.startswith("/data/") else 0
        kind, _, rest = path.removeprefix("/").partition("/")
        if kind == "image":
            page, _, number = rest.removesuffix(".png").partition("-")
            picture = browser_pages.image(int(page) * browser_pages.IMAGES + int(number))
            return _response("image/png", picture), _IMAGE_SECONDS
        if kind == "media":
            return small, 0
        if kind == "static":
            return style, 0
        return _made(path)

    return answer


def _made(path: str) -> tuple[bytes, float]:
    """Return the answer for a page that is made for the one who asks."""
    parts = urlsplit(path)
    query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
    kind, _, rest = parts.path.removeprefix("/").partition("/")
    if kind == "rows":
        text = browser_pages.some_rows(query["start"], query["total"])
        return _response("application/json", text.encode()), _DATA_SECONDS
    if kind == "galleries":
        return _text(path, browser_pages.entrance(query["total"])), 0
    if kind == "gallery":
        return _text(path, browser_pages.gallery(int(rest))), 0
    if kind == "growing":
        return _text(path, browser_pages.growing(rest, query["total"])), 0
    return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0


def _text(path: str, text: str) -> bytes:
    kind = "application/json" if path.startswith("/data/") else "text/html; charset=utf-8"
    return _response(kind, text.encode())


def _response(kind: str, body: bytes, *, cached: bool = False) -> bytes:
    more = "Cache-Control: max-age=3600\r\n" if cached else ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _serve(answer: Answer) -> None:
    loop = asyncio.get_running_loop()
    asked: list[tuple[float, str, str]] = []
    server = await loop.create_server(lambda: _Connection(answer, asked), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


class _Connection(asyncio.Protocol):
    """Answers GET requests that have no body, one after another."""

    def __init__(self, answer: Answer, asked: list[tuple[float, str, str]]) -> None:
        self._answer = answer
        self._asked = asked
        self._rest = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.Transport", transport).write

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            found, destination = _PATH.match(head), _DESTINATION.search(head)
            path = found[1].decode() if found else ""
            if path == "/log":
                self._write(_response("application/json", json.dumps(self._asked).encode()))
                self._asked.clear()
                continue
            self._asked.append(
                (time.monotonic(), path, destination[1].decode() if destination else "")
            )
            body, seconds = self._answer(path)
            if seconds:
                self._loop.call_later(seconds, self._write, body)
            else:
                self._write(body)


if __name__ == "__main__":
    main()

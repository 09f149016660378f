"""The site of the benchmarks, in a process of its own: raw, and as cheap as Python can be.

    python benchmarks/server.py --site big --lists 100

prints its address on the first line and serves until standard input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import cast

import pages

ROWS_PER_PAGE = 200
Answer = Callable[[bytes], bytes]


@contextmanager
def serving(site: str, lists: int) -> Iterator[str]:
    """Serve a site in another process while the context lasts, and give its address."""
    command = [sys.executable, str(Path(__file__)), "--site", site, "--lists", str(lists)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", choices=("big", "small", "rows"), default="big")
    parser.add_argument("--lists", type=int, default=100, help="list pages, of 20 products each")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(_serve(_answer(options.site, options.lists), options.port))


def _answer(site: str, lists: int) -> Answer:
    """Return a function from a path to the bytes of the answer, head included."""
    missing = _response("404 Not Found", "<h1>Not found</h1>")
    if site == "rows":
        return lambda path: _rows(path, lists) or missing
    size = pages.BIG if site == "big" else pages.SMALL
    rendered = {
        path.encode(): _response("200 OK", text) for path, text in pages.catalogue(size, lists)
    }
    return lambda path: rendered.get(path, missing)


def _rows(path: bytes, lists: int) -> bytes | None:
    number = path.rpartition(b"/")[2] or b"1"
    if not number.isdigit() or not 1 <= int(number) <= lists:
        return None
    return _response("200 OK", pages.rows(int(number), lists, ROWS_PER_PAGE))


def _response(status: str, text: str) -> bytes:
    body = text.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


async def _serve(answer: Answer, port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answer), "127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


class _Connection(asyncio.Protocol):
    """Answers GET requests that have no body; nothing else is ever sent here."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.Transport", transport).write

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            self._write(self._answer(head.split(b" ", 2)[1]))


if __name__ == "__main__":
    main()

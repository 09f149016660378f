"""A loopback web site for tests: routes to functions, in a thread of its own.

with Site({"/": lambda request: Response("<h1>Hello</h1>")}) as site:
    fetch(site.url)
    assert site.paths == ["/"]
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import Self

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """A request as it came; ``path`` is with the query, header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def route(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    """An answer, and how it misbehaves.

    ``delay`` is the seconds before it is sent. ``cut`` is how many bytes of the body are sent
    before the connection is closed, of the full length that was declared, ``stall`` the seconds
    that it stands still before that; ``reset`` closes it without an answer. ``content_type`` None leaves the field out.
    """

    body: bytes | str = b""
    status: int = 200
    content_type: str | None = HTML
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    cut: int | None = None
    stall: float = 0.0
    reset: bool = False


Handler = Callable[[Request], Response]
Route = Handler | Response | str | bytes


class Logged(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass
class Site:
    """Serves ``routes`` while its context lasts; a route that ends in ``*`` is a prefix.

    ``log`` holds the requests that came, ``peak`` how many were answered at the same time.
    """

    routes: Mapping[str, Route]
    port: int = 0
    log: list[Logged] = field(default_factory=list)
    peak: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order, without robots.txt."""
        return [entry.path for entry in self.log if entry.path != "/robots.txt"]

    def __enter__(self) -> Self:
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(started)), name="site", daemon=True
        )
        self._thread.start()
        started.result()
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def clear(self) -> None:
        """Forget the requests so far."""
        self.log.clear()
        self.peak = 0

    async def _serve(self, started: Future[None]) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._busy = 0
        self._connections: set[asyncio.Task[None]] = set()
        try:
            server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        except OSError as error:
            started.set_exception(error)
            return
        self.port = server.sockets[0].getsockname()[1]
        started.set_result(None)
        await self._stopped.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: the one that asyncio makes for a coroutine logs its cancellation.
        task = asyncio.get_running_loop().create_task(self._connection(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader):
                self.log.append(Logged(request.method, request.path, request.headers))
                self._busy += 1
                self.peak = max(self.peak, self._busy)
                try:
                    keep = await _write(writer, request, self._respond(request))
                finally:
                    self._busy -= 1
                if not keep:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a client that leaves in the middle is what some tests are about
        finally:
            writer.close()

    def _respond(self, request: Request) -> Response:
        route = self._route(request.route)
        if route is None:
            return Response("<h1>Not found</h1>", 404)
        if isinstance(route, (str, bytes)):
            return Response(route)
        return route if isinstance(route, Response) else route(request)

    def _route(self, path: str) -> Route | None:
        if path in self.routes:
            return self.routes[path]
        prefixes = [key for key in self.routes if key.endswith("*") and path.startswith(key[:-1])]
        return self.routes[max(prefixes, key=len)] if prefixes else None


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


async def _write(writer: asyncio.StreamWriter, request: Request, response: Response) -> bool:
    """Send an answer; tell whether the connection can be used again."""
    await asyncio.sleep(response.delay)
    if response.reset:
        writer.transport.abort()
        return False
    body = response.body.encode() if isinstance(response.body, str) else response.body
    broken = response.cut is not None
    keep = not broken and request.headers.get("connection", "").lower() != "close"
    fields = [("Content-Length", str(len(body))), *response.headers]
    if response.content_type:
        fields.append(("Content-Type", response.content_type))
    if not keep:
        fields.append(("Connection", "close"))
    head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fields)
    writer.write(head.encode("latin-1") + b"\r\n")
    if request.method != "HEAD":
        writer.write(body[: response.cut])
    await writer.drain()
    await asyncio.sleep(response.stall)
    return keep

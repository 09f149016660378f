"""Serves the demo shop on loopback, from a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from .shop import Page, Shop

MAX_HEAD_BYTES = 16_384
_HOST = "127.0.0.1"
_TOO_LARGE = Page(431, "text/plain", b"")
_NOT_ALLOWED = Page(405, "text/plain", b"")


@dataclass(frozen=True, slots=True)
class ShopServer:
    """A shop that is being served."""

    port: int

    @property
    def url(self) -> str:
        """The address of the first list page."""
        return f"http://{_HOST}:{self.port}/"


@contextmanager
def serve(port: int = 0) -> Iterator[ShopServer]:
    """Serve the shop for as long as the context lasts; port 0 takes a free one.

    Raises OSError where the port is taken.
    """
    started: Future[tuple[int, Callable[[], None]]] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(port, started)), name="demo shop", daemon=True
    )
    thread.start()
    bound, stop = started.result()
    try:
        yield ShopServer(bound)
    finally:
        stop()
        thread.join()


async def _serve(port: int, started: Future[tuple[int, Callable[[], None]]]) -> None:
    loop, stopped, shop = asyncio.get_running_loop(), asyncio.Event(), Shop()
    transports: set[asyncio.Transport] = set()
    try:
        server = await loop.create_server(lambda: _Connection(shop, transports), _HOST, port)
    except OSError as error:
        started.set_exception(error)
        return
    bound = server.sockets[0].getsockname()[1]
    started.set_result((bound, lambda: _stop(loop, stopped)))
    await stopped.wait()
    server.close()
    for transport in transports:
        transport.abort()
    await server.wait_closed()


def _stop(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stopped.set)


class _Connection(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection. Answers GET and HEAD, in the order they came."""

    def __init__(self, shop: Shop, transports: set[asyncio.Transport]) -> None:
        self._shop = shop
        self._transports = transports
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transports.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while not self._transport.is_closing():
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                break
            self._buffer = rest
            self._answer(head.decode("latin-1"))
        if len(self._buffer) > MAX_HEAD_BYTES:
            self._send(_TOO_LARGE, close=True)

    def _answer(self, head: str) -> None:
        request, _, fields = head.partition("\r\n")
        method, _, target = request.partition(" ")
        path, _, version = target.rpartition(" ")
        if method not in ("GET", "HEAD"):
            # What follows may be a body, so the connection is of no further use.
            self._send(_NOT_ALLOWED, close=True)
            return
        close = version != "HTTP/1.1" or "connection: close" in fields.lower()
        self._send(self._shop.page(path), body=method == "GET", close=close)

    def _send(self, page: Page, *, body: bool = True, close: bool = False) -> None:
        head = (
            f"HTTP/1.1 {page.status} {HTTPStatus(page.status).phrase}\r\n"
            f"Content-Type: {page.content_type}\r\n"
            f"Content-Length: {len(page.body)}\r\n"
            f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n"
        )
        self._transport.write(head.encode() + (page.body if body else b""))
        if close:
            self._transport.close()

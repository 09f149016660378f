"""A forward proxy on loopback: plain HTTP by absolute addresses, and CONNECT."""

from __future__ import annotations

import asyncio
import threading
from base64 import b64encode
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from typing_extensions import Self

PROXY_ID = "X-Proxy-Id"


@dataclass
class Proxy:
    """Forwards while its context lasts.

    ``dead`` resets every connection; ``password`` (USER:PASSWORD) is asked for; the site is told ``name`` in a
    header. ``hosts`` are sites that only it can reach, by the ports they are served on. ``asked`` counts the
    requests that came, ``forwarded`` those that went on.
    """

    name: str
    dead: bool = False
    password: str = ""
    dies_after: int | None = None
    hosts: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    forwarded: int = 0
    port: int = 0
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{self.password + '@' if self.password else ''}127.0.0.1:{self.port}"

    @property
    def label(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(started)), name="proxy", daemon=True
        )
        self._thread.start()
        started.result()
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    async def _serve(self, started: Future[None]) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        started.set_result(None)
        await self._stopped.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._connection(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._forward(reader, writer)
        writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        if self.dead or (self.dies_after is not None and self.asked > self.dies_after):
            writer.transport.abort()
            return
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, address, _ = first.split(" ", 2)
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        expected = f"Basic {b64encode(self.password.encode()).decode()}"
        if self.password and fields.get("proxy-authorization") != expected:
            await _say(writer, "407 Who are you", 'Proxy-Authenticate: Basic realm="proxy"')
            return
        self.forwarded += 1
        if method == "CONNECT":
            host, _, port = address.rpartition(":")
            try:
                there, back = await self._connect(host, int(port))
            except OSError:
                await _say(writer, "502 Nobody there")
                return
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_pipe(reader, back), _pipe(there, writer))
            return
        parts = urlsplit(address)
        try:
            there, back = await self._connect(parts.hostname or "", parts.port or 80)
        except OSError:
            await _say(writer, "502 Nobody there")
            return
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection:"))]
        kept += ["Connection: close", f"{PROXY_ID}: {self.name}"]
        back.write("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""]).encode("latin-1"))
        back.write(await reader.readexactly(int(fields.get("content-length", 0))))
        await _pipe(there, writer)
        back.close()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if host in self.hosts:
            return await asyncio.open_connection("127.0.0.1", self.hosts[host])
        return await asyncio.open_connection(host, port)


async def _say(writer: asyncio.StreamWriter, status: str, *lines: str) -> None:
    head = [f"HTTP/1.1 {status}", "Content-Length: 0", "Connection: close", *lines, "", ""]
    writer.write("\r\n".join(head).encode("latin-1"))
    await writer.drain()


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()

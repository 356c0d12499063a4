"""A raw loopback server, with TLS or without, that does byte for byte what a test says, once for each request."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from attrs import define, field

from .ways import GOOD

Script = Callable[[int, asyncio.StreamWriter], Awaitable[None]]


@define
class Wire:
    """What the server saw."""

    url: str = ""
    requests: int = 0
    connections: int = 0
    """Also those whose handshake failed."""
    heads: list[bytes] = field(factory=list)


def response(body: bytes = json.dumps(GOOD).encode(), status: int = 200, head: str = "") -> bytes:
    """A complete response with its length."""
    lines = (
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{head}\r\n"
    )
    return lines.encode() + body


@asynccontextmanager
async def serving(script: Script, context: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """Serve `script` with the number of each request; the connection stays open until it closes it."""
    wire = Wire()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        try:
            if context is not None:
                await writer.start_tls(context)
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                wire.heads.append(head)
                wire.requests += 1
                await script(wire.requests, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    wire.url = f"http{'s' if context else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()

"""A client over real sockets, against a raw server that answers calls and token requests as a test says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import aiohttp
from attrs import define, evolve

from precontractual_async import PrecontractualClient, RetryPolicy, Settings
from precontractual_async.observability.events import Observer

from .raw import Wire, response, serving

TOKEN = response(b'{"access_token": "canary-t0ken", "token_type": "Bearer", "expires_in": 300}')
Answering = Callable[[int, asyncio.StreamWriter], Awaitable[None]]


@define
class Ends:
    """The client, the wire, and what was asked over it."""

    client: PrecontractualClient
    wire: Wire

    @property
    def calls(self) -> int:
        return sum(head.startswith(b"GET") for head in self.wire.heads)

    @property
    def tokens(self) -> int:
        return sum(head.startswith(b"POST") for head in self.wire.heads)


def saying(
    data: bytes,
    then: Callable[[asyncio.StreamWriter], object] = lambda _: None,
    *,
    later: bytes = b"",
    first: int = 1_000_000,
) -> Answering:
    """Says `data` to the first calls and `later` to the others; `then` ends the connection, or not."""

    async def answer(call: int, writer: asyncio.StreamWriter) -> None:
        if call > first:
            writer.write(later)
            return
        writer.write(data)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        then(writer)

    return answer


def closing(writer: asyncio.StreamWriter) -> None:
    writer.close()


def resetting(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST instead of FIN."""
    sock = cast(socket.socket, writer.get_extra_info("socket"))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def facing(
    settings: Settings,
    answer: Answering,
    token: bytes = TOKEN,
    *,
    attempts: int = 8,
    http_session: aiohttp.ClientSession | None = None,
    observer: Observer | None = None,
) -> AsyncIterator[Ends]:
    """A client whose gateway answers calls by `answer`, with pauses of milliseconds between attempts."""
    calls = 0

    async def script(_: int, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        if wire.heads[-1].startswith(b"POST"):
            writer.write(token)
            return
        calls += 1
        await answer(calls, writer)

    async with serving(script) as wire:
        policy = RetryPolicy(base=0.01, cap=0.01, attempts=attempts)
        at = f"{wire.url}/verify"
        using = evolve(settings, api_url=wire.url, token_url=at, audience=at, retry=policy)
        async with PrecontractualClient(using, http_session=http_session, observer=observer) as client:
            yield Ends(client, wire)

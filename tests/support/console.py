"""A console for tests: the server itself on a port of this machine, the sandbox behind it, and a browser's part.

`Visitor` sends what a browser sends, and nothing that it does not: cookies, the origin of forms, their token.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from html import unescape
from math import inf
from typing import Any, Self

import aiohttp
from aiohttp import web
from attrs import define, field, frozen

from precontractual_async import MemoryJournal, PrecontractualClient
from precontractual_async.calls.session import utc_now
from precontractual_async.console.gate import Gate
from precontractual_async.console.server import Served, served
from precontractual_async.console.state import Console
from precontractual_async.journal.port import Journal
from precontractual_async.sandbox import Kind, Sandbox
from precontractual_async.sandbox.messages import SandboxReply
from precontractual_async.sharing.checks import check_all


@define
class Clock:
    """The wall clock, which a test puts forward."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


class HeldBack(Sandbox):
    """A sandbox that answers as usual until it is told to hold its answers back. Any thread may tell it."""

    _left: float = inf
    _changed: asyncio.Event
    _loop: asyncio.AbstractEventLoop

    async def __aenter__(self) -> Self:
        self._changed, self._loop = asyncio.Event(), asyncio.get_running_loop()
        return await super().__aenter__()

    def hold(self, after: float = 0) -> None:
        """Answer so many calls from now on, and hold back the others; tokens are given all the same."""

        def change() -> None:
            self._left = after
            self._changed.set()

        self._loop.call_soon_threadsafe(change)

    def let_go(self) -> None:
        """Answer all that wait, and all that come."""
        self.hold(after=inf)

    async def _give(self, reply: SandboxReply, request: web.Request | None) -> web.StreamResponse:
        if request is not None:
            while self._left <= 0:
                self._changed.clear()
                await self._changed.wait()
            self._left -= 1
        return await super()._give(reply, request)


@define
class Reply:
    """What came back."""

    status: int
    text: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    path: str
    """Where it led."""

    @property
    def words(self) -> str:
        """As it is read, without its tags."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.text)).split())


@frozen
class Elsewhere:
    """A console in another process."""

    port: int
    address: str


@define
class Visitor:
    """One browser."""

    there: Served | Elsewhere
    http: aiohttp.ClientSession
    token: str = ""

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.there.port}"

    async def enter(self) -> Reply:
        """Open the one-time address, and go on as its page says."""
        address = self.there.address
        assert address is not None
        async with self.http.get(address) as reply:
            assert reply.status == 200
        return await self.get("/")

    @property
    def office(self) -> Console:
        """What the console holds, when it is in this process."""
        assert isinstance(self.there, Served)
        return self.there.console

    async def get(self, path: str, **options: Any) -> Reply:
        async with self.http.get(self.home + path, **options) as reply:
            return await self._read(reply)

    async def post(self, path: str, form: Mapping[str, str] | None = None, **options: Any) -> Reply:
        """A form of ours, with its token."""
        data = {"token": self.token, **(form or {})}
        async with self.http.post(
            self.home + path, data=data, headers={"Origin": self.home}, **options
        ) as reply:
            return await self._read(reply)

    async def give(self, name: str, data: bytes, *, token: str | None = None) -> Reply:
        """A file, through the form that takes it."""
        form = aiohttp.FormData()
        form.add_field("token", self.token if token is None else token)
        form.add_field("file", data, filename=name, content_type="application/octet-stream")
        async with self.http.post(self.home + "/lists", data=form, headers={"Origin": self.home}) as reply:
            return await self._read(reply)

    async def to_the_end(self, path: str) -> list[str]:
        """Listen to a run until it has ended; what was told."""
        async with self.http.get(f"{self.home}{path}/events") as reply:
            assert reply.content_type == "text/event-stream"
            return [line.decode() async for line in reply.content if line.strip()]

    async def until(self, path: str, done: int) -> None:
        """Listen to a run until so many rows are known."""
        async with self.http.get(f"{self.home}{path}/events") as reply:
            async for line in reply.content:
                if line.strip() and json.loads(line.decode().removeprefix("data: "))["done"] >= done:
                    return
        raise AssertionError(f"it ended before {done} rows were known")

    async def _read(self, reply: aiohttp.ClientResponse) -> Reply:
        body = await reply.read()
        is_text = reply.content_type.startswith("text/")
        text = body.decode(errors="replace") if is_text else ""
        if found := re.search(r'name="token" value="([^"]+)"', text):
            self.token = found[1]
        return Reply(reply.status, text, body, reply.headers, reply.url.path)


@asynccontextmanager
async def console(
    sandbox: Sandbox,
    *,
    journal: Journal | None = None,
    language: str = "en",
    made_up: bytes | None = None,
    clock: Clock | None = None,
    kind: Kind = Kind.EMPLOYER,
) -> AsyncIterator[Visitor]:
    """A console, and a browser that has not been let in yet."""
    async with PrecontractualClient(sandbox.settings(kind)) as client:
        checks = partial(check_all, sandbox.variables(kind), {})
        office = Console(
            Gate(clock or Clock()), client, journal or MemoryJournal(), language, checks, made_up
        )
        await office.look_back()
        async with served(office) as there, browser() as http:
            yield Visitor(there, http)


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield http

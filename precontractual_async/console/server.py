"""The console as a server on the loopback interface, from its one-time address to its end.

Knows sockets and the tasks that live as long. Leaves to others: signals and browsers.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiohttp import web
from attrs import frozen

from ..words import LANGUAGES
from . import list_pages, person_pages, run_pages
from .pages import CONSOLE, file, labels, place
from .security import ENTER, GATE, MOST_OF_A_FORM, PORT, UPLOAD, add_headers, enter, guard
from .state import Console

HOST: Final = "127.0.0.1"
_NOWHERE: Final = logging.getLogger(f"{__name__}.nowhere")
"""Takes what aiohttp logs of requests that are none: anybody's bytes, which would stand on the terminal."""
_NOWHERE.disabled = True
_LOOKED: Final = 20.0
"""Seconds between two checks whether the console has to lock itself."""


@frozen
class Served:
    """A running console."""

    console: Console
    port: int

    @property
    def address(self) -> str | None:
        """The one-time address; None: it has been used."""
        once = self.console.gate.once
        return None if once is None else f"http://{HOST}:{self.port}{ENTER}?once={once}"

    async def next_address(self, before: str | None) -> str | None:
        """Wait for the next one-time address, after a lock; None: the console must end."""
        gate = self.console.gate
        while not gate.has_ended:
            gate.lock_when_idle()
            if self.address not in (None, before):
                return self.address
            await asyncio.sleep(_LOOKED)
        return None


@asynccontextmanager
async def served(console: Console, port: int = 0) -> AsyncIterator[Served]:
    """Serve `console` until the end of the block; then a run may end its calls under way.

    Raises:
        OSError: the port is not available.
    """
    with socket.create_server((HOST, port)) as listening:
        at = int(listening.getsockname()[1])
        runner = web.AppRunner(
            _application(console, at), access_log=None, logger=_NOWHERE, shutdown_timeout=1.0
        )
        await runner.setup()
        working = asyncio.create_task(console.queue.work(), name="precontractual-console")
        try:
            await web.SockSite(runner, listening).start()
            yield Served(console, at)
        finally:
            await _ended(console, working)
            await runner.cleanup()


async def _ended(console: Console, working: asyncio.Task[None]) -> None:
    run = console.queue.current
    if run is not None:
        if not run.is_stopping:
            run.stop()
        while not run.is_ended:
            await run.news()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def _application(console: Console, port: int) -> web.Application:
    app = web.Application(middlewares=[guard], client_max_size=MOST_OF_A_FORM)
    app[CONSOLE], app[GATE], app[PORT] = console, console.gate, port
    app.on_response_prepare.append(add_headers)
    app.router.add_get(ENTER, enter)
    app.router.add_get("/static/labels.css", labels)
    app.router.add_get(r"/static/{name:[a-z]+\.[a-z]+}", file)
    app.router.add_get("/", list_pages.home)
    app.router.add_post(UPLOAD, list_pages.give)
    app.router.add_post("/made-up", list_pages.make_up)
    app.router.add_get(r"/lists/{number:\d{1,9}}", list_pages.understood)
    app.router.add_post(r"/lists/{number:\d{1,9}}", list_pages.choose)
    app.router.add_post(r"/lists/{number:\d{1,9}}/start", list_pages.start)
    app.router.add_get(r"/runs/{number:\d{1,9}}", run_pages.watch)
    app.router.add_get(r"/runs/{number:\d{1,9}}/events", run_pages.events)
    app.router.add_post(r"/runs/{number:\d{1,9}}/stop", run_pages.stop)
    app.router.add_post(r"/runs/{number:\d{1,9}}/again", run_pages.again)
    app.router.add_post(r"/runs/{number:\d{1,9}}/numbers", run_pages.show_citizens)
    app.router.add_get(r"/runs/{number:\d{1,9}}/{kind:[a-z]+}", run_pages.download)
    app.router.add_get("/person", person_pages.ask)
    app.router.add_post("/person", person_pages.answer)
    app.router.add_get("/doctor", person_pages.check)
    app.router.add_post("/doctor", person_pages.checked)
    app.router.add_post("/language", _speak)
    return app


async def _speak(request: web.Request) -> web.Response:
    """Change the language of all pages."""
    form = await request.post()
    if (language := str(form.get("language", ""))) in LANGUAGES:
        request.app[CONSOLE].language = language
    raise web.HTTPSeeOther(place(str(form.get("back", "/"))))

"""``precontractual console``: serves the page for the office until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import tempfile
import webbrowser
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..batch.exits import COMPLETE
from ..calls.session import utc_now
from ..client import PrecontractualClient
from ..journal.durable import SqliteJournal
from ..journal.keys import find_journal_key
from ..journal.port import Journal
from ..model.errors import InvalidSettings
from ..sandbox import Faults, Sandbox
from ..sandbox.made_up import made_up_list
from ..sharing.checks import check_all
from .console import language_of, say
from .files import check_journal
from .signals import on_signals
from .values import Refusal

if TYPE_CHECKING:
    from ..console.server import Served

_JOURNAL: Final = "console.db"
"""The name of the journal, in the folder of the journals."""
_PEOPLE: Final = 200
_RATE: Final = 25
"""Calls a second of the demonstration: slow enough for people to watch."""


def run(arguments: argparse.Namespace) -> int:
    """Serve the console; a signal is its normal end."""
    if arguments.demo and arguments.journals:
        raise Refusal("--demo keeps nothing, and needs no --journals", "Leave one of them out.")
    try:
        from ..console import server  # noqa: F401 (its dependencies may not be installed)
    except ModuleNotFoundError:
        raise InvalidSettings(
            "the console needs the jinja2 package", "pip install 'precontractual-async[console]'"
        ) from None
    asyncio.run(_serve(arguments))
    return COMPLETE


async def _serve(arguments: argparse.Namespace) -> None:
    from ..console.gate import Gate
    from ..console.server import served
    from ..console.state import Console

    stopped = asyncio.Event()
    async with AsyncExitStack() as stack:
        client, journal, environ = await _parts(arguments, stack)
        language = arguments.lang or language_of(os.environ)
        made_up = made_up_list(_PEOPLE, seed=1).encode("cp1252") if arguments.demo else None
        console = Console(Gate(utc_now), client, journal, language, partial(check_all, environ, {}), made_up)
        await console.look_back()

        def heard(_: int) -> None:
            """The first signal ends the console and its run gently; the second also ends calls under way."""
            if stopped.is_set() and (run := console.queue.current) is not None:
                run.stop()
            stopped.set()

        stack.enter_context(on_signals(heard))
        try:
            there = await stack.enter_async_context(served(console, arguments.port))
        except OSError as error:
            problem = f"the console cannot serve there: {error.strerror or type(error).__name__}"
            raise Refusal(problem, "Choose another --port, or none.") from None
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="precontractual-console-"))  # 0700
        telling = asyncio.create_task(_tell(there, Path(folder), stopped))
        await stopped.wait()
        telling.cancel()


async def _parts(
    arguments: argparse.Namespace, stack: AsyncExitStack
) -> tuple[PrecontractualClient, Journal, Mapping[str, str]]:
    """The client, the journal and the settings; the journal of a demonstration is gone at its end."""
    if arguments.demo:
        faults = Faults(error_share=0.03)
        sandbox = await stack.enter_async_context(Sandbox(limit=_RATE, faults=faults))
        client = await stack.enter_async_context(PrecontractualClient(sandbox.settings()))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="precontractual-console-"))
        journal = SqliteJournal(Path(folder) / _JOURNAL, secrets.token_bytes(32))
        return client, await stack.enter_async_context(journal), sandbox.variables()
    client = PrecontractualClient.from_env()
    path = _folder(arguments.journals) / _JOURNAL
    check_journal(path)
    journal = SqliteJournal(path, find_journal_key(os.environ, path))
    await stack.enter_async_context(client)
    return client, await stack.enter_async_context(journal), os.environ


def _folder(named: str | None) -> Path:
    """The folder of the journals: the named one, or the user's own, which is created at first use."""
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA") or "~/.local/share"
    folder = Path(data).expanduser() / "precontractual" / "journals"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def _tell(there: Served, folder: Path, stopped: asyncio.Event) -> None:
    """Open the console in the browser; each time it has locked itself, print the address that unlocks it."""
    address = await there.next_address(None)
    if address is not None:
        say("the console runs; Ctrl-C ends it")
        say(f"open it, once, at {address}")
        await asyncio.to_thread(webbrowser.open, _private(folder, address).as_uri())
    while (address := await there.next_address(address)) is not None:
        say("the console has locked itself: nobody looked for half an hour")
        say(f"open it, once, at {address}")
    stopped.set()  # the console has been open for its longest time


def _private(folder: Path, address: str) -> Path:
    """A page that redirects to `address`: every user of the machine can see a browser's command line."""
    page = folder / "open.html"
    page.touch(0o600)
    told = escape(address)
    page.write_text(f'<meta http-equiv="refresh" content="0;url={told}"><a href="{told}">precontractual</a>')
    return page

"""What belongs to one event loop, used in another: one error, at once, that says where it was opened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest
from support.journals import KEY, query_for
from support.numbers import CITIZEN
from support.ways import Way

from precontractual_async import (
    Answered,
    Candidate,
    DaskClient,
    InvalidSettings,
    Journal,
    MemoryJournal,
    PrecontractualClient,
    Settings,
    SqliteJournal,
    StartDateWindow,
    screen,
    verify_many,
)
from precontractual_async.calls.session import utc_now
from precontractual_async.sandbox import Sandbox, in_thread

_T = TypeVar("_T")
DAY = StartDateWindow.at(utc_now()).last


async def _many(client: PrecontractualClient, journal: Journal | None = None) -> list[object]:
    candidates = [Candidate(CITIZEN, DAY)]
    return [outcome async for outcome in verify_many(client, candidates, journal=journal)]


async def _throughput(client: PrecontractualClient) -> object:
    return client.throughput()


USES: dict[str, Callable[[PrecontractualClient], Awaitable[object]]] = {
    "verify": lambda client: client.verify(CITIZEN, DAY),
    "a variant": lambda client: client.with_options(deadline=3.0).verify(CITIZEN, DAY),
    "ask": lambda client: client.ask(query_for(CITIZEN)),
    "verify_many": _many,
    "screen": lambda client: screen(client, [CITIZEN], [DAY]),
    "throughput": _throughput,
    "opened again": lambda client: client.__aenter__(),
    "closed": lambda client: client.__aexit__(None, None, None),
}


async def opened(client: PrecontractualClient) -> str:
    """Where it was, in the error's words."""
    await client.__aenter__()
    await client.verify(CITIZEN, DAY)
    line = opened.__code__.co_firstlineno + 2
    return f"{__file__}:{line}, in thread {threading.current_thread().name}"


def run(awaitable: Awaitable[_T]) -> _T:
    """In a loop of its own."""

    async def main() -> _T:
        return await awaitable

    return asyncio.run(main())


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_client_whose_loop_has_ended(
    settings: Settings,
    recwarn: pytest.WarningsRecorder,
    use: Callable[[PrecontractualClient], Awaitable[object]],
) -> None:
    """Nothing waits, warns, or counts as an answer that is missing; its figures may be read."""
    way = Way()
    client = PrecontractualClient(settings, transport=way)
    place = asyncio.run(opened(client))
    with pytest.raises(RuntimeError) as raised:
        run(use(client))
    told = str(raised.value)
    assert told.startswith(
        f"the client was opened in another event loop, which has ended: at {place}. Make one "
    )
    assert (len(way.calls), [*recwarn]) == (1, [])
    assert not client.statistics().is_open


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_client_whose_loop_runs_in_another_thread(
    settings: Settings, use: Callable[[PrecontractualClient], Awaitable[object]]
) -> None:
    """It is not disturbed: whoever asks there is answered, the same question included, and closes it."""

    async def main() -> None:
        client = PrecontractualClient(settings, transport=Way())
        place = await opened(client)
        asking = asyncio.ensure_future(client.verify(CITIZEN, DAY))
        with pytest.raises(RuntimeError, match="was opened in another event loop: at ") as raised:
            await asyncio.to_thread(lambda: run(use(client)))
        assert place in str(raised.value)
        await asking
        assert client.statistics().is_open
        await client.__aexit__(None, None, None)

    asyncio.run(main())


def test_connections_of_another_loop(settings: Settings) -> None:
    """An http_session that was made elsewhere is refused when the client is opened."""

    async def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    with asyncio.Runner() as theirs:
        given = theirs.run(session())
        with pytest.raises(
            InvalidSettings, match="http_session that was given belongs to another event loop"
        ):
            run(PrecontractualClient(settings, http_session=given).__aenter__())
        theirs.run(given.close())


def test_a_client_of_a_cluster(monkeypatch: pytest.MonkeyPatch, pem: str) -> None:
    """The same for all that can be asked of it."""
    with in_thread(Sandbox(private_key_pem=pem)) as sandbox:
        for name, value in sandbox.variables().items():
            monkeypatch.setenv(name, value)
    client = DaskClient("local:1")

    async def bound() -> None:
        client._binding.bind()

    asyncio.run(bound())
    uses: list[Coroutine[object, object, object]] = [
        client.__aenter__(),
        client.__aexit__(None, None, None),
        client.ask(query_for(CITIZEN)),
        screen(client, [CITIZEN], [DAY]),
    ]
    for use in uses:
        with pytest.raises(RuntimeError, match="the client of the cluster was opened in another event loop"):
            asyncio.run(use)


@pytest.mark.parametrize("is_kept", [True, False], ids=["a file", "in memory"])
def test_a_journal_goes_into_any_loop(settings: Settings, tmp_path: Path, is_kept: bool) -> None:
    """Opened in one, used in another, closed in a third: it belongs to a thread of its own, or to nobody."""
    journal = SqliteJournal(tmp_path / "j.db", KEY) if is_kept else MemoryJournal()

    async def asked() -> list[object]:
        async with PrecontractualClient(settings, transport=Way()) as client:
            return await _many(client, journal)

    if isinstance(journal, SqliteJournal):
        asyncio.run(journal.__aenter__())
    (outcome,) = asyncio.run(asked())
    assert isinstance(outcome, Answered)
    assert asyncio.run(asked()) == [outcome]
    if isinstance(journal, SqliteJournal):
        asyncio.run(journal.__aexit__(None, None, None))


def test_a_sandbox_whose_loop_stands_still(pem: str) -> None:
    """Nobody could be answered: whoever wants its address is told, and not whoever asks it."""
    sandbox = Sandbox(private_key_pem=pem)
    with asyncio.Runner() as loop:
        loop.run(sandbox.__aenter__())
        with pytest.raises(RuntimeError, match="another event loop, which stands still: .*in_thread"):
            sandbox.client()
        with pytest.raises(RuntimeError, match="the sandbox was opened in another event loop"):
            asyncio.run(sandbox.__aexit__(None, None, None))
    with pytest.raises(RuntimeError, match="another event loop, which has ended"):
        sandbox.variables()
    with in_thread(sandbox):
        assert sandbox.variables()

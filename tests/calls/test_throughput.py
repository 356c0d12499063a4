"""What a client tells of why it waits: as it is at that moment, and nothing when nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing

import pytest
from attrs import evolve
from support import virtual
from support.numbers import CITIZEN, generated
from support.virtual import elapsed
from support.ways import Way, reply

from precontractual_async import Candidate, PrecontractualClient, Settings, Throughput, Wait, verify_many
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"


def down(
    start: float, end: float, status: int = 503, **headers: str
) -> Callable[[HttpRequest], HttpResponse]:
    """A server that is away for that time."""
    return lambda _: reply(status, {}, **headers) if start <= elapsed() < end else reply()


async def seen(client: PrecontractualClient, *instants: float) -> list[tuple[Wait, ...]]:
    """What is told at each."""
    told = []
    for instant in instants:
        await asyncio.sleep(instant - elapsed())
        told.append(client.throughput().waits)
    return told


async def verified(client: PrecontractualClient) -> None:
    await client.verify(CITIZEN, DAY)


async def screened(client: PrecontractualClient) -> None:
    candidates = [Candidate(number, DAY) for number in generated(100)]
    async with aclosing(verify_many(client, candidates)) as outcomes:
        async for _ in outcomes:
            pass


def watched(
    client: PrecontractualClient,
    work: Callable[[PrecontractualClient], Coroutine[object, object, None]],
    *instants: float,
) -> list[tuple[Wait, ...]]:
    """What is told meanwhile; the work is given up after that."""

    async def main() -> list[tuple[Wait, ...]]:
        async with client:
            working = asyncio.create_task(work(client))
            told = await seen(client, *instants)
            working.cancel()
            await asyncio.wait([working])
            return told

    return virtual.run(main())


def said(waits: tuple[Wait, ...]) -> list[tuple[str, int]]:
    return [(wait.why, round(wait.seconds)) for wait in waits]


def test_nothing_holds_back(client_of: ClientFactory, settings: Settings) -> None:
    """Neither before the first call nor after one."""

    async def main() -> list[Throughput]:
        async with client_of(Way()) as client:
            before = client.throughput()
            await client.verify(CITIZEN, DAY)
            return [before, client.throughput()]

    assert virtual.run(main()) == [Throughput(settings.rate, ())] * 2


def test_a_pause_that_the_gateway_asks_for(client_of: ClientFactory) -> None:
    """How long it still lasts, and then no more of it."""
    client = client_of(Way(down(0, 1, 503, retry_after="40")))
    why = "the gateway asks for a pause"
    assert list(map(said, watched(client, verified, 0.2, 10, 39, 41))) == [
        [(why, 40)],
        [(why, 30)],
        [(why, 1)],
        [],
    ]


def test_a_429_slows_down(client_of: ClientFactory, settings: Settings) -> None:
    """Fewer calls are allowed afterwards, and more again with time."""

    async def main() -> list[float]:
        async with client_of(Way(down(0, 0.1, 429))) as client:
            await client.verify(CITIZEN, DAY)
            told = [client.throughput().allowed]
            for _ in range(2):
                await asyncio.sleep(60)
                told.append(client.throughput().allowed)
            return told

    slow, faster, full = virtual.run(main())
    assert slow == pytest.approx(0.9 * settings.rate, rel=0.01)
    assert slow < faster < full == settings.rate


def test_a_token_that_is_not_there(client_of: ClientFactory) -> None:
    """While it is fetched, and between attempts why there is none."""
    client = client_of(Way(oauth=lambda _: reply(503, {}), token_delay=0.5))
    told = watched(client, verified, 0.25, 0.75, 1.4, 1.75)
    assert list(map(said, told)) == [
        [("a token is fetched", 0)],
        [("no token: the OAuth server answered 503", 1)],
        [("no token: the OAuth server answered 503", 0)],
        [("a token is fetched", 0)],
    ]


def test_an_outage(client_of: ClientFactory, settings: Settings) -> None:
    """How long it lasts and when the next attempt is made; nothing once the gateway answers, or the batch is left."""
    client = client_of(Way(down(0, 20)), evolve(settings, concurrency=4))
    during, later, after = watched(client, screened, 5, 15, 60)
    for waits, seconds in ((during, 5), (later, 15)):
        (wait,) = waits
        unanswered = int(wait.why.removeprefix("no answer from the gateway for ").removesuffix(" seconds"))
        assert seconds - 3 <= unanswered <= seconds
        assert 0 <= wait.seconds <= 16
    assert after == ()


def test_a_batch_that_is_left_in_an_outage_waits_no_more(
    client_of: ClientFactory, settings: Settings
) -> None:
    """Whatever became of the gateway."""

    async def main() -> list[int]:
        async with client_of(Way(down(0, 600)), evolve(settings, concurrency=4)) as client:
            batch = asyncio.create_task(screened(client))
            counts = [len(waits) for waits in await seen(client, 10)]
            batch.cancel()
            await asyncio.wait([batch])
            return [*counts, len(client.throughput().waits)]

    assert virtual.run(main()) == [1, 0]

"""Who waits for one answer goes before a batch, and the batch keeps its share: in virtual time."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from contextlib import aclosing, suppress
from itertools import islice, pairwise

import pytest
from attrs import evolve
from support import virtual
from support.numbers import generated
from support.ways import Way, parameters, reply

from precontractual_async import Candidate, Fault, PrecontractualClient, Settings, verify_many
from precontractual_async.calls.rate_limiter import LocalRateLimiter

ClientFactory = Callable[..., PrecontractualClient]
DAY, CALLERS_DAY = "2026-12-01", "2026-12-02"
NUMBERS = list(generated(400))


@pytest.fixture
def slow(settings: Settings) -> Settings:
    """Five calls a second, as the gateway allows by default."""
    return evolve(settings, rate=5, concurrency=10)


async def batch(client: PrecontractualClient, count: int = 400) -> int:
    """A batch that has more to ask than it may; how many were answered before it was cancelled."""
    done = 0
    async with aclosing(verify_many(client, (Candidate(each, DAY) for each in NUMBERS[:count]))) as outcomes:
        with suppress(asyncio.CancelledError):
            async for _ in outcomes:
                done += 1
    return done


def days(way: Way) -> list[str]:
    return [parameters(request)["startDate"] for request in way.calls]


def test_verify_does_not_stand_behind_a_batch(client_of: ClientFactory, slow: Settings) -> None:
    """One a second beside a batch: answered as soon as the next slot allows; the batch has the other four."""
    way = Way(delay=0.2)
    waits: list[float] = []

    async def main() -> None:
        async with client_of(way, slow) as client:
            asking = asyncio.create_task(batch(client))
            await asyncio.sleep(5)
            before = days(way).count(DAY)
            for number in NUMBERS[:30]:
                began = virtual.elapsed()
                await client.verify(number, CALLERS_DAY)
                waits.append(virtual.elapsed() - began)
                await asyncio.sleep(began + 1 - virtual.elapsed())
            asking.cancel()
            await asking
            assert days(way).count(DAY) - before >= 30 * (5 * 0.975 - 1) - 1
            figures = client.statistics()
        assert figures.interactive.calls == 30
        assert figures.interactive.longest < 0.45 < figures.batch.longest
        assert 0 < figures.interactive.seconds < 30 * 0.45

    virtual.run(main())
    assert statistics.median(waits) <= 0.45
    assert max(waits) <= 0.65
    assert all(later - first >= 1 for first, later in zip(way.stamps, way.stamps[5:], strict=False))


def test_a_batch_is_not_starved(client_of: ClientFactory, slow: Settings) -> None:
    """While forty callers always wait, at least one call in five stays the batch's, also with one worker."""
    for width in (10, 1):
        way = Way(delay=0.01)

        async def main(way: Way, width: int) -> None:
            async with client_of(way, evolve(slow, rate=50, concurrency=width)) as client:
                asking = asyncio.create_task(batch(client))
                await asyncio.sleep(0.5)
                before = len(way.calls)
                numbers = iter(NUMBERS)

                async def caller() -> None:
                    for number in numbers:
                        await client.verify(number, CALLERS_DAY)

                async with asyncio.timeout(5):
                    with suppress(TimeoutError):
                        await asyncio.gather(*(caller() for _ in range(40)))
                share = days(way)[before:].count(DAY) / (len(way.calls) - before)
                assert 0.19 <= share <= 0.5
                asking.cancel()
                await asking

        with suppress(TimeoutError):
            virtual.run(main(way, width))


def test_callers_go_on_when_the_batch_ends(client_of: ClientFactory, slow: Settings) -> None:
    """Those that waited for its slots get slots of their own; whoever is cancelled leaves nothing behind."""
    way = Way(delay=0.2)

    async def main() -> None:
        async with client_of(way, slow) as client:
            asking = asyncio.create_task(batch(client))
            await asyncio.sleep(5)
            callers = [asyncio.create_task(client.verify(each, CALLERS_DAY)) for each in NUMBERS[:6]]
            await asyncio.sleep(0)
            callers[1].cancel()
            asking.cancel()
            await asking
            results = await asyncio.gather(*callers, return_exceptions=True)
            assert [isinstance(each, asyncio.CancelledError) for each in results] == [False, True] + [
                False
            ] * 4
            admission = client._admission
            assert (admission.places.taken, admission.places.waiting, len(admission._callers)) == (0, 0, 0)
            assert admission._serving is None

    virtual.run(main())


@pytest.mark.parametrize("seed", range(8))
def test_cancelled_at_any_moment(client_of: ClientFactory, slow: Settings, seed: int) -> None:
    """Also in the moment in which it was let through: its place is free again."""
    way = Way(delay=0.03)

    async def main() -> None:
        async with client_of(way, evolve(slow, rate=50, concurrency=3)) as client:
            asking = asyncio.create_task(batch(client))
            await asyncio.sleep(1)
            for at, number in enumerate(islice(NUMBERS, 40)):
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.001 * ((seed * 7 + at * 3) % 60)):
                        await client.verify(number, CALLERS_DAY)
            asking.cancel()
            await asking
            assert client._admission.places.taken == 0
            await asyncio.gather(*(client.verify(each, DAY) for each in NUMBERS[300:306]))

    virtual.run(main())


@pytest.mark.parametrize("callers", range(1, 7))
def test_who_comes_while_the_last_one_is_let_through(slow: Settings, callers: int) -> None:
    """Nobody gets slots for callers in that moment, and then the batch ends: it is admitted all the same."""
    late: list[asyncio.Task[None]] = []

    class Watched(LocalRateLimiter):
        async def acquire(self) -> None:
            await super().acquire()
            if asyncio.current_task() is admission._serving and len(admission._callers) == 1:
                late.append(asyncio.create_task(come_late()))

    async def come_late() -> None:
        await admission.enter(is_batch=False)
        admission.leave()

    client = PrecontractualClient(
        evolve(slow, concurrency=1), transport=Way(), now=virtual.now, rate_limiter=Watched(5)
    )
    admission = client._admission

    async def main() -> None:
        async with client, asyncio.timeout(1000):
            asking = asyncio.create_task(batch(client, 1))
            await asyncio.sleep(0.1)
            await asyncio.gather(*(client.verify(each, CALLERS_DAY) for each in NUMBERS[:callers]))
            assert await asking == 1
            for each in late:  # it may grow meanwhile
                await each

    virtual.run(main())
    assert admission.places.taken == 0


def test_a_fault_on_the_way_is_the_callers(client_of: ClientFactory, slow: Settings) -> None:
    """Without a token each caller hears so, and the batch goes on."""
    way = Way(lambda _: reply(401))

    async def main() -> None:
        async with client_of(way, slow) as client:
            with suppress(Fault):
                await batch(client, 5)
            with pytest.raises(Fault):
                await client.verify(NUMBERS[9], CALLERS_DAY)
            assert client._admission.places.taken == 0

    virtual.run(main())
    assert all(first <= later for first, later in pairwise(way.stamps))

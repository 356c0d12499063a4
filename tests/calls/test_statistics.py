"""The figures of a client: true at each moment, cheap, and of use to a readiness probe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta

import pytest
from attrs import asdict, evolve
from support import virtual
from support.numbers import CITIZEN, generated
from support.ways import GOOD, Way, reply

from precontractual_async import (
    CallerRejected,
    Candidate,
    ClientClosed,
    Fault,
    Interrupted,
    PrecontractualClient,
    RetryPolicy,
    Settings,
    verify_many,
)
from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(30))
REJECTED = {"issues": [{"name": "citizen", "detail": "no", "in": "query"}]}


def test_before_and_after(client_of: ClientFactory) -> None:
    """A client that is not open is not ready; one that is closed keeps its figures."""
    client = client_of(Way())
    before = client.statistics()
    assert (before.is_open, before.is_ready, before.token_until) == (False, False, None)

    async def main() -> None:
        async with client:
            assert client.statistics().is_ready  # a token may be had
            await client.verify(CITIZEN, DAY)
            assert client.statistics().last_answer_at == virtual.now()
        after = client.statistics()
        assert (after.is_open, after.is_ready, after.token_requests) == (False, False, 1)
        assert after.last_answer_at is not None

    virtual.run(main())


def test_what_is_under_way_and_what_waits(client_of: ClientFactory, settings: Settings) -> None:
    """Places first; then the queue for them."""
    way = Way(delay=1.0)

    async def main() -> None:
        async with client_of(way, evolve(settings, concurrency=3)) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in NUMBERS[:3]))  # opens the places
            asking = [asyncio.create_task(client.verify(number, DAY)) for number in NUMBERS[3:13]]
            await asyncio.sleep(0.5)
            now = client.statistics()
            assert (now.under_way, now.waiting) == (3, 7)
            asking.pop().cancel()
            await asyncio.sleep(0.1)
            assert client.statistics().waiting == 6
            await asyncio.gather(*asking)
            now = client.statistics()
            assert (now.under_way, now.waiting, now.failures_in_a_row) == (0, 0, 0)

    virtual.run(main())


def test_the_token_at_hand(client_of: ClientFactory) -> None:
    """Until when it is good, by the wall clock; gone when it has expired."""

    async def main() -> None:
        async with client_of(Way(token_life=100, token_delay=0.0)) as client:
            assert client.statistics().token_until is None
            await client.verify(CITIZEN, DAY)
            until = client.statistics().token_until
            assert until is not None
            assert until.tzinfo is UTC
            assert (until - virtual.now()).total_seconds() == pytest.approx(100, abs=0.1)
            await asyncio.sleep(101)
            now = client.statistics()
            assert now.token_until is None
            assert now.is_ready

    virtual.run(main())


def test_a_pause_is_told_and_leaves_it_ready(client_of: ClientFactory) -> None:
    """Everybody waits, for as long as the gateway said."""
    way = Way(lambda _: reply(429, retry_after="60") if len(way.calls) == 1 else reply())

    async def main() -> None:
        async with client_of(way) as client:
            asking = asyncio.create_task(client.verify(CITIZEN, DAY))
            await asyncio.sleep(1)
            now = client.statistics()
            assert now.paused_until is not None
            assert 58 < (now.paused_until - virtual.now()).total_seconds() < 60
            assert (now.is_ready, now.failures_in_a_row, now.pauses) == (True, 1, 1)
            await asking
            now = client.statistics()
            assert (now.paused_until, now.failures_in_a_row) == (None, 0)

    virtual.run(main())


def test_failures_in_a_row(client_of: ClientFactory, settings: Settings) -> None:
    """Every attempt that fails counts; an answer ends the row, and a rejection is one."""
    said = iter([500, 500, 200, 503, 503, 503, 400])
    way = Way(lambda _: reply(next(said), GOOD | REJECTED))
    rows: list[int] = []

    async def main() -> None:
        async with client_of(way, evolve(settings, retry=RetryPolicy(attempts=1))) as client:
            for number in NUMBERS[:7]:
                with suppress(Fault):
                    await client.verify(number, DAY)
                rows.append(client.statistics().failures_in_a_row)
            last = client.statistics().last_answer_at
            assert last is not None
            assert virtual.now() - last < timedelta(milliseconds=1)

    virtual.run(main())
    assert rows == [1, 2, 0, 1, 2, 3, 0]


@pytest.mark.parametrize(("status", "kind"), [(403, "AccessDenied"), (404, "AddressWrong")])
def test_a_refusal_makes_it_unready_for_a_while(client_of: ClientFactory, status: int, kind: str) -> None:
    """Until an answer comes, or for half a minute: who is asked nothing could never become ready otherwise."""
    way = Way(lambda _: reply(status))

    async def main() -> None:
        async with client_of(way) as client:
            for seconds, ready in ((0.0, False), (29.0, False), (2.0, True)):
                if not seconds:
                    with pytest.raises(Fault):
                        await client.verify(CITIZEN, DAY)
                await asyncio.sleep(seconds)
                now = client.statistics()
                assert (now.is_ready, now.refused_by) == (ready, None if ready else kind)
            with pytest.raises(Fault):
                await client.verify(CITIZEN, DAY)
            way.api = lambda _: reply()
            await client.verify(CITIZEN, DAY)
            assert client.statistics().is_ready

    virtual.run(main())


def test_refused_credentials_make_it_unready(client_of: ClientFactory) -> None:
    """As long as nobody is let to the OAuth server; afterwards the next question will tell."""
    way = Way(oauth=lambda _: reply(401, {"error": "invalid_client"}))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(Fault):
                await client.verify(CITIZEN, DAY)
            assert client.statistics().refused_by == "CredentialsRefused"
            await asyncio.sleep(31)
            assert client.statistics().is_ready

    virtual.run(main())


def test_a_refusal_does_not_count_while_a_token_is_good(client_of: ClientFactory) -> None:
    """A renewal that is refused in the background leaves the token that everybody goes on with."""
    way = Way(token_life=100)

    async def main() -> None:
        async with client_of(way) as client:
            await client.verify(CITIZEN, DAY)
            way.oauth = lambda _: reply(401, {"error": "invalid_client"})
            await asyncio.sleep(85)
            await client.verify(NUMBERS[0], DAY)
            await asyncio.sleep(1)
            assert client.statistics().is_ready
            await asyncio.sleep(15)
            assert client.statistics().refused_by == "CredentialsRefused"

    virtual.run(main())


def test_its_own_ends_are_no_failures_of_the_gateways(client_of: ClientFactory) -> None:
    """A batch that was stopped and a client that was closed say nothing about the other side."""
    stop = asyncio.Event()

    async def main() -> None:
        async with client_of(Way(token_delay=10.0)) as client:
            asyncio.get_running_loop().call_later(1.0, stop.set)
            with pytest.raises(Interrupted):
                _ = [each async for each in verify_many(client, [Candidate(CITIZEN, DAY)], stop=stop)]
            assert client.statistics().failures_in_a_row == 0
        with pytest.raises(ClientClosed):
            await client.verify(CITIZEN, DAY)
        now = client.statistics()
        assert (now.failures_in_a_row, now.refused_by) == (0, None)

    virtual.run(main())


def test_a_wrong_represented_enterprise_is_no_refusal_of_us(client_of: ClientFactory) -> None:
    """It is about one caller: the service is ready for the others."""
    detail = "should be provided for a request from a provider"
    document = {"issues": [{"name": "representedEnterpriseNumber", "detail": detail, "in": "query"}]}
    way = Way(lambda _: reply(400, document))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(CallerRejected):
                await client.verify(CITIZEN, DAY)
            assert client.statistics().is_ready

    virtual.run(main())


def test_another_thread_may_read_them(settings: Settings) -> None:
    """An exporter's, say, in which no loop runs."""

    async def main() -> None:
        async with PrecontractualClient(settings, transport=Way(delay=0.0)) as client:
            await client.verify(CITIZEN, StartDateWindow.at(utc_now()).last)
            there = await asyncio.to_thread(client.statistics)
            assert there.is_ready
            assert there.token_until is not None

    asyncio.run(main())


def test_another_thread_may_read_a_pause(settings: Settings) -> None:
    """By the clock of the client's loop, though none runs there."""

    async def main() -> None:
        async with PrecontractualClient(settings, transport=Way()) as client:
            client._parts.rate_limiter.pause(60.0)
            there = await asyncio.to_thread(client.statistics)
            assert there.paused_until is not None
            assert 55 < (there.paused_until - client.now()).total_seconds() <= 60

    asyncio.run(main())


def test_nothing_personal_is_in_them(client_of: ClientFactory) -> None:
    """Counts, instants and the name of a kind of fault: fit for a page that anybody may read."""
    fields = set(asdict(client_of(Way()).statistics()))
    assert fields == {
        "requests", "retries", "token_requests", "pauses", "joined", "under_way", "waiting", "interactive", "batch", "failures_in_a_row",
        "last_answer_at", "token_until", "paused_until", "is_open", "refused_by", "is_ready", "not_ready_because",
    }  # fmt: skip

"""A client that is closed while it is asked: who waits is told at once, who comes later too, and nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from support import virtual
from support.flights import free
from support.numbers import CITIZEN, generated
from support.virtual import elapsed
from support.ways import Way, reply
from support.wire import facing

from precontractual_async import (
    Answer,
    Candidate,
    ClientClosed,
    Outcome,
    Pending,
    PrecontractualClient,
    RunStopped,
    Settings,
    verify_many,
)
from precontractual_async.calls.session import utc_now
from precontractual_async.calls.shared_token import SharedToken
from precontractual_async.calls.transport import AiohttpTransport
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.protocol.access_token import BearerToken

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
SOON = StartDateWindow.at(utc_now()).last
NUMBERS = list(generated(30))

STUCK = {
    "the token": Way(token_delay=1000.0),
    "the answer": Way(delay=1000.0),
    "a pause": Way(lambda _: reply(429, retry_after="60")),
    "another attempt": Way(lambda _: reply(500)),
}


@pytest.mark.parametrize("waiting_for", STUCK)
def test_whoever_waits_is_told_at_once(client_of: ClientFactory, waiting_for: str) -> None:
    """Each by an error of its own; some share a call, some wait for a place. Closing takes no time at all."""

    async def main() -> Sequence[BaseException | Answer]:
        async with client_of(STUCK[waiting_for]) as client:
            asking = [asyncio.create_task(client.verify(number, DAY)) for number in [*NUMBERS, *NUMBERS]]
            await asyncio.sleep(1.0)
        assert elapsed() == pytest.approx(1.0, abs=0.01)
        told = await asyncio.gather(*asking, return_exceptions=True)
        free(client)
        assert not client.statistics().is_ready
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return told

    told = virtual.run(main())
    assert {type(each) for each in told} == {ClientClosed}
    assert len({id(each) for each in told}) == 60
    assert str(told[0]) == "the client was closed while this was asked"


def test_whoever_comes_later_is_refused(client_of: ClientFactory) -> None:
    """One by one, by a variant, or with a list: the same clear error, and nothing is sent."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            variant = client.with_options(deadline=5.0)
        for verifier in (client, variant):
            with pytest.raises(ClientClosed, match="the client is closed") as raised:
                await verifier.verify(CITIZEN, DAY)
            assert "stays open" in raised.value.next_step
        with pytest.raises(ClientClosed):
            _ = [each async for each in verify_many(variant, [Candidate(CITIZEN, DAY)])]

    virtual.run(main())
    assert (way.token_calls, way.calls) == (0, [])


def test_a_closed_client_can_be_opened_again(client_of: ClientFactory) -> None:
    """And answers as before."""

    async def main() -> None:
        client = client_of(Way())
        for _ in range(2):
            async with client:
                assert client.statistics().is_ready
                assert isinstance(await client.verify(CITIZEN, DAY), Answer)

    virtual.run(main())


def test_a_closing_is_no_failure_of_the_oauth_servers(caplog: pytest.LogCaptureFixture) -> None:
    """A fetch that comes too late leaves no cool-down behind for the next opening, and no warning."""
    way = Way()

    async def fetch(_: BearerToken | None) -> BearerToken:
        if not way.token_calls:
            way.token_calls += 1
            raise ClientClosed("the client is closed")
        return BearerToken("t", elapsed() + 1e6, elapsed() + 1e6)

    async def main() -> None:
        shared = SharedToken(fetch)
        with pytest.raises(ClientClosed):
            await shared.get()
        assert (await shared.get()).value == "t"
        assert elapsed() < 0.1

    virtual.run(main())
    assert caplog.records == []


def test_a_closing_that_is_cancelled_closes_all_the_same(client_of: ClientFactory) -> None:
    """Who closes may be in a hurry too."""

    async def main() -> None:
        client = client_of(Way(token_delay=1000.0))
        await client.__aenter__()
        asking = asyncio.create_task(client.verify(CITIZEN, DAY))
        await asyncio.sleep(1.0)
        closing = asyncio.create_task(client.__aexit__(None, None, None))
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait((closing, asking))
        assert isinstance(asking.exception(), ClientClosed)
        free(client)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual.run(main())


async def test_a_batch_over_real_connections_ends_with_them(settings: Settings) -> None:
    """Its calls hang at the gateway when the client is closed under it: it stops once, with every row it reached."""
    hanging, over = asyncio.Event(), asyncio.Event()

    async def answer(_: int, __: asyncio.StreamWriter) -> None:
        hanging.set()
        await over.wait()

    outcomes: list[Outcome] = []

    async def batch(client: PrecontractualClient) -> None:
        async for outcome in verify_many(client, [Candidate(number, SOON) for number in NUMBERS]):
            outcomes.append(outcome)

    async with facing(settings, answer) as ends:
        running = asyncio.create_task(batch(ends.client))
        await hanging.wait()
    async with asyncio.timeout(5):
        with pytest.raises(RunStopped) as raised:
            await running
    over.set()
    assert isinstance(raised.value, ClientClosed)
    assert outcomes
    assert {type(outcome) for outcome in outcomes} == {Pending}


async def test_a_verification_over_real_connections_ends_with_them(settings: Settings) -> None:
    """And its connection with it."""
    hanging, over = asyncio.Event(), asyncio.Event()

    async def answer(_: int, __: asyncio.StreamWriter) -> None:
        hanging.set()
        await over.wait()

    async with facing(settings, answer) as ends:
        way = ends.client._session._transport
        assert isinstance(way, AiohttpTransport)
        asking = asyncio.create_task(ends.client.verify(CITIZEN, SOON))
        await hanging.wait()
        connector = way._connector
        assert len(connector._acquired) == 1
    with pytest.raises(ClientClosed):
        await asking
    over.set()
    assert connector.closed
    assert (len(connector._acquired), len(connector._conns)) == (0, 0)

"""The shared token by itself, with instants that are chosen: its cool-down, and what its waiters are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise

import pytest
from support import virtual
from support.numbers import CITIZEN
from support.virtual import elapsed
from support.ways import Way, reply

from precontractual_async import CredentialsRefused, Fault, PrecontractualClient, TokenUnavailable
from precontractual_async.protocol.grant import BearerToken
from precontractual_async.session import SharedToken


def token() -> BearerToken:
    now = asyncio.get_running_loop().time()
    return BearerToken("t", now + 240, now + 300)


def test_the_pauses_between_fetches(caplog: pytest.LogCaptureFixture) -> None:
    """1, 2, 4, 8, 16, 30, 30 seconds; each is said once."""
    at: list[float] = []

    async def fetch() -> BearerToken:
        at.append(elapsed())
        raise TokenUnavailable("the OAuth server answered 503", status=503)

    async def main() -> None:
        shared = SharedToken(fetch)
        for _ in range(8):
            with pytest.raises(TokenUnavailable):
                await shared.get()

    virtual.run(main())
    pauses = [round(late - early, 2) for early, late in pairwise(at)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told[0] == "no token: the OAuth server answered 503; next attempt in 1 seconds"


def test_a_longer_pause_is_told_to_those_who_come_later() -> None:
    """What the OAuth server asked for, less what has passed; nobody waits for it here."""

    async def fetch() -> BearerToken:
        raise TokenUnavailable("the OAuth server answered 429", retry_after=100.0)

    async def main() -> list[float | None]:
        shared = SharedToken(fetch)
        told = []
        for _ in range(3):
            with pytest.raises(Fault) as raised:
                await shared.get()
            told.append(raised.value.retry_after)
            await asyncio.sleep(20)
        return told

    first, second, third = virtual.run(main())
    assert first == 100.0
    assert second is not None
    assert third is not None
    assert (round(second), round(third)) == (80, 60)


def test_two_fresh_tokens_rejected() -> None:
    """The second in a row holds everybody back, with the reason; one that was proved in between does not."""

    async def fetch() -> BearerToken:
        return token()

    async def main() -> None:
        shared = SharedToken(fetch)
        for proved in (True, False):
            first = await shared.get()
            if proved:
                shared.prove(first)
            shared.reject(first)
            shared.reject(first)  # of an older call: counts once
        with pytest.raises(CredentialsRefused) as raised:
            await shared.get()
        assert raised.value.diagnosis == "the gateway rejects every token, also a fresh one"
        assert raised.value.status == 401
        began = elapsed()
        await asyncio.sleep(30)
        assert (await shared.get()).value == "t"
        assert elapsed() - began < 31

    virtual.run(main())


@pytest.mark.parametrize(
    ("date", "requests"),
    [
        ("Tue, 24 Nov 2026 10:00:00 GMT", 2),
        ("Tue, 24 Nov 2026 08:00:00 GMT", 2),
        ("Tue, 24 Nov 2026 09:00:09 GMT", 1),
        ("Wed, 25 Nov 2026 09:00:00 GMT", 2),
        ("Wed, 25 Nov 2026 09:00:01 GMT", 1),
        ("Thu, 26 Nov 2026 09:00:00 GMT", 1),
        ("Fri, 31 Dec 2090 23:59:59 GMT", 1),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 1),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 1),
        ("nonsense", 1),
        ("", 1),
    ],
)
def test_whose_clock_counts_for_the_assertion(
    client_of: Callable[..., PrecontractualClient], date: str, requests: int
) -> None:
    """The server's when it differs by more than some seconds, but not whatever date it makes up."""
    way = Way(oauth=lambda _: reply(401, {"error": "invalid_client"}, date=date))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(CredentialsRefused):
                await client.verify(CITIZEN, "2026-12-01")

    virtual.run(main())
    assert way.token_calls == requests


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Tue, 24 Nov 2026 10:00:00 GMT", "our clock is -3600 seconds off; assertions go by the server's"),
        (
            "Thu, 26 Nov 2026 09:00:00 GMT",
            "our clock and the OAuth server's differ by more than a day; one of them is wrong",
        ),
    ],
)
def test_a_wrong_clock_is_said(
    client_of: Callable[..., PrecontractualClient], caplog: pytest.LogCaptureFixture, date: str, said: str
) -> None:
    """In the log, to the word: it is the operator's to set."""
    way = Way(oauth=lambda _: reply(401, {"error": "invalid_client"}, date=date))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(CredentialsRefused):
                await client.verify(CITIZEN, "2026-12-01")

    virtual.run(main())
    assert said in [record.getMessage() for record in caplog.records]


def test_a_defect_in_a_fetch_is_told_to_each(client_of: Callable[..., PrecontractualClient]) -> None:
    """It is nobody's network trouble: raised as it is, to whoever asks, also next time."""

    fetches = 0

    async def fetch() -> BearerToken:
        nonlocal fetches
        fetches += 1
        raise ZeroDivisionError

    async def main() -> None:
        shared = SharedToken(fetch)
        for told in await asyncio.gather(*(shared.get() for _ in range(3)), return_exceptions=True):
            assert isinstance(told, ZeroDivisionError)
        for _ in range(20):
            with pytest.raises(ZeroDivisionError):
                await shared.get()
        assert (fetches, elapsed() > 300) == (21, True)  # with the pauses that any failure has

    virtual.run(main())


def test_a_fetch_has_a_name_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """What a task dump and a log at DEBUG show of it."""
    caplog.set_level(logging.DEBUG)
    names: list[str] = []

    async def fetch() -> BearerToken:
        task = asyncio.current_task()
        names.append(task.get_name() if task else "")
        return token()

    virtual.run(SharedToken(fetch).get())
    assert names == ["precontractual-token"]
    assert "a fresh token is in use" in [record.getMessage() for record in caplog.records]

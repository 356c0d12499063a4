"""The shared token by itself, with instants that are chosen: its cool-down, and what its waiters are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import parse_qs

import jwt
import pytest
from support import virtual
from support.numbers import CITIZEN
from support.virtual import elapsed
from support.ways import Way, reply

from precontractual_async import CredentialsRefused, Fault, PrecontractualClient, Settings, TokenUnavailable
from precontractual_async.calls.shared_token import SharedToken, _Failure
from precontractual_async.calls.throughput import Wait
from precontractual_async.protocol.access_token import BearerToken
from precontractual_async.protocol.wire import HttpRequest, HttpResponse


def token() -> BearerToken:
    now = asyncio.get_running_loop().time()
    return BearerToken("t", now + 240, now + 300)


def refused_by(way: Way, client_of: Callable[..., PrecontractualClient]) -> None:
    """A verification that ends with an OAuth server which refuses."""

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(CredentialsRefused):
                await client.verify(CITIZEN, "2026-12-01")

    virtual.run(main())


def test_the_pauses_between_fetches(caplog: pytest.LogCaptureFixture) -> None:
    """1, 2, 4, 8, 16, 30, 30 seconds; each is said once."""
    at: list[float] = []

    async def fetch(_: BearerToken | None) -> BearerToken:
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


def test_a_refusal_that_ends_the_run_promises_no_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody makes it."""

    async def fetch(_: BearerToken | None) -> BearerToken:
        raise CredentialsRefused("the OAuth server refuses who we are")

    async def main() -> None:
        with pytest.raises(CredentialsRefused):
            await SharedToken(fetch).get()

    virtual.run(main())
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "no token: the OAuth server refuses who we are"
    ]


def test_a_longer_pause_is_told_to_those_who_come_later() -> None:
    """What the OAuth server asked for, less what has passed; nobody waits for it here."""

    async def fetch(_: BearerToken | None) -> BearerToken:
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


@pytest.mark.parametrize(("good", "bad"), [(0, 2), (3, 5)])
def test_fresh_tokens_that_are_rejected_in_a_row(good: int, bad: int) -> None:
    """They end in a refusal that holds everybody back: the second one, or the fifth where somebody was answered
    before. Those with which somebody was answered do not count, however many they are.
    """

    async def fetch(_: BearerToken | None) -> BearerToken:
        return token()

    async def main() -> None:
        shared = SharedToken(fetch)
        for proved in [True] * good + [False] * bad:
            first = await shared.get()
            if proved:
                shared.mark_accepted(first)
            shared.reject(first, "the call")
            shared.reject(first, "an older call")  # counts once
        with pytest.raises(CredentialsRefused) as raised:
            await shared.get()
        assert raised.value.diagnosis == "the gateway rejects every token, also a fresh one"
        assert (raised.value.status, raised.value.trace_id) == (401, "the call")
        began = elapsed()
        await asyncio.sleep(30)
        assert (await shared.get()).value == "t"
        assert elapsed() - began < 31

    virtual.run(main())


def test_a_late_answer_with_a_token_that_was_rejected() -> None:
    """Somebody was answered with one of them, so it is not us who are refused."""

    async def fetch(_: BearerToken | None) -> BearerToken:
        return token()

    async def main() -> None:
        shared = SharedToken(fetch)
        first = await shared.get()
        shared.reject(first)
        second = await shared.get()
        shared.mark_accepted(first)
        shared.reject(second)
        assert isinstance(await shared.get(), BearerToken)

    virtual.run(main())


def test_tokens_that_replace_rejected_ones_are_paced() -> None:
    """Each is a call too. A good one is replaced after a quarter of a second, fresh ones after ever longer."""
    at: list[float] = []

    async def fetch(_: BearerToken | None) -> BearerToken:
        at.append(elapsed())
        return token()

    async def main() -> None:
        shared = SharedToken(fetch)
        for proved in [True] * 3 + [False] * 4 + [True, False]:
            each = await shared.get()
            if proved:
                shared.mark_accepted(each)
            shared.reject(each)
        await asyncio.sleep(100)  # a pause counts from one fetch to the next, and not from the rejection
        shared.reject(await shared.get())

    virtual.run(main())
    pauses = [round(late - early, 2) for early, late in pairwise(at)]
    assert pauses == [0.25, 0.25, 0.25, 0.5, 1, 2, 4, 0.25, 100]


def test_tokens_that_are_renewed_at_once_and_rejected_for_ever() -> None:
    """Each is asked for while the one before is in use, so none after its rejection: it ends all the same."""
    fetches = 0

    async def fetch(_: BearerToken | None) -> BearerToken:
        nonlocal fetches
        fetches += 1
        await asyncio.sleep(0.1)
        now = asyncio.get_running_loop().time()
        return BearerToken(f"t{fetches}", now, now + 60)

    async def main() -> None:
        shared = SharedToken(fetch)
        for _ in range(20):
            each = await shared.get()
            assert await shared.get() is each  # and the next is fetched
            await asyncio.sleep(0.05)
            shared.reject(each)
        await shared.close()

    with pytest.raises(CredentialsRefused):
        virtual.run(main())
    assert fetches <= 4


@pytest.mark.parametrize(("delivered", "fetches"), [("old", 3), ("as-old", 2)])
def test_a_fetch_that_began_before_the_rejection(delivered: str, fetches: int) -> None:
    """The same token again is not used, another is; and its own rejection says nothing about us."""
    named: list[str | None] = []
    values = iter(("old", delivered, "new", "newer"))
    fetched, rejected = asyncio.Event(), asyncio.Event()

    async def fetch(known: BearerToken | None) -> BearerToken:
        named.append(None if known is None else known.value)
        if len(named) == 2:
            fetched.set()
            await rejected.wait()
        now = asyncio.get_running_loop().time()
        return BearerToken(next(values), now + (0 if len(named) == 1 else 240), now + 300)

    async def main() -> None:
        shared = SharedToken(fetch)
        old = await shared.get()
        assert await shared.get() is old  # and is renewed in the background
        await fetched.wait()
        shared.reject(old)
        rejected.set()
        second = await shared.get()
        assert second.value == ("new" if delivered == "old" else delivered)
        assert named == [None, None, "old"][:fetches]
        if delivered == "as-old":
            shared.reject(second)
            assert (await shared.get()).value == "new"  # of two that were rejected one was fresh

    virtual.run(main())


def test_an_assertion_that_waited_too_long_is_signed_anew(settings: Settings) -> None:
    """It lives for five minutes, and the gateway may ask for a pause as long."""
    signed_at: list[float] = []

    class Signing:
        async def sign(self, _: bytes) -> bytes:
            signed_at.append(elapsed())
            return b"signature"

    way = Way()

    async def main() -> None:
        async with PrecontractualClient(settings, transport=way, now=virtual.now, signer=Signing()) as client:
            client._parts.rate_limiter.pause(280.0)
            await client._session.bearer()

    virtual.run(main())
    assert [round(at) for at in signed_at] == [0, 280]
    assert way.token_calls == 1


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
    refused_by(way, client_of)
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
    refused_by(way, client_of)
    assert said in [record.getMessage() for record in caplog.records]


def test_a_defect_in_a_fetch_is_told_to_each(caplog: pytest.LogCaptureFixture) -> None:
    """It is nobody's network trouble: raised as it is, to whoever asks, also next time."""

    fetches = 0

    async def fetch(_: BearerToken | None) -> BearerToken:
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
    told = "no token: a defect of precontractual-async (ZeroDivisionError); next attempt in 1 seconds"
    assert caplog.records[0].getMessage() == told


def test_a_fetch_has_a_name_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """What a task dump and a log at DEBUG show of it."""
    caplog.set_level(logging.DEBUG)
    names: list[str] = []

    async def fetch(_: BearerToken | None) -> BearerToken:
        task = asyncio.current_task()
        names.append(task.get_name() if task else "")
        return token()

    virtual.run(SharedToken(fetch).get())
    assert names == ["precontractual-token"]
    assert "a fresh token is in use" in [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("fault", "left", "is_for_all"),
    [
        (CredentialsRefused("x"), 0.0, False),
        (CredentialsRefused("x"), 0.5, True),
        (CredentialsRefused("x"), 30.0, True),
        (TokenUnavailable("x"), 0.5, False),
        (TokenUnavailable("x"), 30.0, False),
        (TokenUnavailable("x"), 30.5, True),
    ],
)
def test_who_is_told_at_once_that_there_is_no_token(fault: Fault, left: float, is_for_all: bool) -> None:
    """Everybody, when it will not pass or not soon; else they wait for the next fetch."""
    assert _Failure(fault, until=100.0, cool_down=1.0).is_for_all(100.0 - left) is is_for_all


@pytest.mark.parametrize(
    ("refresh_in", "expires_in", "given", "fetches"),
    [(0.0, 10.0, "old", 2), (0.1, 10.0, "old", 1), (0.0, 0.0, "new", 2), (-5.0, -1.0, "new", 2)],
)
def test_the_two_instants_of_a_token(refresh_in: float, expires_in: float, given: str, fetches: int) -> None:
    """At the first a fetch begins, at the second everybody waits for it: to the instant."""
    values = iter(("old", "new"))
    count = 0

    async def fetch(_: BearerToken | None) -> BearerToken:
        nonlocal count
        count += 1
        now = asyncio.get_running_loop().time()
        if count == 1:
            return BearerToken(next(values), now + refresh_in, now + expires_in)
        return BearerToken(next(values), now + 240, now + 300)

    async def main() -> str:
        shared = SharedToken(fetch)
        await shared.get()
        token = await shared.get()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return token.value

    assert (virtual.run(main()), count) == (given, fetches)


def test_what_an_assertion_says_after_a_look_at_the_servers_clock(
    client_of: Callable[..., PrecontractualClient],
) -> None:
    """It was issued when the server says that it is."""
    issued: list[int] = []

    def oauth(request: HttpRequest) -> HttpResponse:
        assertion = parse_qs((request.body or b"").decode())["client_assertion"][0]
        issued.append(jwt.decode(assertion, options={"verify_signature": False})["iat"])
        return reply(401, {"error": "invalid_client"}, date="Tue, 24 Nov 2026 11:00:00 GMT")

    refused_by(Way(oauth=oauth), client_of)
    first, second = issued
    assert abs(first - datetime(2026, 11, 24, 9, tzinfo=UTC).timestamp()) <= 2
    assert abs(second - datetime(2026, 11, 24, 11, tzinfo=UTC).timestamp()) <= 2


def test_why_calls_wait_for_a_token() -> None:
    """Nobody asked yet, a fetch under way, the pause after one that failed, a good token."""
    answers = asyncio.Queue[BearerToken | Fault]()

    async def fetch(_: BearerToken | None) -> BearerToken:
        answer = await answers.get()
        if isinstance(answer, Fault):
            raise answer
        return answer

    async def main() -> None:
        shared = SharedToken(fetch)
        assert shared.wait() is None
        asking = asyncio.create_task(shared.get())
        await asyncio.sleep(0)
        assert shared.wait() == Wait("a token is fetched", 0.0)
        answers.put_nowait(TokenUnavailable("the OAuth server answered 503", status=503))
        with pytest.raises(TokenUnavailable):
            await asking
        paused = shared.wait()
        assert paused is not None
        assert paused.why == "no token: the OAuth server answered 503"
        assert paused.seconds == pytest.approx(1.0)
        await asyncio.sleep(1)
        assert shared.wait() is None
        answers.put_nowait(token())
        await shared.get()
        assert shared.wait() is None

    virtual.run(main())

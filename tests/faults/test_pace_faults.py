"""F1, F2, F5 to F7, F9 to F15: storms, limits, pauses and tokens, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import ceil

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from support import virtual
from support.gateway import gateway_of, settings_of
from support.numbers import generated
from support.virtual import elapsed
from support.ways import GOOD, Way, most_in_one_second, reply

from precontractual_async import (
    Candidate,
    CredentialsRefused,
    Fault,
    GatewayDown,
    Outcome,
    Paused,
    PrecontractualClient,
    Settings,
    verify_many,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse, retry_after

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(2000))


def rows(count: int) -> list[Candidate]:
    return [Candidate(number, DAY, row=row) for row, number in enumerate(NUMBERS[:count])]


async def screened(client: PrecontractualClient, count: int) -> tuple[Counter[str], Fault | None]:
    outcomes: list[Outcome] = []
    try:
        async for outcome in verify_many(client, rows(count)):
            outcomes.append(outcome)
    except Fault as fault:
        return Counter(type(each).__name__ for each in outcomes), fault
    return Counter(type(each).__name__ for each in outcomes), None


def run(client: PrecontractualClient, count: int) -> tuple[Counter[str], Fault | None, float]:
    async def main() -> tuple[Counter[str], Fault | None, float]:
        async with client:
            await client._session.bearer()  # signing happens in a thread, which virtual time would outrun
            began = elapsed()
            return *await screened(client, count), elapsed() - began

    return virtual.run(main())


def test_f01_a_burst_of_500s(client_of: ClientFactory, settings: Settings) -> None:
    """A tenth of the calls fails for half a minute: all rows answered, at most 1.15 requests a row."""
    draw = random.Random(1)
    way = Way(lambda _: reply(500) if elapsed() < 30 and draw.random() < 0.1 else reply())
    kinds, fault, _ = run(client_of(way, evolve(settings, rate=50, concurrency=10)), 2000)
    assert (kinds, fault) == (Counter(Answered=2000), None)
    assert len(way.calls) <= 1.15 * 2000


def test_f02_500_for_ever(client_of: ClientFactory, settings: Settings) -> None:
    """Ten minutes: at most 2W+20 requests, every row pending, a clean stop."""
    way = Way(lambda _: reply(500))
    patient = evolve(settings, concurrency=10, retry=evolve(settings.retry, patience=600))
    kinds, fault, seconds = run(client_of(way, patient), 2000)
    assert isinstance(fault, GatewayDown)
    assert set(kinds) == {"Pending"}
    assert len(way.calls) <= 2 * 10 + 20
    assert 600 <= seconds < 620


@pytest.mark.parametrize("rate", [30, 50, 100])
def test_f05_429_without_a_word_on_how_long(settings: Settings, pem: str, rate: int) -> None:
    """A limit below our rate is found, and then used to nine tenths; at most W refusals for each pause."""
    way = gateway_of(pem, limit=25)

    async def main() -> float:
        async with PrecontractualClient(
            evolve(settings_of(settings), rate=rate, concurrency=10), transport=way, now=virtual.now
        ) as client:
            await screened(client, 1000)  # finds it
            calls, began = client.statistics(), elapsed()
            kinds, _ = await screened(client, 2000)
            assert kinds["Pending"] == 0
            pauses = client.statistics().pauses - calls.pauses
            refused = way.gateway.ledger.statuses[429]
            assert refused <= 10 * max(1, client.statistics().pauses)
            assert pauses <= 30
            return 2000 / (elapsed() - began)

    # the sandbox remembers answers of the first thousand as the gateway does: none; each is asked again
    assert virtual.run(main()) >= 0.9 * 25


@pytest.mark.parametrize("seconds", [1, 60])
def test_f06_429_with_a_pause(client_of: ClientFactory, settings: Settings, seconds: int) -> None:
    """Nobody asks before it is over; afterwards the pace holds."""
    refused_at: list[float] = []

    def api(_: HttpRequest) -> HttpResponse:
        if len(way.calls) == 100:
            refused_at.append(elapsed())
            return reply(429, retry_after=str(seconds))
        return reply()

    way = Way(api)
    kinds, _, _ = run(client_of(way, evolve(settings, rate=50, concurrency=10)), 300)
    assert kinds == Counter(Answered=300)
    (refused,) = refused_at
    assert not [stamp for stamp in way.stamps if refused < stamp < refused + seconds]
    assert most_in_one_second(way.stamps) <= 50


HEADERS = st.one_of(
    st.text(),
    st.integers(-(10**12), 10**12).map(str),
    st.floats().map(str),
    st.datetimes(timezones=st.just(UTC)).map(format_datetime),
    st.sampled_from(
        ["Wed, 99 Xxx 2026 99:99:99 GMT", "inf", "1e999", "0x10", "\uff11", "1 ", "Mon, 01 Jan 0001"]
    ),
)


@given(text=HEADERS, date=HEADERS)
def test_f07_any_pause(text: str, date: str) -> None:
    """Seconds, a date, the past, nonsense or beyond all bounds: a number or nothing, never an exception."""
    pause = retry_after({"retry-after": text, "date": date}, datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert pause is None or pause >= 0


def test_f07_pauses_that_end_the_run(client_of: ClientFactory) -> None:
    """Over the cap of five minutes nobody sleeps: the run stops with how long it takes."""
    way = Way(lambda _: reply(429, retry_after="1000000000"))
    _, fault, seconds = run(client_of(way), 100)
    assert isinstance(fault, Paused)
    assert seconds < 11
    past = Way(
        lambda _: reply() if len(past.calls) > 1 else reply(503, retry_after="Mon, 01 Jan 2024 00:00:00 GMT")
    )
    assert run(client_of(past), 5)[0] == Counter(Answered=5)


def test_f09_a_token_that_is_revoked(settings: Settings, pem: str) -> None:
    """With 300 calls in flight: one fetch, at most two calls a row, no row lost."""
    way = gateway_of(pem)
    way.latency = 2.0

    async def main() -> Counter[str]:
        wide = evolve(settings_of(settings), concurrency=300, rate=5000)
        async with PrecontractualClient(wide, transport=way, now=virtual.now) as client:
            await client._session.bearer()
            asyncio.get_running_loop().call_later(4.5, way.gateway.oauth.revoke_all)
            return (await screened(client, 900))[0]

    kinds = virtual.run(main())
    assert kinds["Pending"] == 0
    assert way.gateway.oauth.requests == 2
    assert way.gateway.ledger.most_of_one <= 2


def test_f10_401_for_ever(client_of: ClientFactory, settings: Settings) -> None:
    """The run stops: at most two tokens and 2W calls."""
    way = Way(lambda _: reply(401))
    _, fault, _ = run(client_of(way, evolve(settings, concurrency=10)), 500)
    assert isinstance(fault, CredentialsRefused)
    assert way.token_calls <= 2
    assert len(way.calls) <= 2 * 10


def test_f11_the_oauth_server_is_down_for_a_minute(client_of: ClientFactory, settings: Settings) -> None:
    """A thousand waiters: at most ten token requests, no call without a token, no row lost."""
    way = Way()
    way.oauth = lambda _: reply(503) if elapsed() < 60 else way.fresh_token()

    async def main() -> Counter[str]:
        async with client_of(way, evolve(settings, concurrency=1000)) as client:
            return (await screened(client, 1000))[0]

    assert virtual.run(main()) == Counter(Answered=1000)
    assert way.token_calls <= 10
    assert min(way.stamps) >= 60


def test_f12_the_oauth_server_is_slow(client_of: ClientFactory, settings: Settings) -> None:
    """A fetch of 20 seconds in the background: no call waits for it."""
    way = Way(token_life=200, token_delay=0.01)
    slowest: list[float] = []

    async def main() -> None:
        async with client_of(way, evolve(settings, rate=100)) as client:
            await client._session.bearer()
            way.token_delay = 20.0
            for number in NUMBERS[:300]:
                began = elapsed()
                await client.verify(number, DAY)
                slowest.append(elapsed() - began)
                await asyncio.sleep(2)

    virtual.run(main())
    assert max(slowest) < 0.1
    assert way.token_calls >= 4


def test_f13_invalid_client(client_of: ClientFactory) -> None:
    """Fatal at once, with one request; what the server says beyond its code is not told."""
    way = Way(
        oauth=lambda _: reply(400, {"error": "invalid_client", "error_description": "canary-of-a-body"})
    )
    kinds, fault = virtual.run(_open_and_screen(client_of(way)))
    assert isinstance(fault, CredentialsRefused)
    assert "invalid_client" in fault.diagnosis
    assert (way.token_calls, way.calls) == (1, [])
    assert set(kinds) <= {"Pending"}


async def _open_and_screen(client: PrecontractualClient) -> tuple[Counter[str], Fault | None]:
    async with client:
        return await screened(client, 100)


@pytest.mark.parametrize("life", [5, 30, 200, 299, 3600, None, 0, "60", -5])
def test_f14_lifetimes(client_of: ClientFactory, life: object) -> None:
    """Whatever the server says of a token's life: never more than one fetch at once, and none too many."""
    way = Way()
    document = {"access_token": "canary-t0ken", "token_type": "Bearer"}
    way.oauth = lambda _: reply(200, document if life is None else document | {"expires_in": life})
    real = float(life) if isinstance(life, int | str) and float(life) > 0 else 300.0

    async def main() -> None:
        async with client_of(way) as client:
            await client._session.bearer()
            began = elapsed()
            while elapsed() - began < 1200:
                await client.verify(NUMBERS[0], DAY)
                await asyncio.sleep(1)

    virtual.run(main())
    assert way.most_tokens_in_flight == 1
    assert way.token_calls <= ceil(1200 / (0.8 * real)) + 1


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=5)])
def test_f15_a_clock_that_jumps(settings: Settings, pem: str, step: timedelta) -> None:
    """Tokens live by the monotonic clock: a step of the wall clock fetches nothing anew."""
    way = gateway_of(pem)
    stepped = [timedelta(0)]

    async def main() -> None:
        using = settings_of(settings)
        async with PrecontractualClient(
            using, transport=way, now=lambda: virtual.now() + stepped[0]
        ) as client:
            await client._session.bearer()
            for _ in range(20):
                assert (await screened(client, 5))[0]["Pending"] == 0
                stepped[0] = step
                await asyncio.sleep(1)

    virtual.run(main())
    assert way.gateway.oauth.requests == 1


@pytest.mark.parametrize("minutes", [-60, 5, 60])
def test_f15_a_clock_that_is_wrong(
    settings: Settings, pem: str, minutes: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The refused assertion is signed once more by the server's own clock, and that is said once."""
    way = gateway_of(pem, token_life=60)
    off = timedelta(minutes=minutes)

    async def main() -> None:
        using = settings_of(settings)
        async with PrecontractualClient(using, transport=way, now=lambda: virtual.now() + off) as client:
            await client._session.bearer()
            assert way.gateway.oauth.requests == 2
            await asyncio.sleep(70)
            await client._session.bearer()

    virtual.run(main())
    assert way.gateway.oauth.requests == 3
    told = [each.getMessage() for each in caplog.records if "clock" in each.getMessage()]
    assert told == [f"our clock is {minutes * 60:+} seconds off; assertions go by the server's"]


def test_f15_a_refusal_that_is_not_about_the_clock(client_of: ClientFactory) -> None:
    """Our clock agrees with the server's: the refusal stands after one request. Within ten seconds it agrees."""
    for seconds, requests in ((0, 1), (9, 1), (-9, 1), (11, 2), (-11, 2)):

        def refuse(_: HttpRequest, seconds: int = seconds) -> HttpResponse:
            date = format_datetime(virtual.now() - timedelta(seconds=seconds), usegmt=True)
            return reply(401, {"error": "invalid_client"}, date=date)

        way = Way(oauth=refuse)

        async def main(way: Way = way) -> None:
            async with client_of(way) as client:
                with pytest.raises(CredentialsRefused):
                    await client._session.bearer()

        virtual.run(main())
        assert way.token_calls == requests


Handler = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]


@limits(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statuses=st.lists(st.sampled_from([200, 200, 429, 500, 503]), min_size=1, max_size=60))
def test_f43_the_limit_holds_in_every_weather(
    statuses: list[int], client_of: ClientFactory, settings: Settings
) -> None:
    """Retries and pauses included, no window of one second holds more than the rate."""
    said = iter(statuses)
    way = Way(lambda _: reply(next(said, 200), GOOD))
    kinds, _, _ = run(client_of(way, evolve(settings, rate=20, concurrency=10)), 60)
    assert kinds == Counter(Answered=60)
    assert most_in_one_second(way.stamps) <= 20

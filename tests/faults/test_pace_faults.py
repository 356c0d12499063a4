"""F1, F2, F5 to F7, F9 to F15, F49: storms, limits, pauses and tokens, in virtual time."""

from __future__ import annotations

import asyncio
import pickle
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from support import virtual
from support.gateway import gateway_of, settings_of
from support.journals import InlineJournal
from support.numbers import generated
from support.virtual import elapsed
from support.ways import GOOD, TOKEN, Way, most_in_one_second, parameters, reply

from precontractual_async import (
    Candidate,
    CredentialsRefused,
    DeadlinePassed,
    Fault,
    GatewayDown,
    Journal,
    Outcome,
    Paused,
    PrecontractualClient,
    Settings,
    TimedOut,
    TokenUnavailable,
    verify_many,
)
from precontractual_async.observability.events import Event, TokenRequestEnded
from precontractual_async.protocol.access_token import BearerToken
from precontractual_async.protocol.wire import HttpRequest, HttpResponse, retry_after

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(2000))


def rows(count: int) -> list[Candidate]:
    return [Candidate(number, DAY, row=row) for row, number in enumerate(NUMBERS[:count])]


async def screened(
    client: PrecontractualClient, count: int, journal: Journal | None = None, *, after: int = 0
) -> tuple[Counter[str], Fault | None]:
    """What became of `count` rows behind the first so many."""
    outcomes: list[Outcome] = []
    try:
        async for outcome in verify_many(client, rows(after + count)[after:], journal=journal):
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


def test_f02_what_an_outage_costs(client_of: ClientFactory, settings: Settings, tmp_path: Path) -> None:
    """Ten minutes of 500s, a stop, and the rest of the list by the next run: at most 1.2 requests a row."""
    way = Way(lambda _: reply(500))
    journal = InlineJournal.at(tmp_path / "j.db")
    patient = evolve(settings, concurrency=10, retry=evolve(settings.retry, patience=600))

    async def main() -> list[Counter[str]]:
        async with client_of(way, patient) as client:
            await client._session.bearer()
            before, fault = await screened(client, 200, journal)
            assert isinstance(fault, GatewayDown)
            way.api = lambda _: reply()
            return [before, (await screened(client, 200, journal))[0]]

    before, after = virtual.run(main())
    assert set(before) == {"Pending"}
    assert after == Counter(Answered=200)
    assert len(way.calls) <= 1.2 * 200


@pytest.mark.parametrize("rate", [30, 50, 100])
def test_f05_429_without_a_word_on_how_long(settings: Settings, pem: str, rate: int) -> None:
    """A limit below our rate is found, and then used to nine tenths; at most W refusals for each pause."""
    way = gateway_of(pem, limit=25)

    async def main() -> float:
        async with PrecontractualClient(
            evolve(settings_of(settings), rate=rate, concurrency=10), transport=way, now=virtual.now
        ) as client:
            await screened(client, 500)  # finds it
            calls, began = client.statistics(), elapsed()
            kinds, _ = await screened(client, 1000)
            assert kinds["Pending"] == 0
            pauses = client.statistics().pauses - calls.pauses
            refused = way.gateway.ledger.statuses[429]
            assert refused <= 10 * max(1, client.statistics().pauses)
            assert pauses <= 30
            return 1000 / (elapsed() - began)

    # the sandbox remembers answers of the first of them as the gateway does: none; each is asked again
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
    way.latency = 4.0

    async def main() -> tuple[Counter[str], Fault | None]:
        wide = evolve(settings_of(settings), concurrency=300, rate=5000)
        async with PrecontractualClient(wide, transport=way, now=virtual.now) as client:
            await screened(client, 600)  # one place more with each answer: now there are 300
            assert way.gateway.oauth.requests == 1
            asyncio.get_running_loop().call_later(1.0, way.gateway.oauth.revoke_all)  # before one arrives
            return await screened(client, 300, after=600)

    kinds, fault = virtual.run(main())
    assert fault is None
    assert set(kinds) <= {"Answered", "Rejected"}
    assert kinds.total() == 300
    ledger = way.gateway.ledger
    assert way.gateway.oauth.requests == 2
    assert (ledger.statuses[401], ledger.calls, ledger.most_of_one) == (300, 1200, 2)


def test_f09_401_after_401_with_another_fault_between(client_of: ClientFactory, settings: Settings) -> None:
    """One row meets both revocations of tokens that were good, and an outage's end between: it is answered too."""
    unlucky = next(generated(1))
    said = iter([401, 502, 401])
    way = Way(lambda request: reply(next(said, 200) if parameters(request)["citizen"] == unlucky else 200))
    kinds, fault, _ = run(client_of(way, evolve(settings, rate=50, concurrency=3)), 100)
    assert (kinds, fault) == (Counter(Answered=100), None)
    assert way.token_calls == 3


@pytest.mark.parametrize(("seed", "rate", "width"), [(39, 20, 3), (1, 5, 10)])
def test_f09_now_and_then_a_401(
    client_of: ClientFactory, settings: Settings, seed: int, rate: int, width: int
) -> None:
    """Three calls in a hundred find their token revoked, two fresh tokens in a row among them: a fetch for each
    revoked token, at most two calls more, and no row lost. Who waits for a slot meanwhile takes the next token.
    """
    draw, revoked, rejections = random.Random(seed), set[str](), 0

    def api(request: HttpRequest) -> HttpResponse:
        nonlocal rejections
        token = request.headers["Authorization"]
        if token not in revoked and draw.random() < 0.03:
            revoked.add(token)
        rejections += token in revoked
        return reply(401) if token in revoked else reply()

    way = Way(api)
    kinds, fault, _ = run(client_of(way, evolve(settings, rate=rate, concurrency=width)), 2000)
    assert (kinds, fault) == (Counter(Answered=2000), None)
    assert 40 < len(revoked) < 80
    assert way.token_calls == 1 + len(revoked)
    assert len(way.calls) == 2000 + rejections <= 2000 + 2 * len(revoked)


def test_f09_a_row_that_meets_nothing_but_401(client_of: ClientFactory, settings: Settings) -> None:
    """Others are answered with the same tokens: the row is given up after its time, and the run goes on."""
    unlucky = next(generated(1))
    way = Way(lambda request: reply(401 if parameters(request)["citizen"] == unlucky else 200))
    retry = evolve(settings.retry, batch_deadline=20.0)
    kinds, fault, _ = run(client_of(way, evolve(settings, rate=10, concurrency=3, retry=retry)), 300)
    assert (kinds, fault) == (Counter(Answered=299, Pending=1), None)
    assert way.token_calls <= 1 + 10


def test_f09_a_deadline_holds_in_a_storm(client_of: ClientFactory, settings: Settings) -> None:
    """Every call but a few finds its token revoked: whoever has three seconds is told after three seconds."""
    way = Way(lambda request: reply(401 if parameters(request)["citizen"] == NUMBERS[0] else 200))

    async def main() -> None:
        async with client_of(way) as client:
            await client.verify(NUMBERS[1], DAY)
            began = elapsed()
            others = asyncio.create_task(screened(client, 1000, after=1))
            with pytest.raises(DeadlinePassed):
                await client.verify(NUMBERS[0], DAY, deadline=3.0)
            assert elapsed() - began == pytest.approx(3.0, abs=0.01)
            await others

    virtual.run(main())


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


def test_f11_a_thousand_at_the_token(client_of: ClientFactory) -> None:
    """A thousand tasks ask for the token itself, and again when they are told there is none: one fetch for all."""
    way = Way()
    way.oauth = lambda _: reply(503) if elapsed() < 60 else way.fresh_token()

    async def waiter(client: PrecontractualClient) -> str:
        while True:
            try:
                return (await client._session.bearer()).value
            except TokenUnavailable:
                await asyncio.sleep(0.5)

    async def main() -> set[str]:
        async with client_of(way) as client:
            tokens = await asyncio.gather(*(waiter(client) for _ in range(1000)))
            assert len(tokens) == 1000
            return set(tokens)

    assert virtual.run(main()) == {f"{TOKEN}-1"}
    assert way.token_calls <= 10
    assert way.most_tokens_in_flight == 1


def test_f12_the_oauth_server_is_slow(client_of: ClientFactory) -> None:
    """Fetches of 20 seconds in the background, and twenty callers: no call waits for one."""
    way = Way(token_life=200, token_delay=0.01)
    lasted: list[float] = []

    async def caller(client: PrecontractualClient, first: int) -> None:
        await asyncio.sleep(first / 4)
        for number in NUMBERS[first : first + 120]:
            began = elapsed()
            await client.verify(number, DAY)
            lasted.append(elapsed() - began)
            await asyncio.sleep(5)

    async def main() -> None:
        async with client_of(way) as client:
            await client._session.bearer()
            way.token_delay = 20.0
            await asyncio.gather(*(caller(client, first) for first in range(20)))

    virtual.run(main())
    assert len(lasted) == 20 * 120
    assert max(lasted) < 0.1
    assert way.token_calls >= 4


def test_f13_invalid_client(client_of: ClientFactory) -> None:
    """Fatal at once, with one request; what the server says beyond its code is not in the fault."""
    said = {
        "error": "invalid_client",
        "error_description": "canary-of-a-body",
        "error_uri": "canary-of-a-body",
    }
    way = Way(oauth=lambda _: reply(400, said))
    kinds, fault = virtual.run(_open_and_screen(client_of(way)))
    assert isinstance(fault, CredentialsRefused)
    assert (
        fault.diagnosis == "the OAuth server does not accept the client id or its signature (invalid_client)"
    )
    assert b"canary" not in pickle.dumps(fault)
    assert not [text for text in (*fault.args, *vars(fault).values()) if "canary" in str(text)]
    assert (way.token_calls, way.calls) == (1, [])
    assert set(kinds) <= {"Pending"}


async def _open_and_screen(client: PrecontractualClient) -> tuple[Counter[str], Fault | None]:
    async with client:
        return await screened(client, 100)


@pytest.mark.parametrize("life", [5, 30, 200, 299, 3600, None, 0, "60", -5])
def test_f14_lifetimes(client_of: ClientFactory, settings: Settings, life: object) -> None:
    """Whatever the server says of a token's life: never two fetches at once, none too many, and no call with a
    token that has expired, also when fifty come just before its end and wait for their slots beyond it."""
    real = float(life) if isinstance(life, int | str) and float(life) > 0 else 300.0
    ends: dict[str, float] = {}
    late: list[float] = []

    def oauth(_: HttpRequest) -> HttpResponse:
        value = f"canary-t0ken-{len(ends)}"
        ends[value] = elapsed() - way.token_delay + real
        document = {"access_token": value, "token_type": "Bearer", "expires_in": life}
        return reply(200, {name: each for name, each in document.items() if each is not None})

    def api(request: HttpRequest) -> HttpResponse:
        left = ends[request.headers["Authorization"].removeprefix("Bearer ")] - way.stamps[-1]
        late.extend([left] if left <= 0 else [])
        return reply()

    way = Way(api, oauth=oauth, delay=0.0)

    async def caller(client: PrecontractualClient, one: int) -> None:
        await asyncio.sleep(one / 50 * real / 4)
        for _ in range(8):
            await client.verify(NUMBERS[one], DAY)
            await asyncio.sleep(real / 4)

    async def main() -> float:
        async with client_of(way, evolve(settings, rate=max(1.0, 500 / real))) as client:
            await client._session.bearer()
            began = elapsed()
            for _ in range(6):
                await asyncio.sleep(max(ends.values()) - 0.03 * real - elapsed())
                await asyncio.gather(*(client.verify(number, DAY) for number in NUMBERS[:50]))
            await asyncio.gather(*(caller(client, one) for one in range(50)))
            return elapsed() - began

    lasted = virtual.run(main())
    assert len(way.calls) == 50 * 14
    assert late == []
    assert way.most_tokens_in_flight == 1
    assert way.token_calls <= ceil(lasted / (0.8 * real)) + 1


@pytest.mark.parametrize(
    "step", [timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=5), timedelta(minutes=-5)]
)
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


@pytest.mark.parametrize(
    ("minutes", "requests"),
    [(-60, 2), (-5, 1), (5, 2), (60, 2)],  # what is five minutes old just holds: no second request is needed
)
def test_f15_a_clock_that_is_wrong(
    settings: Settings, pem: str, minutes: int, requests: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The refused assertion is signed once more by the server's own clock, and that is said once."""
    way = gateway_of(pem, token_life=60)
    off = timedelta(minutes=minutes)

    async def main() -> None:
        using = settings_of(settings)
        async with PrecontractualClient(using, transport=way, now=lambda: virtual.now() + off) as client:
            await client._session.bearer()
            assert way.gateway.oauth.requests == requests
            await asyncio.sleep(70)
            await client._session.bearer()

    virtual.run(main())
    assert way.gateway.oauth.requests == requests + 1
    told = [each.getMessage() for each in caplog.records if "clock" in each.getMessage()]
    off_by = f"our clock is {minutes * 60:+} seconds off; assertions go by the server's"
    assert told == ([off_by] if requests == 2 else [])


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
    """Retries, pauses and tokens included, no window of one second holds more than the rate."""
    said = iter(statuses)
    way = Way(lambda _: reply(next(said, 200), GOOD), token_life=2)
    kinds, _, _ = run(client_of(way, evolve(settings, rate=20, concurrency=10)), 60)
    assert kinds == Counter(Answered=60)
    assert most_in_one_second(sorted(way.stamps + way.token_stamps)) <= 20


def test_f43_a_token_request_is_a_call(client_of: ClientFactory, settings: Settings) -> None:
    """At two calls a second and a token every few seconds the requests for tokens take the place of calls."""
    way = Way(token_life=5)
    kinds, _, _ = run(client_of(way, evolve(settings, rate=2, concurrency=2)), 40)
    assert kinds == Counter(Answered=40)
    assert len(way.token_stamps) == way.token_calls >= 4
    assert most_in_one_second(sorted(way.stamps + way.token_stamps)) <= 2


def test_f43_the_limit_is_used(client_of: ClientFactory, settings: Settings) -> None:
    """With nothing in the way, calls and token requests together come at 0.97 of the rate at least."""
    way = Way(token_life=5)
    kinds, _, _ = run(client_of(way, evolve(settings, rate=50, concurrency=10)), 500)
    assert kinds == Counter(Answered=500)
    assert len(way.token_stamps) >= 3
    stamps = sorted(way.stamps + way.token_stamps)
    assert (len(stamps) - 1) / (stamps[-1] - stamps[0]) >= 0.97 * 50
    assert most_in_one_second(stamps) <= 50


class Stuck:
    """A signer, or a provider of tokens, that answers after `seconds`."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = iter(seconds)

    async def sign(self, _: bytes) -> bytes:
        await asyncio.sleep(next(self.seconds, 0.0))
        return b"signature"

    async def fetch(self, _: BearerToken | None) -> BearerToken:
        await asyncio.sleep(next(self.seconds, 0.0))
        return BearerToken.lasting("t", 300, since=asyncio.get_running_loop().time())


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("signer", "the signer did not answer in time"),
        ("tokens", "the token provider did not answer in time"),
    ],
)
def test_f49_who_hangs_holds_nobody_for_longer_than_an_attempt(
    settings: Settings, role: str, says: str
) -> None:
    """A signer or a provider that does not answer is a token that is not to be had for now; then it is tried again."""
    stuck = Stuck(1e9, 1e9)
    given: dict[str, Any] = {role: stuck}
    patient = evolve(settings, attempt_timeout=10.0)

    async def main() -> None:
        async with PrecontractualClient(patient, transport=Way(), now=virtual.now, **given) as client:
            with pytest.raises(TokenUnavailable, match=f"^{says}$"):
                await client._session.bearer()
            assert round(elapsed(), 1) == 10
            await client.verify(NUMBERS[0], DAY)  # the second hangs as well, after a pause of a second
            assert 21 < elapsed() < 25

    virtual.run(main())


@pytest.mark.parametrize(
    ("signing", "oauth", "kind"),
    [
        ((6.0,), 1e9, TimedOut),
        ((6.0, 6.0), 0.1, TokenUnavailable),  # the second signature is for the server's clock
    ],
)
def test_f49_a_fetch_takes_no_longer_than_an_attempt(
    settings: Settings, signing: tuple[float, ...], oauth: float, kind: type[Fault]
) -> None:
    """Both requests together, signing included; and who listens is told what became of the request."""
    way = Way(token_delay=oauth)
    way.oauth = lambda _: reply(401, {"error": "invalid_client"}, date="Tue, 24 Nov 2026 10:00:00 GMT")
    told: list[Event] = []
    patient = evolve(settings, attempt_timeout=10.0)

    async def main() -> None:
        client = PrecontractualClient(
            patient, transport=way, now=virtual.now, signer=Stuck(*signing), observer=told.append
        )
        async with client:
            with pytest.raises(kind):
                await client._session.bearer()
            assert round(elapsed(), 1) == 10

    virtual.run(main())
    ended = [each.failure.kind for each in told if isinstance(each, TokenRequestEnded) and each.failure]
    assert ended == ["TimedOut" if kind is TimedOut else "CredentialsRefused"]


def test_f49_a_pause_is_no_hanging(settings: Settings) -> None:
    """The wait for a slot is not bounded by the time for one attempt."""
    patient = evolve(settings, attempt_timeout=10.0)

    async def main() -> None:
        async with PrecontractualClient(
            patient, transport=Way(), now=virtual.now, signer=Stuck(6.0)
        ) as client:
            client._parts.rate_limiter.pause(100.0)
            await client.verify(NUMBERS[0], DAY)
            assert 100 < elapsed() < 102

    virtual.run(main())


def test_f49_signing_is_no_part_of_the_slot(settings: Settings) -> None:
    """A slow signer signs before the slot is taken: what is sent in one second stays within the rate."""
    slow, way = Stuck(0.9), Way()

    async def main() -> None:
        five = evolve(settings, rate=5.0, concurrency=10)
        async with PrecontractualClient(five, transport=way, now=virtual.now, signer=slow) as client:
            client._session.token._token = BearerToken("t", elapsed() + 1e3, elapsed() + 1e5)
            asking = [client.verify(number, DAY) for number in generated(20)]
            calls = asyncio.gather(*asking)
            await asyncio.sleep(1.0)
            client._session.token._start()
            await calls

    virtual.run(main())
    assert way.token_calls == 1
    assert most_in_one_second(sorted(way.stamps + way.token_stamps)) <= 5

"""One question: the order of place, token and slot; retries; what everybody feels."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import date, timedelta
from email.utils import format_datetime
from typing import cast

import pytest
from attrs import asdict, evolve
from support import virtual
from support.numbers import CITIZEN, generated
from support.virtual import elapsed
from support.ways import Way, most_in_one_second, parameters, reply

from precontractual_async import (
    Answered,
    Candidate,
    CredentialsRefused,
    Deferred,
    InvalidQuery,
    InvalidSettings,
    Paused,
    PrecontractualClient,
    Query,
    RequestRejected,
    ServerError,
    Settings,
    StartDateNotOpen,
    Status,
    TokenUnavailable,
    screen,
    verify_many,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = date(2026, 12, 1)


def fail_first(times: int, response: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
    """A gateway that answers `response` so many times and then well."""
    left = [times]

    def api(_: HttpRequest) -> HttpResponse:
        left[0] -= 1
        return response if left[0] >= 0 else reply()

    return api


def test_verify_answers(client_of: ClientFactory) -> None:
    """One question gets its answer with one call and one token."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            answer = await client.verify("07.01.01-899.01", "1/12/2026")
            assert answer.flexi_job.status is Status.NOK
            assert answer.student_job.hours_remaining == 50
            assert client.statistics().token_requests == 1

    virtual.run(main())
    assert len(way.calls) == 1


def test_a_client_that_is_not_open_says_so(client_of: ClientFactory) -> None:
    """Forgetting `async with` is told, of one question and of many, and nothing was sent."""
    way = Way()

    async def main() -> None:
        with pytest.raises(RuntimeError, match="async with"):
            await client_of(way).verify(CITIZEN, DAY)
        with pytest.raises(RuntimeError, match="async with"):
            await screen(client_of(way), [CITIZEN], DAY)

    virtual.run(main())
    assert way.token_calls == 0


def test_a_client_is_opened_once(client_of: ClientFactory) -> None:
    """A second block would close it for the first."""

    async def main() -> None:
        async with client_of(Way()) as client:
            with pytest.raises(RuntimeError, match="open already"):
                await client.__aenter__()
            await client.verify(CITIZEN, DAY)

    virtual.run(main())


def test_one_question_and_what_came_of_it(client_of: ClientFactory) -> None:
    """Each kind of outcome, without an error, told in the reader's language; the errors say as much."""
    unknown = {"issues": [{"name": "citizen", "detail": "unknown"}], "status": 400}

    async def main() -> None:
        async with client_of(Way()) as client:
            assert isinstance(await client.outcome(CITIZEN, DAY), Answered)
            refused = await client.outcome("123", DAY)
            assert refused.explain("fr").reason == "NISS : 3 chiffres au lieu de 11"
            assert isinstance(await client.outcome(CITIZEN, DAY + timedelta(days=400)), Deferred)
            with pytest.raises(ValueError, match="one of nl, fr, de, en"):
                refused.explain("NL")
        async with client_of(Way(lambda _: reply(400, unknown))) as client:
            rejected = await client.outcome(CITIZEN, DAY)
            assert rejected.next_step == "Check the number with the citizen."
            with pytest.raises(RequestRejected) as error:
                await client.verify(CITIZEN, DAY)
            assert error.value.next_step == rejected.next_step
        async with client_of(Way(lambda _: reply(500, {}))) as client:
            late = await client.outcome(CITIZEN, DAY, deadline=0.5)
            assert late.explain("nl").reason.endswith(
                "geen antwoord binnen de 0.5 seconden die de aanvrager gaf"
            )

    virtual.run(main())


def test_what_is_no_question(client_of: ClientFactory) -> None:
    """A number alone has no date: it is said, and not taken for a row of somebody."""

    async def main() -> None:
        async with client_of(Way()) as client:
            with pytest.raises(TypeError, match="a Candidate or a Query"):
                _ = [each async for each in verify_many(client, cast("list[Candidate]", [CITIZEN]))]

    virtual.run(main())


def test_five_hundred_concurrent_calls_share_one_token(client_of: ClientFactory) -> None:
    """However many tasks start cold, one token is fetched."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(500)))

    virtual.run(main())
    assert (way.token_calls, len(way.calls)) == (1, 500)


@pytest.mark.parametrize("rate", [1, 5, 50, 200, 1000])
def test_no_window_of_one_second_exceeds_the_rate(
    client_of: ClientFactory, settings: Settings, rate: int
) -> None:
    """Calls keep within the rate in every window, and close to it on average."""
    way = Way()
    wanted = min(rate * 10, 5000)

    async def main() -> None:
        async with client_of(way, evolve(settings, rate=rate, concurrency=200)) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(wanted)))

    virtual.run(main())
    assert most_in_one_second(way.stamps) <= rate
    assert (wanted - 1) / (way.stamps[-1] - way.stamps[0]) >= 0.97 * rate


def test_server_errors_are_tried_again(client_of: ClientFactory) -> None:
    """A gateway that fails and recovers costs time, not the answer."""
    way = Way(fail_first(5, reply(500)))

    async def main() -> None:
        async with client_of(way) as client:
            assert (await client.verify(CITIZEN, DAY)).student_job.status is Status.OK
            assert client.statistics().retries == 5

    virtual.run(main())
    assert len(way.calls) == 6


def test_server_errors_for_ever_end_with_the_fault(client_of: ClientFactory) -> None:
    """After the policy's attempts the fault itself is raised, never a made-up answer."""
    way = Way(lambda _: reply(500))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(ServerError, match="answered 500"):
                await client.verify(CITIZEN, DAY)

    virtual.run(main())
    assert len(way.calls) == 8


def test_rejections_are_sent_once(client_of: ClientFactory) -> None:
    """A 400 about the query is final: one call."""
    way = Way(lambda _: reply(400, {"issues": [{"name": "citizen", "detail": "no", "in": "query"}]}))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(RequestRejected, match="does not know this SSIN"):
                await client.verify(CITIZEN, DAY)

    virtual.run(main())
    assert len(way.calls) == 1


def test_local_refusals_send_nothing(client_of: ClientFactory) -> None:
    """What cannot be asked is told with every reason, and nothing goes out, not even for a token."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(InvalidQuery) as refused:
                await client.verify("07010189902", "2026-11-23")
            assert len(refused.value.violations) == 2
            with pytest.raises(StartDateNotOpen) as early:
                await client.verify(CITIZEN, "2027-01-04")
            assert early.value.opens_on == date(2026, 12, 1)

    virtual.run(main())
    assert (way.token_calls, way.calls) == (0, [])


def test_revoked_token_costs_one_refresh_and_one_resend(client_of: ClientFactory) -> None:
    """300 calls in flight with a revoked token: one refresh, at most two calls for each."""
    way = Way(lambda request: reply(401) if request.headers["Authorization"].endswith("-1") else reply())

    async def main() -> None:
        using = client_of(way)
        async with PrecontractualClient(
            evolve(using.settings, concurrency=300), transport=way, now=virtual.now
        ) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(300)))

    virtual.run(main())
    assert way.token_calls == 2
    assert len(way.calls) <= 600


def test_an_answer_that_came_is_not_lost_to_a_cancellation(client_of: ClientFactory) -> None:
    """Sixty answers come together, and everybody gives up at that moment: each consultation is logged there.

    So it is for a batch, which keeps what it is told. Whoever verifies and gives up is not there to be told.
    """
    opened = asyncio.Event()

    async def api(_: HttpRequest) -> HttpResponse:
        await opened.wait()
        return reply()

    async def main() -> int:
        way = Way()
        using = evolve(client_of(way).settings, concurrency=60, rate=100_000)
        async with PrecontractualClient(using, transport=way, now=virtual.now) as client:
            await asyncio.gather(
                *(client.verify(number, DAY) for number in generated(60))
            )  # all places are open
            way.api = api
            planned = [client.planner().plan(Candidate(number, DAY)) for number in generated(60)]
            asking = [asyncio.create_task(client.ask(each)) for each in planned if isinstance(each, Query)]
            await asyncio.sleep(1)
            assert len(way.calls) == 120
            opened.set()
            await asyncio.sleep(0)
            for task in asking:
                task.cancel()
            await asyncio.wait(asking)
        return sum(not task.cancelled() for task in asking)

    assert virtual.run(main()) == 60


def test_every_token_rejected_stops_with_two_tokens(client_of: ClientFactory) -> None:
    """A gateway that rejects also the fresh token is not asked for ever."""
    way = Way(lambda _: reply(401))

    async def main() -> None:
        async with client_of(way) as client:
            answers = [client.verify(number, DAY) for number in generated(300)]
            results = await asyncio.gather(*answers, return_exceptions=True)
            assert {type(result) for result in results} == {CredentialsRefused}

    virtual.run(main())
    assert way.token_calls == 2
    assert len(way.calls) <= 100  # twice the places on the wire


def test_short_lived_tokens_are_refreshed_in_the_background(client_of: ClientFactory) -> None:
    """With tokens of two seconds no call fails, and never two token requests are under way at once."""
    way = Way(token_life=2)

    async def main() -> None:
        async with client_of(way) as client:
            for number in generated(200):
                await client.verify(number, DAY)
                await asyncio.sleep(0.1)

    virtual.run(main())
    assert way.most_tokens_in_flight == 1
    assert way.token_calls <= (way.stamps[-1] - way.stamps[0]) / (0.8 * 2) + 1


def test_retry_after_holds_everybody(client_of: ClientFactory) -> None:
    """One 429 with Retry-After: nobody sends before it is over, and then at the pace again."""
    way = Way(fail_first(1, reply(429, retry_after="7")))

    async def main() -> None:
        using = client_of(way)
        async with PrecontractualClient(
            evolve(using.settings, rate=50), transport=way, now=virtual.now
        ) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(200)))
            assert client.statistics().pauses == 1

    virtual.run(main())
    first = way.stamps[0]
    known = first + way.delay
    assert not [stamp for stamp in way.stamps if known < stamp < known + 7]
    assert most_in_one_second(way.stamps) <= 50


def test_a_pause_too_long_to_sleep_through_is_told(client_of: ClientFactory) -> None:
    """A Retry-After beyond the cap is raised at once, with how long it is."""
    way = Way(lambda _: reply(429, retry_after="3600"))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(Paused) as paused:
                await client.verify(CITIZEN, DAY)
            assert paused.value.retry_after == 3600
            assert virtual.elapsed() < 5

    virtual.run(main())


def test_token_endpoint_down_for_a_minute(client_of: ClientFactory) -> None:
    """A thousand waiters cost a handful of token requests, and all are answered afterwards."""
    way = Way()
    way.oauth = lambda _: reply(503) if virtual.elapsed() < 60 else way.fresh_token()

    async def main() -> None:
        async with client_of(way) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(1000)))

    virtual.run(main())
    assert way.token_calls <= 10
    assert len(way.calls) == 1000


def test_an_oauth_server_that_asks_for_a_pause_gets_it(client_of: ClientFactory) -> None:
    """Retry-After of the OAuth server: nobody asks it before, and everybody is answered after."""
    way = Way()
    way.oauth = lambda _: reply(429, retry_after="70") if virtual.elapsed() < 60 else way.fresh_token()

    async def main() -> None:
        async with client_of(way) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(100)))
            assert 70 < virtual.elapsed() < 110

    virtual.run(main())
    assert way.token_calls == 2


def test_refused_credentials_are_asked_for_once(client_of: ClientFactory) -> None:
    """invalid_client is fatal at once, for all waiters, with one request."""
    way = Way(oauth=lambda _: reply(401, {"error": "invalid_client"}))

    async def main() -> None:
        async with client_of(way) as client:
            answers = [client.verify(number, DAY) for number in generated(100)]
            results = await asyncio.gather(*answers, return_exceptions=True)
            assert {type(result) for result in results} == {CredentialsRefused}
            assert len({id(result) for result in results}) == 100

    virtual.run(main())
    assert (way.token_calls, way.calls) == (1, [])


def test_a_cancelled_caller_does_not_take_the_token_along(client_of: ClientFactory) -> None:
    """Who waits for the token and goes away leaves the fetch to the others."""
    way = Way(token_delay=5)

    async def main() -> None:
        async with client_of(way) as client:
            first = asyncio.create_task(client.verify(CITIZEN, DAY))
            second = asyncio.create_task(client.verify("10010190162", DAY))
            await asyncio.sleep(0.1)
            first.cancel()
            assert (await second).student_job.status is Status.OK

    virtual.run(main())
    assert way.token_calls == 1


def test_cancelled_callers_leave_nothing_behind(client_of: ClientFactory, settings: Settings) -> None:
    """Half of the callers go away at odd moments: no place is lost, the pace holds, the others are answered."""
    way = Way(delay=0.3)
    draw = random.Random(7)

    async def impatient(client: PrecontractualClient, number: str) -> Status | None:
        try:
            async with asyncio.timeout(draw.choice((0.0, 0.01, 0.06, 0.2, 0.5, 2, None, None, None, None))):
                return (await client.verify(number, DAY)).student_job.status
        except TimeoutError:
            return None

    async def main() -> None:
        async with client_of(way, evolve(settings, rate=50, concurrency=10)) as client:
            found = await asyncio.gather(*(impatient(client, number) for number in generated(600)))
            assert found.count(Status.OK) >= 200
            again = await asyncio.gather(*(client.verify(number, DAY) for number in generated(50, seed=2)))
            assert len(again) == 50

    virtual.run(main())
    assert most_in_one_second(way.stamps) <= 50


def test_the_oauth_servers_date_is_a_pause_too(client_of: ClientFactory) -> None:
    """Retry-After as a date, against our own clock when the answer has no Date; token requests are counted."""
    until = virtual.START + timedelta(seconds=400)
    way = Way(oauth=lambda _: reply(503, retry_after=format_datetime(until, usegmt=True)))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(TokenUnavailable) as raised:
                await client._session.bearer()
            left = (until - virtual.now()).total_seconds()
            assert raised.value.retry_after == pytest.approx(left, abs=2)
            way.oauth = None
            await asyncio.sleep(left + 1)
            await client._session.bearer()
            assert client.statistics().token_requests == 2

    virtual.run(main())


def test_a_closed_way_says_so(client_of: ClientFactory) -> None:
    """Whatever is called before `async with`."""
    client = PrecontractualClient(client_of(Way()).settings)
    request = HttpRequest("GET", "http://127.0.0.1:9/", {})
    with pytest.raises(RuntimeError) as raised:
        asyncio.run(client._session.send(request))
    assert str(raised.value) == "the client is not open: use it in `async with`"


def test_retries_are_calls_that_were_sent_again(client_of: ClientFactory) -> None:
    """Not the first call after a token that was late, nor an attempt that an outage still holds back."""

    async def main() -> list[int]:
        late = Way(oauth=lambda _: reply(503, {}) if elapsed() < 5 else late.fresh_token())
        async with client_of(late) as client:
            await client.verify(CITIZEN, "2026-12-01")
            told = [client.statistics().retries, len(late.calls)]
        down = Way(lambda _: reply(503, {}))
        async with client_of(down) as client:
            candidates = [Candidate(number, "2026-12-01") for number in generated(100)]
            batch = asyncio.ensure_future(anext(verify_many(client, candidates)))
            await asyncio.sleep(30)
            queries = {parameters(request)["citizen"] for request in down.calls}
            told += [client.statistics().retries - (len(down.calls) - len(queries))]
            batch.cancel()
            await asyncio.wait([batch])
        return told

    assert virtual.run(main()) == [0, 1, 0]


async def test_from_env_takes_what_the_constructor_takes(settings: Settings, pem: str) -> None:
    """With a signer no key has to be set; who listens hears."""
    heard: list[object] = []

    class Signs:
        async def sign(self, signing_input: bytes) -> bytes:
            raise NotImplementedError(signing_input)

    environ = {
        "PRECONTRACTUAL_ENVIRONMENT": "simulation",
        "PRECONTRACTUAL_CLIENT_ID": "c",
        "PRECONTRACTUAL_ENTERPRISE_NUMBER": "0880820673",
    }
    with pytest.raises(InvalidSettings, match="KEY_FILE"):
        PrecontractualClient.from_env(environ)
    client = PrecontractualClient.from_env(environ, signer=Signs(), observer=heard.append)
    assert client.instrumentation is not None
    figures = asdict(client.statistics())
    assert (figures["is_ready"], figures["not_ready_because"]) == (False, "the client is not open")

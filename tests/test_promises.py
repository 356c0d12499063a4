"""The promises, client and gateway together in virtual time: real signatures, real rules, no waiting."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter

import pytest
from attrs import evolve
from support import virtual
from support.gateway import GatewayWay, gateway_of, settings_of

from precontractual_async import (
    Answered,
    CallerRejected,
    Candidate,
    Outcome,
    PrecontractualClient,
    Rejected,
    Settings,
    Status,
    screen,
    verify_many,
)
from precontractual_async.sandbox import SCENARIOS, Faults, Kind, generate_ssins

DAY = "2026-12-01"


def client(way: GatewayWay, settings: Settings, kind: Kind = Kind.EMPLOYER) -> PrecontractualClient:
    draw = random.Random(1).random
    return PrecontractualClient(settings_of(settings, kind), transport=way, now=virtual.now, jitter=draw)


def test_five_hundred_calls_one_token(settings: Settings, pem: str) -> None:
    """500 concurrent verifications with a cold client: one token request."""
    way = gateway_of(pem)

    async def main() -> None:
        async with client(way, settings) as one:
            calls = (one.verify(number, DAY) for number in generate_ssins(500))
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert not [r for r in results if isinstance(r, Exception) and "know this SSIN" not in str(r)]

    virtual.run(main())
    assert way.gateway.oauth.requests == 1


def test_tokens_of_two_seconds_over_twenty(settings: Settings, pem: str) -> None:
    """No call fails, no 401 comes, and never two token requests are under way at once."""
    way = gateway_of(pem, token_life=2)

    async def main() -> Counter[str]:
        async with client(way, evolve(settings, rate=50)) as one:
            stream = verify_many(one, (Candidate(n, DAY) for n in generate_ssins(1000)))
            return Counter([type(outcome).__name__ async for outcome in stream])

    kinds = virtual.run(main())
    ledger = way.gateway.ledger
    assert set(kinds) == {"Answered", "Rejected"}
    assert set(ledger.statuses) == {200, 400}
    assert ledger.most_tokens_in_flight == 1
    assert ledger.stamps[-1] - ledger.stamps[0] > 20


def test_a_revoked_token_under_three_hundred_calls(settings: Settings, pem: str) -> None:
    """One refresh, at most two calls for each row, and every row answered."""
    way = gateway_of(pem)
    way.latency = 4.0

    async def main() -> list[object]:
        async with client(way, evolve(settings, concurrency=300)) as one:
            numbers = list(generate_ssins(900, seed=3))
            warm = [outcome async for outcome in verify_many(one, [Candidate(n, DAY) for n in numbers[:600]])]
            calls = [asyncio.create_task(one.verify(n, DAY)) for n in numbers[600:]]
            await asyncio.sleep(1.0)  # virtual: all 300 are on the wire, and none has arrived
            way.gateway.oauth.revoke_all()
            return [*warm, *await asyncio.gather(*calls, return_exceptions=True)]

    results = virtual.run(main())
    assert way.gateway.oauth.requests == 2
    assert way.gateway.ledger.statuses[401] == 300
    assert way.gateway.ledger.most_of_one <= 2
    assert not [r for r in results if isinstance(r, Exception) and "know this SSIN" not in str(r)]


@pytest.mark.parametrize("rate", [5, 50, 200])
def test_the_limit_is_used_and_never_exceeded(settings: Settings, pem: str, rate: int) -> None:
    """At the gateway's own limit: no 429, and 0.97 of it on average."""
    way = gateway_of(pem, limit=rate)

    async def main() -> None:
        async with client(way, evolve(settings, rate=rate)) as one:
            async for _ in verify_many(
                one, (Candidate(n, DAY) for n in generate_ssins(min(20 * rate, 1500)))
            ):
                pass

    virtual.run(main())
    ledger = way.gateway.ledger
    assert ledger.statuses[429] == 0
    assert ledger.most_in_one_second() <= rate
    assert (ledger.calls - 1) / (ledger.stamps[-1] - ledger.stamps[0]) >= 0.97 * rate


def test_a_fifth_of_500s(settings: Settings, pem: str) -> None:
    """Every row is answered, with at most 1.35 requests a row, and the limit holds with the retries in it."""
    way = gateway_of(pem, limit=50, faults=Faults(error_share=0.2))

    async def main() -> Counter[str]:
        async with client(way, evolve(settings, rate=50)) as one:
            stream = verify_many(one, (Candidate(n, DAY) for n in generate_ssins(1000)))
            return Counter([type(outcome).__name__ async for outcome in stream])

    kinds = virtual.run(main())
    ledger = way.gateway.ledger
    assert set(kinds) == {"Answered", "Rejected"}
    assert ledger.calls <= 1.35 * 1000
    assert ledger.statuses[429] == 0


def test_every_400_is_one_request(settings: Settings, pem: str) -> None:
    """What the gateway rejects is not asked again."""
    way = gateway_of(pem)

    async def main() -> list[Outcome]:
        async with client(way, settings) as one:
            rows = [Candidate(SCENARIOS["notExisting"], day) for day in (DAY, "2026-12-02", "2026-12-03")]
            far = [Candidate(SCENARIOS["bothOk"], day) for day in ("2026-11-23", "2027-06-01")]
            return [outcome async for outcome in verify_many(one, rows + far, check_window=False)]

    outcomes = virtual.run(main())
    assert {type(outcome) for outcome in outcomes} == {Rejected}
    assert (way.gateway.ledger.calls, way.gateway.ledger.most_of_one) == (5, 1)


def test_an_outage_and_drops_are_waited_out(settings: Settings, pem: str) -> None:
    """Five seconds of 503 and one dropped connection in ten: every row is answered all the same."""
    way = gateway_of(pem, faults=Faults(outages=[(2.0, 7.0)], drop_share=0.1))

    async def main() -> Counter[str]:
        async with client(way, evolve(settings, rate=50)) as one:
            stream = verify_many(one, (Candidate(n, DAY) for n in generate_ssins(500)))
            return Counter([type(outcome).__name__ async for outcome in stream])

    assert set(virtual.run(main())) == {"Answered", "Rejected"}


@pytest.mark.parametrize("kind", list(Kind))
def test_employer_mandatary_and_portal(settings: Settings, pem: str, kind: Kind) -> None:
    """Each of the three ways in is answered."""

    async def main() -> None:
        async with client(gateway_of(pem), settings, kind) as one:
            answer = await one.verify("07010189901", DAY)
            assert answer.student_job.hours_remaining == 50

    virtual.run(main())


def test_a_caller_that_is_not_the_tokens(settings: Settings, pem: str) -> None:
    """The wrong enterprise number stops a batch once, after few calls."""
    way = gateway_of(pem)
    wrong = evolve(settings_of(settings), caller=settings_of(settings, Kind.PROVIDER).caller)

    async def main() -> None:
        async with PrecontractualClient(wrong, transport=way, now=virtual.now) as one:
            screening = await screen(one, generate_ssins(500), [DAY])
            assert isinstance(screening.stopped_by, CallerRejected)
            assert len(screening.outcomes) == 500
            with pytest.raises(CallerRejected):
                screening.raise_for_stop()

    virtual.run(main())
    assert way.gateway.ledger.calls <= settings.concurrency


@pytest.mark.parametrize(
    "faults",
    [
        Faults(),
        Faults(error_share=0.3),
        Faults(drop_share=0.3),
        Faults(outages=[(0.0, 3.0)]),
        Faults(token_error_share=0.5),
    ],
    ids=["none", "500", "drops", "outage", "token"],
)
def test_logs_hold_no_secret(
    settings: Settings, pem: str, caplog: pytest.LogCaptureFixture, faults: Faults
) -> None:
    """At DEBUG, with asyncio's own debugging on, no number, reference, token, assertion or key is logged."""
    caplog.set_level(logging.DEBUG)
    way = gateway_of(pem, faults=faults)
    outcomes: list[Outcome] = []
    sent: list[str] = []

    async def main() -> None:
        asyncio.get_running_loop().set_debug(True)
        async with client(way, settings) as one:
            async for outcome in verify_many(one, (Candidate(n, DAY) for n in generate_ssins(100))):
                outcomes.append(outcome)
            sent.append((await one._session.bearer()).value)

    virtual.run(main())
    references = [o.answer.main_reference for o in outcomes if isinstance(o, Answered)]
    secrets = [*generate_ssins(100), *(r for r in references if r), *sent, "eyJ", pem[60:90]]
    shown = caplog.text + "".join(map(repr, outcomes)) + "".join(map(str, outcomes))
    assert not [secret for secret in secrets if secret in shown]


def test_screen_gives_each_citizen_every_date(settings: Settings, pem: str) -> None:
    """Candidates times dates, in order, with the manual's citizen as in the manual."""

    async def main() -> None:
        async with client(gateway_of(pem), settings) as one:
            result = await screen(
                one, ["07.01.01-899.01", "90010100123", "bad"], ["1/12/2026", "2026-12-15", "2027-01-15"]
            )
            assert [type(outcome).__name__ for outcome in result.outcomes] == [
                "Answered", "Answered", "Deferred", "Answered", "Answered", "Deferred", "Refused", "Refused", "Refused",
            ]  # fmt: skip
            assert isinstance(result.outcomes[0], Answered)
            first, second = result.citizens
            assert [d.student for d in first.dates] == [Status.OK, Status.OK, None]
            assert second.first_flexi_ok is not None
            assert dict(result.tallies.outcomes) == {"answered": 4, "deferred": 2, "refused": 3}

    virtual.run(main())

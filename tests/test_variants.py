"""What a service sets for one request: another caller, another way of asking, and the time there is for it."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from attrs import evolve
from support import virtual
from support.flights import free
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY, generated
from support.virtual import elapsed
from support.ways import Way, parameters, reply

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    DeadlinePassed,
    EnterpriseNumber,
    Paused,
    PrecontractualClient,
    RetryPolicy,
    ServerError,
    Settings,
    TimedOut,
    TypeOfWorker,
    Unavailable,
    Verifier,
    screen,
    verify_many,
)

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
FOR_ANOTHER = Caller.mandatary(EnterpriseNumber.parse(MANDATARY), EnterpriseNumber.parse(ENTERPRISE))
NUMBERS = list(generated(50))


# --- variants


def test_a_variant_asks_in_its_own_way_over_what_is_shared(client_of: ClientFactory) -> None:
    """Its caller and its type of worker, one by one and in a batch; one token, one pace, one set of figures."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            variant = client.with_options(caller=FOR_ANOTHER, type_of_worker=TypeOfWorker.FLEXI_JOB)
            await variant.verify(CITIZEN, DAY)
            assert [type(each) async for each in verify_many(variant, [Candidate(NUMBERS[0], DAY)])] == [
                Answered
            ]
            listed = [Candidate(NUMBERS[1], DAY, type_of_worker=" ")]  # an empty cell names none
            assert (await screen(variant, listed)).tallies.outcomes == {"answered": 1}
            await client.verify(CITIZEN, DAY)
            assert variant.statistics() == client.statistics()

    virtual.run(main())
    assert way.token_calls == 1
    asked = [parameters(call) for call in way.calls]
    assert [each.get("representedEnterpriseNumber") for each in asked] == [ENTERPRISE] * 3 + [None]
    assert [each.get("typeOfWorker") for each in asked[:3]] == ["flexiJob"] * 3
    assert asked[3].get("typeOfWorker", "all") == "all"


def test_a_question_of_its_own_goes_before_the_variants(client_of: ClientFactory) -> None:
    """What `verify` or a candidate names is what is asked."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            variant = client.with_options(type_of_worker=TypeOfWorker.FLEXI_JOB)
            await variant.verify(CITIZEN, DAY, type_of_worker="studentJob")
            await screen(variant, [Candidate(CITIZEN, DAY, type_of_worker="studentJob")])

    virtual.run(main())
    assert [parameters(call)["typeOfWorker"] for call in way.calls] == ["studentJob"] * 2


def test_a_variant_of_a_variant_keeps_what_is_not_given(client_of: ClientFactory) -> None:
    """Options add up, and the client that they came from stays as it was."""
    client = client_of(Way())
    first = client.with_options(caller=FOR_ANOTHER, deadline=2.0)
    second = first.with_options(retry=RetryPolicy(attempts=1), type_of_worker=TypeOfWorker.STUDENT_JOB)
    assert (second.settings.caller, second._deadline) == (FOR_ANOTHER, 2.0)
    assert (second.settings.retry.attempts, first.settings.retry.attempts) == (1, 8)
    assert client.settings.caller != FOR_ANOTHER
    plain, narrowed = client.planner(check_window=False), second.planner(check_window=False)
    assert (plain.type_of_worker, narrowed.type_of_worker) == (TypeOfWorker.ALL, TypeOfWorker.STUDENT_JOB)


def test_a_variant_is_no_context_manager(client_of: ClientFactory) -> None:
    """Who opened it closes it: a variant can do neither."""
    variant = client_of(Way()).with_options(deadline=1.0)
    assert isinstance(variant, Verifier)
    assert not hasattr(variant, "__aenter__")


def test_a_variants_policy_is_its_own(client_of: ClientFactory) -> None:
    """One attempt and no more."""
    way = Way(lambda _: reply(500))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(ServerError):
                await client.with_options(retry=RetryPolicy(attempts=1)).verify(CITIZEN, DAY)

    virtual.run(main())
    assert len(way.calls) == 1


def test_a_pause_is_everybodys_whoever_met_it(client_of: ClientFactory) -> None:
    """A variant that will not sleep through it is told so; the others keep to all of it."""
    way = Way(lambda _: reply(429, retry_after="60") if len(way.calls) == 1 else reply())

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(Paused):
                await client.with_options(retry=RetryPolicy(longest_pause=1.0)).verify(CITIZEN, DAY)
            await client.verify(CITIZEN, DAY)

    virtual.run(main())
    assert way.stamps[1] - way.stamps[0] >= 60


# --- deadlines


def failing(way: Way) -> None:
    way.api = lambda _: reply(503)


def held(way: Way) -> None:
    way.api = lambda _: reply(429, retry_after="60")


def slow(way: Way) -> None:
    way.delay = 100.0


def without_a_token(way: Way) -> None:
    way.token_delay = 100.0


def refused_a_token(way: Way) -> None:
    way.oauth = lambda _: reply(503)


STUCK = {each.__name__: each for each in (failing, held, slow, without_a_token, refused_a_token)}


@pytest.mark.parametrize("name", STUCK)
def test_a_deadline_bounds_all_of_it(client_of: ClientFactory, name: str) -> None:
    """The wait for token, pace, pause and answer, and the retries: it ends there, and nothing is left of it."""
    way = Way()
    STUCK[name](way)

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(DeadlinePassed, match="within the 2.5 seconds that the caller gave") as raised:
                await client.verify(CITIZEN, DAY, deadline=2.5)
            assert elapsed() == pytest.approx(2.5, abs=0.01)
            assert raised.value.__context__ is None
            free(client)

    virtual.run(main())


def test_a_deadline_bounds_the_wait_for_a_place(client_of: ClientFactory, settings: Settings) -> None:
    """Behind one that takes long with the only place, it is never sent."""
    way = Way(delay=10.0)

    async def main() -> None:
        async with client_of(way, evolve(settings, concurrency=1)) as client:
            first = asyncio.create_task(client.verify(CITIZEN, DAY))
            await asyncio.sleep(0)
            with pytest.raises(DeadlinePassed):
                await client.verify(NUMBERS[0], DAY, deadline=2)
            assert isinstance(await first, Answer)
            free(client)

    virtual.run(main())
    assert len(way.calls) == 1


@pytest.mark.parametrize("deadline", [0, -1, 0.0])
def test_no_time_at_all_asks_nothing(client_of: ClientFactory, deadline: float) -> None:
    """It ends before the question is sent."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(DeadlinePassed):
                await client.verify(CITIZEN, DAY, deadline=deadline)
            free(client)

    virtual.run(main())
    assert way.calls == []


def test_one_deadline_is_nobody_elses(client_of: ClientFactory) -> None:
    """Of two who share a call, one has no time: the other gets the answer of that call."""
    way = Way(delay=5.0)

    async def main() -> None:
        async with client_of(way) as client:
            hurried = asyncio.create_task(client.with_options(deadline=1.0).verify(CITIZEN, DAY))
            patient = asyncio.create_task(client.verify(CITIZEN, DAY, deadline=30.0))
            with pytest.raises(DeadlinePassed):
                await hurried
            assert isinstance(await patient, Answer)

    virtual.run(main())
    assert len(way.calls) == 1


def test_a_calls_deadline_goes_before_the_variants(client_of: ClientFactory) -> None:
    """More time for one call, by a client that is in a hurry."""

    async def main() -> None:
        async with client_of(Way(delay=5.0)) as client:
            hurried = client.with_options(deadline=1.0)
            assert isinstance(await hurried.verify(CITIZEN, DAY, deadline=10.0), Answer)

    virtual.run(main())


def test_a_timeout_of_the_callers_own_stays_its_own(client_of: ClientFactory) -> None:
    """`asyncio.timeout` around a verification cancels it: a TimeoutError of the caller's, and nothing is left."""

    async def main() -> None:
        async with client_of(Way(delay=5.0)) as client:
            with pytest.raises(TimeoutError) as raised:
                async with asyncio.timeout(1.0):
                    await client.verify(CITIZEN, DAY, deadline=4.0)
            assert not isinstance(raised.value, TimedOut)
            free(client)

    virtual.run(main())


def test_a_passed_deadline_is_no_answer() -> None:
    """It is caught with all that says "not known yet", and goes to another process whole."""
    passed = DeadlinePassed("no answer within the 2 seconds that the caller gave")
    assert isinstance(passed, Unavailable)
    assert str(pickle.loads(pickle.dumps(passed))) == str(passed)


def test_a_crowd_with_deadlines_leaves_nothing_behind(client_of: ClientFactory, settings: Settings) -> None:
    """At a fifth of the rate it wants, most are out of time, and the pace and the places are whole afterwards."""
    way = Way(delay=0.3)

    async def impatient(client: PrecontractualClient, number: str) -> bool:
        with suppress(DeadlinePassed):
            await client.verify(number, date(2026, 12, 1), deadline=1.0)
            return True
        return False

    async def main() -> None:
        async with client_of(way, evolve(settings, rate=10, concurrency=5)) as client:
            answered = await asyncio.gather(*(impatient(client, number) for number in NUMBERS))
            assert 3 <= sum(answered) <= 10
            free(client)
            assert len(await asyncio.gather(*(client.verify(number, DAY) for number in NUMBERS))) == 50
            free(client)

    virtual.run(main())

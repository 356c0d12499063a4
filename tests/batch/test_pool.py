"""Many questions: bounded tasks and memory, duplicates, what ends a run and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from support import virtual
from support.numbers import CITIZEN, generated
from support.ways import Way, parameters, reply

from precontractual_async import (
    AccessDenied,
    Answered,
    CallerRejected,
    Candidate,
    Deferred,
    InternalFault,
    Outcome,
    Pending,
    PrecontractualClient,
    Query,
    Refused,
    Rejected,
    Settings,
    verify_many,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"


def candidates(count: int) -> Iterator[Candidate]:
    for row, number in enumerate(generated(count)):
        yield Candidate(number, DAY, row=row)


async def collect(client: PrecontractualClient, questions: object) -> list[Outcome]:
    return [outcome async for outcome in verify_many(client, questions)]  # type: ignore[arg-type]


def test_every_row_gets_its_outcome(client_of: ClientFactory) -> None:
    """Each question comes back once, with its row, whatever becomes of it."""
    way = Way()
    questions = [
        Candidate(CITIZEN, DAY, row="good"),
        Candidate("07010189902", DAY, row="typo"),
        Candidate(CITIZEN, "2027-02-01", row="early"),
        Candidate(CITIZEN, "2026-11-01", row="past"),
    ]

    async def main() -> dict[object, type[Outcome]]:
        async with client_of(way) as client:
            return {outcome.row: type(outcome) for outcome in await collect(client, questions)}

    assert virtual.run(main()) == {"good": Answered, "typo": Refused, "early": Deferred, "past": Refused}
    assert len(way.calls) == 1


def test_duplicates_are_asked_once_and_answered_everywhere(client_of: ClientFactory) -> None:
    """However a number is written and wherever it stands, it is asked once."""
    way = Way(delay=1.0)
    writings = ["07010189901", "07.01.01-899.01", 7010189901, 7010189901.0, "7010189901"]

    async def main() -> list[Outcome]:
        async with client_of(way) as client:
            rows = (Candidate(writings[n % 5], DAY, row=n) for n in range(500))
            return await collect(client, rows)

    outcomes = virtual.run(main())
    assert sorted(outcome.row for outcome in outcomes) == list(range(500))  # type: ignore[type-var]
    assert {type(outcome) for outcome in outcomes} == {Answered}
    assert len(way.calls) == 1


@given(picks=st.lists(st.integers(0, 12), max_size=60), remember=st.sampled_from([0, 1, 3, None]))
def test_calls_equal_distinct_queries(picks: list[int], remember: int | None) -> None:
    """With everything remembered a distinct query is one call; with less never fewer rows come back."""
    numbers = list(generated(13))
    way = Way()
    settings = _SETTINGS[0]

    async def main() -> list[Outcome]:
        async with PrecontractualClient(settings, transport=way, now=virtual.now) as client:
            rows = [Candidate(numbers[pick], DAY, row=row) for row, pick in enumerate(picks)]
            return [outcome async for outcome in verify_many(client, rows, remember=remember)]

    outcomes = virtual.run(main())
    assert sorted(outcome.row for outcome in outcomes) == list(range(len(picks)))  # type: ignore[type-var]
    if remember is None:
        assert len(way.calls) == len(set(picks))


_SETTINGS: list[Settings] = []


@pytest.fixture(autouse=True, scope="module")
def _module_settings(pem: str) -> None:
    from precontractual_async import Caller, Credentials, EnterpriseNumber

    _SETTINGS[:] = [
        Settings(
            caller=Caller.enterprise(EnterpriseNumber.parse("0880820673")),
            credentials=Credentials(client_id="c", private_key=pem),
            api_url="http://127.0.0.1:9",
            token_url="http://127.0.0.1:9/token",
            audience="a",
            rate=1000,
        )
    ]


def test_async_input_and_endless_input(client_of: ClientFactory) -> None:
    """An input without end is read only as fast as its outcomes are taken."""
    read = 0
    numbers = list(generated(3000))

    async def endless() -> AsyncIterator[Candidate]:
        nonlocal read
        while True:
            yield Candidate(numbers[read % 3000], DAY, row=read)
            read += 1

    async def main() -> None:
        async with client_of(Way()) as client, aclosing(verify_many(client, endless())) as stream:
            taken = 0
            async for _ in stream:
                taken += 1
                if taken == 100:
                    break
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others

    virtual.run(main())
    assert read <= 100 + 4 * 50


def test_an_input_is_closed_with_the_run(client_of: ClientFactory) -> None:
    """Leaving early runs the clean-up of an async generator there and then."""
    closed = []

    async def cursor() -> AsyncIterator[Candidate]:
        try:
            for candidate in candidates(1000):
                yield candidate
        finally:
            closed.append(True)

    async def main() -> None:
        async with client_of(Way()) as client:
            async with aclosing(verify_many(client, cursor())) as stream:
                await anext(stream)
            assert closed == [True]

    virtual.run(main())


def test_tasks_are_bounded(client_of: ClientFactory, settings: Settings) -> None:
    """A thousand rows use as many tasks as there are places, and one that feeds them."""
    most = 0

    async def main() -> None:
        nonlocal most
        async with client_of(Way(), evolve(settings, concurrency=10)) as client:
            async for _ in verify_many(client, candidates(1000)):
                most = max(most, len(asyncio.all_tasks()))

    virtual.run(main())
    assert most <= 10 + 1 + 1 + 1  # workers, feeder, the test, a token


def test_batch_wide_fault_stops_once(client_of: ClientFactory, settings: Settings) -> None:
    """403 is about us: the run stops once, after at most as many calls as there are places."""
    way = Way(lambda _: reply(403, {"type": "urn:problem-type:belgif:missingScope"}))
    outcomes: list[Outcome] = []

    async def main() -> None:
        async with client_of(way, evolve(settings, concurrency=10)) as client:
            with pytest.raises(AccessDenied):
                async for outcome in verify_many(client, candidates(1000)):
                    outcomes.append(outcome)

    virtual.run(main())
    assert len(way.calls) <= 10
    assert {type(outcome) for outcome in outcomes} == {Pending}
    rows = sorted(outcome.row for outcome in outcomes)  # type: ignore[type-var]
    assert rows == list(range(len(rows)))  # what was read is told, without a gap


def test_answers_under_way_survive_a_stop(client_of: ClientFactory, settings: Settings) -> None:
    """When the run stops, what is on the wire still comes in, and what is not yet is not sent."""

    async def api(request: HttpRequest) -> HttpResponse:
        if parameters(request)["citizen"] == bad:
            return reply(403)
        await asyncio.sleep(3)
        return reply()

    numbers = list(generated(8))
    bad = numbers[4]
    outcomes: list[Outcome] = []

    way = Way(api)

    async def main() -> None:
        async with client_of(way, evolve(settings, concurrency=8)) as client:
            with pytest.raises(AccessDenied):
                async for outcome in verify_many(client, [Candidate(n, DAY) for n in numbers]):
                    outcomes.append(outcome)

    virtual.run(main())
    sent = len(way.calls)
    assert sent > 4
    names = sorted(type(outcome).__name__ for outcome in outcomes)
    assert names == ["Answered"] * (sent - 1) + ["Pending"] * (9 - sent)


def test_caller_rejected_is_batch_wide(client_of: ClientFactory) -> None:
    """A 400 about the caller's own number stops the run; a 400 about the citizen does not."""
    detail = "The mandataryEnterpriseNumber does not correspond to the CBE provided in the token"
    way = Way(lambda _: reply(400, {"issues": [{"name": "mandataryEnterpriseNumber", "detail": detail}]}))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(CallerRejected):
                await collect(client, candidates(200))

    virtual.run(main())
    assert len(way.calls) <= 50


def test_a_represented_enterprise_that_is_rejected_stops_its_own_rows(client_of: ClientFactory) -> None:
    """In a mandatary's list one wrong employer costs its own rows; the others are answered."""
    detail = "The representedEnterpriseNumber should be provided for a request from a provider"

    def api(request: HttpRequest) -> HttpResponse:
        if "representedEnterpriseNumber" in parameters(request):
            return reply()
        return reply(400, {"issues": [{"name": "representedEnterpriseNumber", "detail": detail}]})

    way = Way(api)
    outcomes: list[Outcome] = []
    rows = [
        Candidate(n, DAY, "0400000086" if row % 2 else "", row=row) for row, n in enumerate(generated(400))
    ]

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(CallerRejected):
                async for outcome in verify_many(client, rows):
                    outcomes.append(outcome)

    virtual.run(main())
    assert len(outcomes) == 400
    assert {type(o) for o in outcomes if o.row % 2} == {Answered}  # type: ignore[operator]
    assert {type(o) for o in outcomes if not o.row % 2} == {Pending}  # type: ignore[operator]
    assert len(way.calls) <= 200 + 50


def test_one_row_with_a_bug_leaves_the_others_alone(client_of: ClientFactory) -> None:
    """A defect of ours is that row's outcome, named by its class alone."""
    numbers = list(generated(20))

    def api(request: HttpRequest) -> HttpResponse:
        if parameters(request)["citizen"] == numbers[7]:
            raise KeyError(numbers[7])
        return reply()

    async def main() -> list[Outcome]:
        async with client_of(Way(api)) as client:
            return await collect(client, [Candidate(n, DAY, row=n) for n in numbers])

    outcomes = virtual.run(main())
    (defect,) = (outcome for outcome in outcomes if not isinstance(outcome, Answered))
    assert isinstance(defect, Pending)
    assert isinstance(defect.fault, InternalFault)
    assert "KeyError" in defect.fault.diagnosis
    assert numbers[7] not in str(defect.fault)


def test_input_that_breaks_is_told_after_what_it_gave(client_of: ClientFactory) -> None:
    """An error of the input is raised as it is, once the questions before it are answered."""

    def breaking() -> Iterator[Candidate]:
        yield from candidates(5)
        raise OSError("the list went away")

    taken: list[Outcome] = []

    async def main() -> None:
        async with client_of(Way()) as client:
            with pytest.raises(OSError, match="went away"):
                async for outcome in verify_many(client, breaking()):
                    taken.append(outcome)

    virtual.run(main())
    assert len(taken) == 5


def test_a_slow_consumer_holds_the_feeder(client_of: ClientFactory, settings: Settings) -> None:
    """Who takes slowly is waited for: nothing piles up in between."""
    read = 0

    def counted() -> Iterator[Candidate]:
        nonlocal read
        for read, candidate in enumerate(candidates(300)):  # noqa: B007 (counts what was read)
            yield candidate

    async def main() -> None:
        async with client_of(Way(), evolve(settings, concurrency=5)) as client:
            taken = 0
            async for _ in verify_many(client, counted()):
                taken += 1
                await asyncio.sleep(1)
                assert read - taken <= 5 * 3 + 2

    virtual.run(main())


def test_rejected_rows_carry_the_problem(client_of: ClientFactory) -> None:
    """A 400 about one citizen is that row's outcome, with what the gateway said."""
    numbers = list(generated(3))

    def api(request: HttpRequest) -> HttpResponse:
        if parameters(request)["citizen"] != numbers[1]:
            return reply()
        detail = "The citizen SSIN is not valid or does not exist"
        return reply(400, {"issues": [{"in": "query", "name": "citizen", "detail": detail}]})

    async def main() -> list[Outcome]:
        async with client_of(Way(api)) as client:
            return await collect(client, [Candidate(n, DAY, row=n) for n in numbers])

    (rejected,) = (outcome for outcome in virtual.run(main()) if isinstance(outcome, Rejected))
    assert rejected.row == numbers[1]
    assert rejected.problem.issues[0].name == "citizen"


def test_a_planned_query_that_got_old_is_refused(client_of: ClientFactory) -> None:
    """The window is looked at when the call is made: a query of yesterday is not asked."""

    async def main() -> list[Outcome]:
        async with client_of(Way()) as client:
            query = client.planner().plan(Candidate(CITIZEN, DAY))
            assert isinstance(query, Query)
            return await collect(client, [evolve(query, start_date=date(2026, 11, 23)), query])

    outcomes = virtual.run(main())
    assert {type(outcome) for outcome in outcomes} == {Refused, Answered}

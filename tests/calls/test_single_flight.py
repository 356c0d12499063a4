"""The same question asked together: one call, and each caller's own answer, error and cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from itertools import count

import pytest
from attrs import evolve
from support import virtual
from support.flights import free
from support.numbers import CITIZEN, MANDATARY, generated
from support.virtual import Suspensions, elapsed
from support.ways import GOOD, Way, reply

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    CredentialsRefused,
    EnterpriseNumber,
    Fault,
    Pending,
    PrecontractualClient,
    Query,
    RequestRejected,
    RetryPolicy,
    ServerError,
    Settings,
    TypeOfWorker,
    verify_many,
)

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(50))
REJECTION = {
    "type": "urn:problem-type:cbss:replacedSsin",
    "issues": [
        {"in": "query", "name": "citizen", "value": CITIZEN, "detail": "replaced", "replacedBy": CITIZEN}
    ],
}


async def warm(client: PrecontractualClient) -> None:
    """With a token at hand and two places, so that what follows is about calls alone."""
    await client.verify(NUMBERS[-1], DAY)


def query(client: PrecontractualClient, number: str = CITIZEN) -> Query:
    planned = client.planner().plan(Candidate(number, DAY))
    assert isinstance(planned, Query)
    return planned


# --- verifications


def test_the_same_is_asked_once(client_of: ClientFactory) -> None:
    """A hundred who verify the same at once get the same answer of one call, however they write the number."""
    way = Way()

    async def main() -> None:
        async with client_of(way) as client:
            written = (CITIZEN, "07.01.01-899.01", " 070101 899 01")
            asking = [client.verify(written[each % 3], DAY) for each in range(100)]
            answers = await asyncio.gather(*asking)
            assert len({id(answer) for answer in answers}) == 1
            assert client.statistics().joined == 99
            free(client)

    virtual.run(main())
    assert (len(way.calls), way.token_calls) == (1, 1)


def test_nothing_is_remembered(client_of: ClientFactory) -> None:
    """The same a moment later is another consultation, and gets what is true by then."""
    hours = count(50, -8)
    way = Way(
        lambda _: reply(200, GOOD | {"studentJobResult": {"allowed": "ok", "hoursRemaining": next(hours)}})
    )

    async def main() -> list[int | None]:
        async with client_of(way) as client:
            answers = [await client.verify(CITIZEN, DAY) for _ in range(3)]
            return [answer.student_job.hours_remaining for answer in answers]

    assert virtual.run(main()) == [50, 42, 34]
    assert len(way.calls) == 3


def test_who_asks_again_at_once_takes_off_anew(client_of: ClientFactory) -> None:
    """In the very moment of the landing, while others have not yet taken their answers."""
    way = Way()

    async def again(client: PrecontractualClient) -> list[Answer]:
        return [await client.verify(CITIZEN, DAY) for _ in range(2)]

    async def main() -> None:
        async with client_of(way) as client, asyncio.timeout(5):
            answers = await asyncio.gather(*(again(client) for _ in range(3)))
            assert len({id(answer) for each in answers for answer in each}) == 2
            free(client)

    virtual.run(main())
    assert len(way.calls) == 2


def test_what_differs_is_asked_by_itself(client_of: ClientFactory) -> None:
    """Another day, another type of worker or another caller is another question."""
    way = Way()
    represented = Caller.mandatary(EnterpriseNumber.parse(MANDATARY), EnterpriseNumber.parse("0880820673"))

    async def main() -> None:
        async with client_of(way) as client:
            await asyncio.gather(
                client.verify(CITIZEN, DAY),
                client.verify(CITIZEN, "2026-12-02"),
                client.verify(CITIZEN, DAY, type_of_worker=TypeOfWorker.FLEXI_JOB),
                client.verify(CITIZEN, DAY, caller=represented),
            )
            assert client.statistics().joined == 0

    virtual.run(main())
    assert len(way.calls) == 4


@pytest.mark.parametrize("gone", [[0], [1], [0, 2], [0, 1, 3]])
def test_who_goes_away_harms_nobody(client_of: ClientFactory, gone: list[int]) -> None:
    """The first one or another: the rest are answered by the one call, which nobody sends again."""
    way = Way(delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            asking = [asyncio.create_task(client.verify(CITIZEN, DAY)) for _ in range(4)]
            await asyncio.sleep(0.5)
            assert "precontractual-verification" in {task.get_name() for task in asyncio.all_tasks()}
            for each in gone:
                asking[each].cancel()
            results = await asyncio.gather(*asking, return_exceptions=True)
            kinds = [asyncio.CancelledError if each in gone else Answer for each in range(4)]
            assert [type(result) for result in results] == kinds
            free(client)

    virtual.run(main())
    assert len(way.calls) == 1


@pytest.mark.parametrize("after", [0.0, 0.02, 0.5], ids=["at once", "waiting for the token", "on the wire"])
def test_with_the_last_one_the_call_ends(client_of: ClientFactory, after: float) -> None:
    """And nothing is left of it; who asks from then on, also at the same moment, takes off anew."""
    way = Way(delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            asking = [asyncio.create_task(client.verify(CITIZEN, DAY)) for _ in range(3)]
            await asyncio.sleep(after)
            for each in asking:
                each.cancel()
            anew = asyncio.create_task(client.verify(CITIZEN, DAY))
            await asyncio.wait(asking)
            assert all(each.cancelled() for each in asking)
            assert isinstance(await anew, Answer)
            free(client)

    virtual.run(main())
    assert len(way.calls) == (2 if after == 0.5 else 1)


def test_a_fault_is_each_callers_own(client_of: ClientFactory) -> None:
    """One row of attempts for all of them; then each gets a copy, without the frames of the others."""
    way = Way(lambda _: reply(500))

    async def main() -> list[BaseException | Answer]:
        async with client_of(way) as client:
            asking = (client.verify(CITIZEN, DAY) for _ in range(10))
            return await asyncio.gather(*asking, return_exceptions=True)

    faults = virtual.run(main())
    assert {type(fault) for fault in faults} == {ServerError}
    assert len({id(fault) for fault in faults}) == 10
    assert len({id(fault.__traceback__) for fault in faults if isinstance(fault, Fault)}) == 10
    assert len(way.calls) == 8


def test_a_rejection_loses_nothing_on_its_way(client_of: ClientFactory) -> None:
    """The copy tells what the gateway said, the number that replaces the one asked for too; a pickle would not."""
    way = Way(lambda _: reply(400, REJECTION))

    async def main() -> list[BaseException | Answer]:
        async with client_of(way) as client:
            asking = (client.verify(CITIZEN, DAY) for _ in range(2))
            return await asyncio.gather(*asking, return_exceptions=True)

    for rejected in virtual.run(main()):
        assert isinstance(rejected, RequestRejected)
        assert rejected.problem.replaced_by is not None
        assert rejected.problem.issues[0].value == CITIZEN
    assert len(way.calls) == 1


def test_a_defect_keeps_its_frames(client_of: ClientFactory) -> None:
    """What is wrong with us, or with a transport, is raised to each as it is: somebody has to find it."""

    def broken(_: object) -> None:
        raise LookupError("a defect")

    way = Way(broken)  # type: ignore[arg-type]

    async def main() -> list[BaseException | Answer]:
        async with client_of(way) as client:
            asking = (client.verify(CITIZEN, DAY) for _ in range(2))
            found = await asyncio.gather(*asking, return_exceptions=True)
            free(client)
            return found

    for defect in virtual.run(main()):
        assert isinstance(defect, LookupError)
        frames = []
        trace = defect.__traceback__
        while trace is not None:
            frames.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        assert frames[-1] == "broken"


def test_another_policy_insists_for_itself(client_of: ClientFactory) -> None:
    """Who wants one attempt is not made to wait for eight, and who wants eight gets them; a call is shared all
    the same."""
    way = Way(lambda _: reply(500) if len(way.calls) < 4 else reply())

    async def main() -> None:
        async with client_of(way) as client:
            hurried = client.with_options(retry=RetryPolicy(attempts=1))
            patient = asyncio.create_task(client.verify(CITIZEN, DAY))
            with pytest.raises(ServerError):
                await hurried.verify(CITIZEN, DAY)
            assert isinstance(await patient, Answer)
            free(client)

    virtual.run(main())
    assert len(way.calls) == 4


# --- verifications and batches


async def outcomes(client: PrecontractualClient, numbers: list[str]) -> list[object]:
    return [outcome async for outcome in verify_many(client, [Candidate(each, DAY) for each in numbers])]


def test_a_service_and_a_batch_ask_once(client_of: ClientFactory) -> None:
    """Whoever is first on the wire: the other takes the answer."""
    way = Way(delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            await warm(client)
            for batch_first in (True, False):
                before = len(way.calls)
                batch, service = outcomes(client, [CITIZEN]), client.verify(CITIZEN, DAY)
                first, second = (batch, service) if batch_first else (service, batch)
                running = asyncio.create_task(first)
                await asyncio.sleep(0.5)
                found = [await second, await running]
                assert len(way.calls) == before + 1
                answered = found[0 if not batch_first else 1]
                assert isinstance(answered, list)
                assert [type(each) for each in answered] == [Answered]
            assert client.statistics().joined == 2
            free(client)

    virtual.run(main())


def test_two_batches_ask_once(client_of: ClientFactory) -> None:
    """Two lists with the same rows, screened at the same time: each has all its outcomes, for one call a row."""
    way = Way(delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(50, seed=2)))
            before = len(way.calls)
            found = await asyncio.gather(outcomes(client, NUMBERS[:40]), outcomes(client, NUMBERS[:40]))
            assert [len(each) for each in found] == [40, 40]
            assert {type(outcome) for each in found for outcome in each} == {Answered}
            assert len(way.calls) == before + 40
            free(client)

    virtual.run(main())


def test_a_batch_that_is_left_takes_nobody_along(client_of: ClientFactory) -> None:
    """Its call is cancelled; who waited for it asks by itself."""
    way = Way(delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            await warm(client)
            before = len(way.calls)
            async with aclosing(verify_many(client, [Candidate(CITIZEN, DAY)])) as batch:
                reading = asyncio.ensure_future(anext(batch))
                await asyncio.sleep(0.2)
                verifying = asyncio.create_task(client.verify(CITIZEN, DAY))
                await asyncio.sleep(0.2)
                assert len(way.calls) == before + 1
                reading.cancel()
                await asyncio.wait((reading,))
            assert isinstance(await verifying, Answer)
            assert len(way.calls) == before + 2
            free(client)

    virtual.run(main())


def test_what_a_batch_says_of_its_own_end_is_told_to_nobody_else(client_of: ClientFactory) -> None:
    """A stopped batch has its call turn back before it is sent; the service that waited for it sends its own."""
    way = Way(token_delay=5.0)
    stop = asyncio.Event()

    async def main() -> None:
        async with client_of(way) as client:
            running = asyncio.create_task(
                outcomes_until(client, stop),
            )
            await asyncio.sleep(1)
            verifying = asyncio.create_task(client.verify(CITIZEN, DAY))
            await asyncio.sleep(1)
            assert client.statistics().under_way == 1
            stop.set()
            assert await running == [Pending]
            assert isinstance(await verifying, Answer)
            free(client)

    virtual.run(main())
    assert len(way.calls) == 1


async def outcomes_until(client: PrecontractualClient, stop: asyncio.Event) -> list[type]:
    told: list[type] = []
    try:
        async for outcome in verify_many(client, [Candidate(CITIZEN, DAY)], stop=stop):
            told.append(type(outcome))
    except Fault:
        pass
    return told


def test_a_shared_failure_is_each_ones_to_retry(client_of: ClientFactory) -> None:
    """Batch and service judge it by their own policies, and share the next call too when they ask together."""
    way = Way(lambda _: reply(503) if len(way.calls) in (2, 3) else reply(), delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            await warm(client)
            verifying = asyncio.create_task(client.verify(CITIZEN, DAY))
            await asyncio.sleep(0.5)
            found = await outcomes(client, [CITIZEN])
            assert [type(each) for each in found] == [Answered]
            assert isinstance(await verifying, Answer)
            free(client)

    virtual.run(main())
    assert len(way.calls) == 4


def test_a_401_is_shared_too(client_of: ClientFactory) -> None:
    """Every token refused: two tokens and two calls, whoever asks."""
    way = Way(lambda _: reply(401), delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            verifying = asyncio.create_task(client.verify(CITIZEN, DAY))
            await asyncio.sleep(0.5)
            with pytest.raises(CredentialsRefused):
                await outcomes(client, [CITIZEN])
            with pytest.raises(CredentialsRefused):
                await verifying
            free(client)

    virtual.run(main())
    assert (way.token_calls, len(way.calls)) == (2, 2)


def test_the_first_who_asks_is_joined_as_well(client_of: ClientFactory) -> None:
    """A batch that began alone: what it has on the wire is not asked once more by who comes then."""
    way = Way(delay=1.0)

    async def main() -> None:
        async with client_of(way) as client:
            asking = asyncio.create_task(outcomes(client, [CITIZEN]))
            await asyncio.sleep(0.5)
            assert isinstance(await client.verify(CITIZEN, DAY), Answer)
            assert [type(each) for each in await asking] == [Answered]
            free(client)

    virtual.run(main())
    assert len(way.calls) == 1


@pytest.mark.parametrize("statuses", [[], [500, 429, 401, 200, 503, 429]], ids=["good", "all of it"])
def test_calls_survive_the_cancellation_of_any_who_ask(
    client_of: ClientFactory, settings: Settings, statuses: list[int]
) -> None:
    """Four ask two questions together, and one is cancelled at each of its suspensions: the others are answered."""

    def survived(at: int) -> int:
        points = Suspensions(at)
        said = iter(statuses)

        async def main() -> None:
            way = Way(lambda _: reply(next(said, 200)))
            async with (
                client_of(way, evolve(settings, rate=2, concurrency=3)) as client,
                asyncio.timeout(600),
            ):
                asking = (points.through(client.ask(query(client, NUMBERS[each // 2]))) for each in range(4))
                results = await asyncio.gather(*asking, return_exceptions=True)
                cancelled = sum(isinstance(each, asyncio.CancelledError) for each in results)
                assert cancelled == points.hits
                assert sum(isinstance(each, Answer) for each in results) == 4 - cancelled
                began = elapsed()
                await client.ask(query(client, NUMBERS[5]))
                assert elapsed() - began < 3
                free(client)

        virtual.run(main())
        return points.hits

    points = 0
    while survived(points + 1):
        points += 1
    assert points >= 8 + len(statuses)

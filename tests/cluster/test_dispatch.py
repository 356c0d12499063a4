"""The dispatcher: partitions as they fill, asked again when a worker is lost, and given up in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from support import virtual
from support.journals import answered, query_for
from support.numbers import generated

from precontractual_async import CredentialsRefused, Fault, InternalFault, Pending, Query, Unavailable
from precontractual_async.dask.dispatch import MOST_SUBMISSIONS, Dispatcher, WorkerLost
from precontractual_async.journal.recheck import Learned

QUERIES = [query_for(number) for number in generated(25)]


class Crew:
    """Answers after a second; raises first what it is told to."""

    def __init__(self, *failures: type[Exception] | Fault) -> None:
        self.failures = list(failures)
        self.partitions: list[tuple[float, int]] = []
        self.finished = 0

    async def work(self, queries: Sequence[Query]) -> Sequence[Learned]:
        self.partitions.append((round(virtual.elapsed(), 2), len(queries)))
        await asyncio.sleep(1)
        if self.failures:
            raise self.failures.pop(0)
        self.finished += 1
        return [answered(query) for query in queries]


async def outcomes(crew: Crew, queries: Sequence[Query] = QUERIES, size: int = 10) -> list[Learned]:
    dispatcher = Dispatcher(crew, size)
    found = await asyncio.gather(*(dispatcher.outcome(query) for query in queries))
    await dispatcher.close()
    return found


def test_partitions_go_when_they_are_full_or_have_waited() -> None:
    """Each query gets its own outcome."""
    crew = Crew()
    found = virtual.run(outcomes(crew))
    assert [outcome.query for outcome in found] == QUERIES
    assert crew.partitions == [(0.0, 10), (0.0, 10), (0.1, 5)]


def test_a_lost_worker_costs_its_partition_once_more() -> None:
    """And nobody else's."""
    crew = Crew(WorkerLost)
    found = virtual.run(outcomes(crew))
    assert not [outcome for outcome in found if isinstance(outcome, Pending)]
    assert [rows for _, rows in crew.partitions] == [10, 10, 5, 10]


def test_a_partition_that_costs_every_worker_is_left_pending() -> None:
    """It may be what ends them. Another run may ask it."""
    crew = Crew(*[WorkerLost] * MOST_SUBMISSIONS)
    found = virtual.run(outcomes(crew, QUERIES[:5]))
    assert len(crew.partitions) == MOST_SUBMISSIONS
    for outcome in found:
        assert isinstance(outcome, Pending)
        assert type(outcome.fault) is Unavailable
        assert "workers of the cluster were lost" in outcome.fault.diagnosis


@pytest.mark.parametrize(
    ("failure", "kind"), [(CredentialsRefused("no"), CredentialsRefused), (KeyError, InternalFault)]
)
def test_what_nobody_can_do_is_told_at_once(failure: Fault | type[Exception], kind: type[Fault]) -> None:
    """A fault as it is; what nobody expected by its name alone."""
    crew = Crew(failure)
    found = virtual.run(outcomes(crew, QUERIES[:5]))
    assert len(crew.partitions) == 1
    assert {type(outcome.fault) for outcome in found if isinstance(outcome, Pending)} == {kind}


@pytest.mark.parametrize("cancelled", [4, 5])
def test_a_partition_ends_when_nobody_waits_any_more(cancelled: int) -> None:
    """With one that still waits it goes on."""

    async def main() -> Crew:
        crew = Crew()
        dispatcher = Dispatcher(crew, 5)
        waiting = [asyncio.create_task(dispatcher.outcome(query)) for query in QUERIES[:5]]
        await asyncio.sleep(0.5)
        for task in waiting[:cancelled]:
            task.cancel()
        await asyncio.wait(waiting)
        await asyncio.sleep(2)
        return crew

    assert virtual.run(main()).finished == (cancelled == 4)


def test_who_was_cancelled_before_it_went_is_not_asked() -> None:
    """Of five that gathered three are wanted; of none nothing goes."""

    async def main() -> Crew:
        crew = Crew()
        dispatcher = Dispatcher(crew, 10)
        for gone in (2, 5):
            waiting = [asyncio.create_task(dispatcher.outcome(query)) for query in QUERIES[:5]]
            await asyncio.sleep(0.05)
            for task in waiting[:gone]:
                task.cancel()
            await asyncio.wait(waiting)
        return crew

    assert [rows for _, rows in virtual.run(main()).partitions] == [3]


def _given_up(dispatcher: Dispatcher) -> None:
    dispatcher.give_up(CredentialsRefused("no"))


@pytest.mark.parametrize("after", [0.05, 0.5])
@pytest.mark.parametrize("end", [_given_up, None])
def test_all_who_wait_hear_of_the_end(after: float, end: Callable[[Dispatcher], None] | None) -> None:
    """Whether their partition went already, and whether it is given up or closed."""

    async def main() -> list[Learned | BaseException]:
        crew = Crew()
        dispatcher = Dispatcher(crew, 10)
        waiting = [asyncio.create_task(dispatcher.outcome(query)) for query in QUERIES[:5]]
        await asyncio.sleep(after)
        if end is not None:
            end(dispatcher)
        await dispatcher.close()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert crew.finished == 0
        return found

    found = virtual.run(main())
    if end is None:
        assert all(isinstance(each, asyncio.CancelledError) for each in found)
    else:
        assert all(isinstance(each, Pending) for each in found)

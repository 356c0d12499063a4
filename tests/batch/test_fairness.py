"""Employers of one batch share the rate: whoever has few rows does not wait for whoever has many."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from support import virtual
from support.journals import InlineJournal
from support.numbers import enterprises, generated
from support.virtual import hold_up
from support.ways import Way, parameters

from precontractual_async import (
    Answered,
    Candidate,
    Interrupted,
    Journal,
    Outcome,
    PrecontractualClient,
    Query,
    screen,
    verify_many,
)
from precontractual_async.batch.fair_queue import FairQueue
from precontractual_async.batch.question_source import LOOK_AHEAD

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
EMPLOYERS = tuple(enterprises(40))
SIZES = (400, *(10 + at % 5 for at in range(38)), 5)
"""Rows of each employer: the largest is first in the list, the smallest last."""
AT_ONCE = 10
"""Calls under way at the same time."""


def grouped(sizes: Sequence[int] = SIZES) -> Iterator[Candidate]:
    """A list in which the rows of each employer stand together."""
    numbers = generated(sum(sizes))
    for employer, size in zip(EMPLOYERS, sizes, strict=False):
        for number in islice(numbers, size):
            yield Candidate(number, DAY, employer, row=number)


def asked(way: Way) -> list[str]:
    """Whom each call was for, in the order of the calls."""
    return [parameters(call).get("representedEnterpriseNumber", "") for call in way.calls]


def after_how_many(way: Way, employer: str) -> int:
    """Calls after which everything of an employer is asked."""
    calls = asked(way)
    return len(calls) - calls[::-1].index(employer)


async def verified(
    client: PrecontractualClient, questions: Iterable[Candidate | Query], journal: Journal | None = None
) -> list[Outcome]:
    async with client:
        return [outcome async for outcome in verify_many(client, questions, journal=journal)]


@given(steps=st.lists(st.none() | st.integers(0, 4), max_size=80))
def test_each_has_its_turn(steps: list[int | None]) -> None:
    """Whatever the order of putting (for whom) and getting (None): each item once, and no caller is overtaken twice."""
    queue = FairQueue[int]()
    waiting: dict[int, deque[int]] = {caller: deque() for caller in range(5)}
    overtook: dict[int, set[int]] = {}
    whose = dict(enumerate(steps))
    for serial, step in enumerate([*steps, *[None] * len(steps)]):
        if step is not None:
            queue.put(step, serial)
            waiting[step].append(serial)
            overtook.setdefault(step, set())
        elif len(queue):
            item = queue.get()
            caller = whose[item]
            assert caller is not None
            assert item == waiting[caller].popleft()
            del overtook[caller]
            for overtakers in overtook.values():
                assert caller not in overtakers
                overtakers.add(caller)
            if waiting[caller]:
                overtook[caller] = set()
        assert len(queue) == sum(map(len, waiting.values()))
    assert len(queue) == 0
    with pytest.raises(KeyError):
        queue.get()


@pytest.mark.parametrize("has_journal", [False, True])
def test_each_gets_its_share(client_of: ClientFactory, tmp_path: Path, has_journal: bool) -> None:
    """Of all calls while it waits, as many as each other, wherever in the list its rows stand."""
    way = Way()
    journal = InlineJournal.at(tmp_path / "j.db") if has_journal else None
    outcomes = virtual.run(verified(client_of(way), grouped(), journal))
    assert sorted(str(outcome.row) for outcome in outcomes) == sorted(generated(sum(SIZES)))
    assert {type(outcome) for outcome in outcomes} == {Answered}
    assert Counter(asked(way)) == dict(zip(EMPLOYERS, SIZES, strict=True))
    for employer, size in zip(EMPLOYERS, SIZES, strict=True):
        share = sum(min(size, other) for other in SIZES)
        assert after_how_many(way, employer) <= share + AT_ONCE


def test_results_keep_the_order_of_the_list(client_of: ClientFactory) -> None:
    records = [
        {"insz": each.citizen, "start": DAY, "kbo": each.represented_enterprise_number} for each in grouped()
    ]
    way = Way()

    async def main() -> list[str]:
        async with client_of(way) as client:
            outcomes = (await screen(client, records)).outcomes
            return [each.query.citizen.digits for each in outcomes if isinstance(each, Answered)]

    assert virtual.run(main()) == [record["insz"] for record in records]
    assert after_how_many(way, EMPLOYERS[-1]) <= 5 * 40 + AT_ONCE


def test_an_employer_is_one_however_it_is_written(client_of: ClientFactory) -> None:
    """In rows and in queries; and rows that cannot be asked have a turn of their own."""
    way, number = Way(), EMPLOYERS[0]
    client = client_of(way)

    def several() -> Iterator[Candidate | Query]:
        for place, each in enumerate(grouped((60, 10))):
            if each.represented_enterprise_number == EMPLOYERS[1]:
                planned = client.planner().plan(each)
                assert isinstance(planned, Query)
                yield planned
            else:
                written = (number, f"BE {number}", int(number), "typing mistake", object())[place % 5]
                yield evolve(each, represented_enterprise_number=written)

    assert len(virtual.run(verified(client, several()))) == 70
    assert Counter(asked(way)) == {EMPLOYERS[0]: 36, EMPLOYERS[1]: 10}
    assert after_how_many(way, EMPLOYERS[1]) <= 2 * 10 + AT_ONCE


@pytest.mark.parametrize("named", [False, True])
def test_how_far_is_read_ahead(client_of: ClientFactory, named: bool) -> None:
    """Within a bound; and not at all when no row names an employer, since then there is but one."""
    way, read, most = Way(), 0, 0

    def long() -> Iterator[Candidate]:
        nonlocal read
        for number in generated(10**6):
            read += 1
            yield Candidate(number, DAY, EMPLOYERS[read % 40] if named else None)

    async def main() -> None:
        nonlocal most
        async with client_of(way) as client:
            stream = verify_many(client, long())
            taken = 0
            async for _ in stream:
                taken += 1
                most = max(most, read - taken)
                if taken == 1000:
                    break
            await stream.aclose()

    virtual.run(main())
    bound = LOOK_AHEAD if named else 0
    assert bound <= most <= bound + 300


def test_a_slow_list_is_asked_meanwhile(client_of: ClientFactory) -> None:
    """With a second for each row, some are asked before five more than workers take are read."""
    way = Way()
    calls_before_row: list[int] = []

    def slow() -> Iterator[Candidate]:
        for each in grouped((50, 50)):
            hold_up(1.0)
            calls_before_row.append(len(way.calls))
            yield each

    assert len(virtual.run(verified(client_of(way), slow()))) == 100
    assert calls_before_row[AT_ONCE + 5 + 1] > 0


def test_a_stop_while_it_reads_ahead(client_of: ClientFactory) -> None:
    """Ends at once: nothing is asked, and little more is read."""
    way, read, stop = Way(), 0, asyncio.Event()

    def long() -> Iterator[Candidate]:
        nonlocal read
        for number in generated(10**6):
            read += 1
            if read == 1000:
                stop.set()
            yield Candidate(number, DAY, EMPLOYERS[read % 40])

    async def main() -> None:
        async with client_of(way) as client:
            async for _ in verify_many(client, long(), stop=stop):
                raise AssertionError

    with pytest.raises(Interrupted):
        virtual.run(main())
    assert way.calls == []
    assert read <= 1000 + 200


@pytest.mark.parametrize("has_journal", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_an_input_that_fails(
    client_of: ClientFactory, tmp_path: Path, named: bool, has_journal: bool
) -> None:
    """What was read before the error is asked; then the error is raised."""
    way = Way()
    journal = InlineJournal.at(tmp_path / "j.db") if has_journal else None

    def failing() -> Iterator[Candidate]:
        for each in grouped((30, 20)):
            yield each if named else evolve(each, represented_enterprise_number=None)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        virtual.run(verified(client_of(way), failing(), journal))
    assert len(way.calls) == 50


@pytest.mark.parametrize("named", [False, True])
def test_a_question_whose_employer_cannot_be_read(client_of: ClientFactory, named: bool) -> None:
    """It is refused in its turn, and takes nobody along."""

    class Lazy(Candidate):
        def __getattribute__(self, name: str) -> object:
            if name == "represented_enterprise_number":
                raise OSError("the database is gone")
            return super().__getattribute__(name)

    number, *others = generated(9)
    rows = [Candidate(each, DAY, EMPLOYERS[0] if named else None) for each in others]
    rows.insert(4, Lazy(number, DAY, row="odd"))
    outcomes = virtual.run(verified(client_of(Way()), rows))
    assert len(outcomes) == 9
    assert [outcome.row for outcome in outcomes if not isinstance(outcome, Answered)] == ["odd"]

"""The journal and its twin in memory: one suite drives both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from support.journals import AT, KEY, QUERY, answered, entry, pending, query_for, rejected
from support.numbers import ENTERPRISE, MANDATARY, generated

from precontractual_async import (
    AccessDenied,
    Answered,
    Caller,
    CallerRejected,
    Description,
    EnterpriseNumber,
    Entry,
    Issue,
    Journal,
    MemoryJournal,
    Paused,
    Pending,
    Problem,
    Reach,
    Rejected,
    SqliteJournal,
    Ssin,
    Status,
    StudentJob,
    TypeOfWorker,
)
from precontractual_async.journal.port import Reading, worth
from precontractual_async.journal.recheck import Finality

Script = Callable[[Journal], Awaitable[None]]


@pytest.fixture(params=["memory", "sqlite"])
def drive(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Script], None]:
    """Runs a script on a journal of one kind, new for each test."""

    def run(script: Script) -> None:
        async def main() -> None:
            if request.param == "memory":
                await script(MemoryJournal())
            else:
                async with SqliteJournal(tmp_path / "journal.db", KEY) as journal:
                    await script(journal)

        asyncio.run(main())

    return run


def test_what_is_kept_is_found(drive: Callable[[Script], None]) -> None:
    """Each query its own, in the order that was asked; none for what is not known."""
    queries = [query_for(digits) for digits in generated(1200)]
    entries = [entry(answered(query, trace=str(number))) for number, query in enumerate(queries)]

    async def script(journal: Journal) -> None:
        await journal.keep(entries)
        stranger = evolve(QUERY, start_date=date(2027, 1, 1))
        assert await journal.find([]) == []
        assert await journal.find([*reversed(queries), stranger, queries[0]]) == [
            *reversed(entries),
            None,
            entries[0],
        ]

    drive(script)


def test_everything_that_makes_a_question_different(drive: Callable[[Script], None]) -> None:
    """Citizen, date, each part of the caller, type of worker: none is mistaken for another."""
    other = EnterpriseNumber.parse(MANDATARY)
    me = EnterpriseNumber.parse(ENTERPRISE)
    person = QUERY.citizen
    different = [
        QUERY,
        evolve(QUERY, citizen=Ssin.parse("10010190162")),
        evolve(QUERY, start_date=date(2026, 12, 2)),
        evolve(QUERY, type_of_worker=TypeOfWorker.FLEXI_JOB),
        evolve(QUERY, caller=Caller.enterprise(other)),
        evolve(QUERY, caller=Caller.mandatary(me, other)),
        evolve(QUERY, caller=Caller.portal(me, person)),
        evolve(QUERY, caller=Caller.portal(me, person, other)),
    ]
    entries = [entry(answered(query, trace=str(number))) for number, query in enumerate(different)]

    async def script(journal: Journal) -> None:
        await journal.keep(entries)
        assert await journal.find(different) == entries

    drive(script)


PROBLEM = Problem(
    400,
    "urn:x",
    "Bad Request",
    "detail",
    "urn:instance",
    (Issue("citizen", "not existing", "query", "x"),),
    Ssin.parse("10010190162"),
    12.5,
    "trace",
)


def test_outcomes_come_back_as_they_were(drive: Callable[[Script], None]) -> None:
    """A 400 with all its issues, and an answer of every status."""
    statuses = [(flexi, student) for flexi in Status for student in Status]
    queries = [query_for(digits) for digits in generated(len(statuses))]
    entries = [entry(answered(query, *both)) for query, both in zip(queries, statuses, strict=True)]
    queries.append(QUERY)
    entries.append(entry(Rejected(QUERY, PROBLEM)))

    async def script(journal: Journal) -> None:
        await journal.keep(entries)
        assert await journal.find(queries) == entries

    drive(script)


@pytest.mark.parametrize(
    "fault",
    [
        pending().fault,
        Paused(900.0, status=429, trace_id="t"),
        AccessDenied("403", "ask for the scope", status=403),
    ],
)
def test_pending_keeps_its_fault(drive: Callable[[Script], None], fault: AccessDenied) -> None:
    """Kind, diagnosis, next step, reach and what to quote to the helpdesk."""
    caller = CallerRejected("the gateway answered 400", trace_id="t")
    caller.reach = Reach.CALLER

    async def script(journal: Journal) -> None:
        for kept in (fault, caller):
            await journal.keep([entry(Pending(QUERY, kept))])
            (found,) = await journal.find([QUERY])
            assert found is not None
            assert isinstance(found.outcome, Pending)
            again = found.outcome.fault
            assert type(again) is type(kept)
            names = ("diagnosis", "next_step", "status", "retry_after", "trace_id", "reach")
            assert [getattr(again, name) for name in names] == [getattr(kept, name) for name in names]

    drive(script)


def test_rows_are_not_kept(drive: Callable[[Script], None]) -> None:
    """Which row of which list asked is the list's own affair."""

    async def script(journal: Journal) -> None:
        await journal.keep([entry(evolve(answered(), row=("some", "row")))])
        (found,) = await journal.find([QUERY])
        assert found is not None
        assert found.outcome.row is None

    drive(script)


def test_lists_are_remembered(drive: Callable[[Script], None]) -> None:
    """By their place, each with its own digest."""

    async def script(journal: Journal) -> None:
        assert await journal.last_reading("/a") is None
        await journal.note_reading("/a", Reading(b"\x01\xff", 3))
        await journal.note_reading("/b\udcff", Reading(b"2", 4))
        await journal.note_reading("/a", Reading(b"3", 5))
        assert await journal.last_reading("/a") == Reading(b"3", 5)
        assert await journal.last_reading("/b\udcff") == Reading(b"2", 4)

    drive(script)


def test_how_much_an_outcome_says() -> None:
    """A 400 as much as two settled parts; a final cause as much as an answer; pending less than nothing."""
    assert [worth(each, AT) for each in (answered(), MAYBE, NOTHING, rejected(), pending())] == [
        2,
        1,
        0,
        2,
        -1,
    ]
    final = StudentJob(Status.UNKNOWN, descriptions=(Description(("error",), "errorStudentRequirements"),))
    assert worth(evolve(MAYBE, answer=evolve(MAYBE.answer, student_job=final)), AT) == 2


MAYBE = answered(student=Status.UNKNOWN)
NOTHING = answered(flexi=Status.UNKNOWN, student=Status.NO_GRANT)


@pytest.mark.parametrize(
    ("told", "believed", "finality"),
    [
        ([pending(), answered()], 1, Finality.CONCLUSIVE),
        ([answered(), pending()], 0, Finality.CONCLUSIVE),
        ([answered(), answered(trace="later")], 1, Finality.CONCLUSIVE),
        ([answered(), MAYBE], 0, Finality.TEMPORARY),
        ([MAYBE, NOTHING, pending()], 0, Finality.TEMPORARY),
        ([NOTHING, MAYBE], 1, Finality.TEMPORARY),
        ([answered(), rejected()], 1, Finality.FINAL),
        ([rejected(), MAYBE], 0, Finality.TEMPORARY),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_not_knowing_never_covers_knowing(
    drive: Callable[[Script], None],
    told: list[Answered | Rejected | Pending],
    believed: int,
    finality: Finality,
    together: bool,
) -> None:
    """The outcome that says most is believed, the latest of equals; when it is due goes by the last word."""
    entries = [entry(outcome, AT + timedelta(days=day)) for day, outcome in enumerate(told)]
    last_word = max(day for day, outcome in enumerate(told) if not isinstance(outcome, Pending))

    async def script(journal: Journal) -> None:
        for group in [entries] if together else [[each] for each in entries]:
            await journal.keep(group)
        (found,) = await journal.find([QUERY])
        assert found == Entry(told[believed], AT + timedelta(days=last_word), told[last_word])
        assert found.finality is finality

    drive(script)


OUTCOMES = st.sampled_from([answered(), answered(trace="2"), MAYBE, NOTHING, rejected()])


@given(told=st.lists(st.tuples(st.integers(0, 3), OUTCOMES), max_size=12))
def test_the_twins_agree(
    told: list[tuple[int, Answered | Rejected]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is kept in whatever order, both know the same."""
    queries = [query_for(digits) for digits in generated(4)]

    async def main() -> None:
        twin = MemoryJournal()
        path = tmp_path_factory.mktemp("twins") / "journal.db"
        async with SqliteJournal(path, KEY) as journal:
            for day, (number, outcome) in enumerate(told):
                kept = entry(evolve(outcome, query=queries[number]), AT + timedelta(days=day))
                for each in (journal, twin):
                    await each.keep([kept])
            assert await journal.find(queries) == await twin.find(queries)

    asyncio.run(main())


def test_it_has_to_be_open(tmp_path: Path) -> None:
    """A journal outside its `async with` says so."""
    journal = SqliteJournal(tmp_path / "journal.db", KEY)
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(journal.find([QUERY]))

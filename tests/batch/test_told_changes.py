"""Every change is told once, none twice, none is missing: against a model that knows the truth."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.batch import BEGAN, CALLER, answered
from support.journals import InlineJournal
from support.month import DAY, PLACE, Heard, Said, a_month, expected, questions_of
from support.numbers import CITIZEN, generated

from precontractual_async import (
    Candidate,
    Deferred,
    Entry,
    Outcome,
    Pending,
    Query,
    Refused,
    ServerError,
    Settings,
    Status,
)
from precontractual_async.batch.changes import Changes, has_no_mandate, streak_of
from precontractual_async.batch.decisions import Decision
from precontractual_async.journal.list_changes import Change, ChangeKind, HoursRule, changes_in
from precontractual_async.model.moves import spelled, word_of
from precontractual_async.model.planning import Planner
from precontractual_async.tables.table import Row

NUMBERS = tuple(generated(5, seed=5))


# --- a month of nights


def test_a_month_of_nights(settings: Settings, tmp_path: Path) -> None:
    """Each night tells what it has to, and the journal tells the same again; `benchmarks/month.py`: 3,000 rows."""
    seen = Counter[ChangeKind]()
    for night in a_month(settings, tmp_path / "j.db", 100):
        assert night.told == night.expected
        assert night.again == night.told
        assert {kind for kind, _, _ in night.repeated.values()} <= {ChangeKind.WAITING}
        seen.update(kind for kind, _, _ in night.told.values())
    del seen[ChangeKind.ASKABLE]
    assert set(seen) == set(ChangeKind) - {ChangeKind.ASKABLE}
    assert min(seen.values()) > 20


# --- smaller, and everything


def query(number: str) -> Query:
    planned = Planner(CALLER, None).plan(Candidate(number, DAY))
    assert isinstance(planned, Query)
    return planned


_OUTCOMES: Mapping[str, Callable[[Query], Outcome]] = {
    "ok/ok": lambda q: answered(q, BEGAN, Status.OK, Status.OK, 100),
    "nok/nok": lambda q: answered(q, BEGAN, Status.NOK, Status.NOK),
    "no_grant/ok": lambda q: answered(q, BEGAN, Status.NO_GRANT, Status.OK, 100),
    "pending": lambda q: Pending(q, ServerError("the gateway answered 503", status=503)),
    "deferred": lambda q: Deferred(q, date(2026, 12, 1)),
    "refused": lambda q: Refused(Candidate(q.citizen, DAY), ("start date: in the past",)),
}
FEW = NUMBERS
NIGHTS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(FEW), st.sampled_from(sorted(_OUTCOMES))), min_size=1, max_size=6),
        st.sampled_from(("whole", "killed", "killed at the end")),
        st.randoms(use_true_random=False),
    ),
    max_size=6,
)


@given(NIGHTS)
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_nights(nights: list[tuple[list[tuple[str, str]], str, random.Random]]) -> None:
    """With doubles, in any order, killed or not: as the model has it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(InlineJournal.at(Path(folder) / "j.db").store) as store,
    ):
        last: dict[str, str] = {}
        for rows, end, order in nights:
            now = dict(rows)
            listed = [number for number, _ in rows]
            order.shuffle(listed)
            heard = asyncio.run(told_of(InlineJournal(store), now, listed, end))
            if end == "killed":
                continue
            assert heard.told == expected(
                {number: Said(word) for number, word in last.items()},
                {number: Said(word) for number, word in now.items()},
            )
            if end == "whole":
                last = now


async def told_of(journal: InlineJournal, now: Mapping[str, str], listed: list[str], end: str) -> Heard:
    heard = Heard()
    questions = questions_of(listed)
    changes = Changes(journal, PLACE, questions, BEGAN.date(), heard.hear)
    await changes.begin()
    for (row, start), number in zip(questions.pairs(), listed, strict=True):
        asked = query(number)
        outcome = _OUTCOMES[now[number]](asked)
        await changes.add(Decision(row, start, outcome, asked), outcome)
    await changes.end()
    if end == "whole":
        await changes.keep(BEGAN)
    return heard


# --- hours, waiting, rows that cannot be understood


def hours_told(path: Path, rule: HoursRule, *hours: int) -> list[tuple[int | None, int | None]]:
    """Which of these hours, night after night, are told, and what before."""
    told: list[tuple[int | None, int | None]] = []

    async def nights() -> None:
        for each in hours:
            questions, asked = questions_of([CITIZEN]), query(CITIZEN)

            def hear(change: Change, _: Row | None) -> None:
                told.append((change.hours_before, change.hours_now))

            changes = Changes(journal, PLACE, questions, BEGAN.date(), hear, rule)
            await changes.begin()
            outcome = answered(asked, BEGAN, Status.OK, Status.OK, each)
            for row, start in questions.pairs():
                await changes.add(Decision(row, start, outcome, asked), outcome)
            await changes.end()
            await changes.keep(BEGAN)

    with closing(InlineJournal.at(path).store) as store:
        journal = InlineJournal(store)
        asyncio.run(nights())
    return told[1:]


@pytest.mark.parametrize(
    ("rule", "hours", "told"),
    [
        (HoursRule(), (475, 10, 0), []),
        (HoursRule(below=50), (475, 60, 49, 30, 50, 40), [(475, 49), (49, 40)]),
        (HoursRule(step=50), (475, 450, 426, 425, 400, 475), [(475, 425), (425, 475)]),
        (HoursRule(below=50, step=100), (120, 60, 45, 44), [(120, 45)]),
    ],
)
def test_hours_are_told_by_the_rule(
    tmp_path: Path, rule: HoursRule, hours: tuple[int, ...], told: list[tuple[int, int]]
) -> None:
    """Below: when they cross it. By steps: from those that were told last, so that many small ones add up."""
    assert hours_told(tmp_path / "j.db", rule, *hours) == told


def test_since_when_and_how_often() -> None:
    """Of the last in a row: one that had a mandate between waits since it ended."""
    asked = query(CITIZEN)
    statuses = (Status.NO_GRANT, Status.ERROR_GRANT, Status.NO_GRANT, Status.NO_GRANT)
    ats = [BEGAN + timedelta(hours=6 * each) for each in range(4)]
    history = [
        Entry.of(answered(asked, at, status, Status.OK, 10), at)
        for at, status in zip(ats, statuses, strict=True)
    ]
    streak = streak_of(history, has_no_mandate)
    assert (streak.since, streak.asked) == (ats[2], 2)
    assert streak_of(history, lambda learned: word_of(learned) == "ok/ok").since is None


def test_rows_that_cannot_be_understood_are_told_by_their_cells(tmp_path: Path) -> None:
    """One that is corrected is another question: the wrong one has left."""

    async def night(journal: InlineJournal, *numbers: str) -> list[tuple[ChangeKind, str]]:
        told: list[tuple[ChangeKind, str]] = []
        questions = questions_of(numbers)
        changes = Changes(
            journal,
            PLACE,
            questions,
            BEGAN.date(),
            lambda change, _: told.append((change.kind, change.parts[0])),
        )
        await changes.begin()
        for pair in questions.pairs():
            outcome = Refused(questions.candidate(pair), ("SSIN: 3 digits where 11 are needed",))
            await changes.add(Decision(*pair, outcome), outcome)
        await changes.end()
        await changes.keep(BEGAN)
        return told

    with closing(InlineJournal.at(tmp_path / "j.db").store) as store:
        journal = InlineJournal(store)
        assert asyncio.run(night(journal, "123", "124", "123")) == [
            (ChangeKind.NEW, "123"),
            (ChangeKind.NEW, "124"),
        ]
        assert asyncio.run(night(journal, "124", "125")) == [
            (ChangeKind.NEW, "125"),
            (ChangeKind.LEFT, "123"),
        ]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("ok/-", "flexi-job: ok"),
        ("-/no_grant", "student job: no_grant"),
        ("nok/nok", "nok"),
        ("deferred", "deferred"),
    ],
)
def test_words_as_they_are_read(word: str, told: str) -> None:
    assert spelled(word) == told


def test_since_when_stays_known(tmp_path: Path) -> None:
    """Of a word that no night told since: whoever asks about all these nights hears when it began."""
    asked, later = query(CITIZEN), BEGAN + timedelta(hours=9)

    async def nights(journal: InlineJournal) -> None:
        outcomes = [None, *[answered(asked, later, Status.NO_GRANT, Status.OK, 10)] * 3]
        for night, outcome in enumerate(outcomes):
            questions = questions_of([CITIZEN])
            # On the last night its start date is past: nobody waits for a mandate any more.
            today = date(2027, 1, 1) if night == 3 else BEGAN.date()
            changes = Changes(journal, PLACE, questions, today, lambda *_: None)
            await changes.begin()
            if outcome is not None:
                await journal.keep([Entry.of(outcome, later + timedelta(days=night))])
                for row, start in questions.pairs():
                    await changes.add(Decision(row, start, outcome, asked), outcome)
            await changes.end()
            await changes.keep(BEGAN + timedelta(days=night))

    with closing(InlineJournal.at(tmp_path / "j.db").store) as store:
        asyncio.run(nights(InlineJournal(store)))
        (change,) = changes_in(store.lists, BEGAN, None, HoursRule())
    assert (change.kind, change.now) == (ChangeKind.NEW, "no_grant/ok")
    assert (change.since, change.asked) == (later + timedelta(days=1), 2)
    assert change.next_step().startswith("Flexi: The start date has passed: choose a new one")

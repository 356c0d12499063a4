"""When a question is asked again: every row of the table, and the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from support.journals import AT, QUERY, answered, pending, rejected, too_early

from precontractual_async import Answered, Description, Query, RecheckPolicy, Status, StudentJob, TypeOfWorker
from precontractual_async.journal.port import Entry, believed
from precontractual_async.journal.recheck import Finality, Learned, finality
from precontractual_async.model.errors import Move
from precontractual_async.model.moves import outcome_moves

HOUR = timedelta(hours=1)
LATE = evolve(QUERY, start_date=date(2030, 12, 31))
NO_GRANT = answered(LATE, flexi=Status.NO_GRANT)
MAYBE = answered(LATE, student=Status.UNKNOWN)


def unknown(cause: str) -> StudentJob:
    return StudentJob(Status.UNKNOWN, descriptions=(Description(("error",), cause),))


OLD, YOUNG = unknown("errorStudentRequirements"), unknown("errorYoungRequirements")


def with_student(outcome: Answered, job: StudentJob, at: datetime = AT) -> Answered:
    return evolve(outcome, answer=evolve(outcome.answer, student_job=job, asked_at=at))


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        (answered(), Finality.CONCLUSIVE),
        (answered(student=Status.NOT_REQUESTED), Finality.CONCLUSIVE),
        (answered(flexi=Status.NO_GRANT), Finality.CITIZEN),
        (answered(flexi=Status.NO_GRANT, student=Status.ERROR_GRANT), Finality.TEMPORARY),
        (answered(student=Status.UNKNOWN), Finality.TEMPORARY),
        (answered(student=Status.MISSING), Finality.TEMPORARY),
        (answered(student=Status.UNRECOGNISED), Finality.TEMPORARY),
        (rejected(), Finality.FINAL),
        (pending(), Finality.PENDING),
    ],
)
def test_an_outcome_is_as_settled_as_its_least_settled_part(outcome: Learned, wanted: Finality) -> None:
    """One block that may change makes the whole answer one that may."""
    assert finality(outcome) is wanted


def test_a_final_cause_is_never_asked_again() -> None:
    """Older than 30 stays so; the other block decides."""
    assert finality(with_student(NO_GRANT, OLD)) is Finality.CITIZEN
    both = with_student(answered(LATE, flexi=Status.NOT_REQUESTED), OLD)
    assert finality(both) is Finality.FINAL
    assert RecheckPolicy(fresh_for=HOUR).due_at(both, AT) is None
    assert finality(with_student(answered(LATE), OLD)) is Finality.CONCLUSIVE


@pytest.mark.parametrize(
    ("outcome", "after", "due"),
    [
        (pending(LATE), timedelta(0), True),
        (MAYBE, timedelta(0), True),
        (NO_GRANT, 5.9 * HOUR, False),
        (NO_GRANT, 6 * HOUR, True),
        (answered(LATE), 47 * HOUR, False),
        (answered(LATE), 48 * HOUR, True),
        (rejected(LATE), 10_000 * HOUR, False),
    ],
)
def test_the_next_run_asks_what_is_due(outcome: Learned, after: timedelta, due: bool) -> None:
    """Each kind has its own term."""
    policy = RecheckPolicy(fresh_for=timedelta(days=2))
    began = AT + after + timedelta(seconds=1)
    assert policy.is_due(outcome, AT, now=began, began=began) is due


def test_the_very_moment_counts() -> None:
    """Due at its instant, and asked by a run that began after it was learned, not at the same instant."""
    policy = RecheckPolicy()
    due_at = AT + 6 * HOUR
    assert policy.is_due(NO_GRANT, AT, now=due_at, began=due_at)
    assert not policy.is_due(MAYBE, AT, now=AT + HOUR, began=AT)


@pytest.mark.parametrize("outcome", [pending(LATE), MAYBE, NO_GRANT, answered(LATE), rejected(LATE)])
def test_a_run_asks_nothing_twice(outcome: Learned) -> None:
    """What was learned since the run began is settled for this run, unless it was not answered."""
    policy = RecheckPolicy(fresh_for=timedelta(0), mandate_after=timedelta(0))
    is_due = policy.is_due(outcome, AT, now=AT + HOUR, began=AT - HOUR)
    assert is_due is (finality(outcome) is Finality.PENDING)


def test_by_default_a_batch_is_settled_for_good() -> None:
    """`ok` and `nok` are asked again only when somebody chose a freshness."""
    assert RecheckPolicy().due_at(answered(LATE), AT) is None
    assert RecheckPolicy().due_at(NO_GRANT, AT) == AT + 6 * HOUR


def test_nothing_is_due_once_its_start_date_is_past() -> None:
    """By the calendar of Brussels, where the day begins before it does in UTC.

    A citizen may still give the mandate on the start date itself: it is asked once more before that ends.
    """
    last = evolve(QUERY, start_date=date(2026, 11, 24))
    tonight = datetime(2026, 11, 24, 16, 59, tzinfo=UTC)
    asked = answered(last, flexi=Status.NO_GRANT)
    assert RecheckPolicy().due_at(asked, tonight) == tonight + 6 * HOUR
    late, midnight = tonight + 4 * HOUR, tonight + 6 * HOUR + timedelta(minutes=1)
    assert RecheckPolicy().due_at(asked, late) == late + (midnight - late) / 2
    assert RecheckPolicy().due_at(asked, midnight) is None
    maybe = answered(last, flexi=Status.ERROR_GRANT)
    before, after = midnight - timedelta(seconds=1), midnight
    assert [RecheckPolicy().is_due(maybe, tonight, now=now, began=now) for now in (before, after)] == [
        True,
        False,
    ]


# --- what is final for a calendar year (manual §3.3.4)

NEW_YEAR = datetime(2026, 12, 31, 23, tzinfo=UTC)
"""In Brussels."""
DECEMBER = datetime(2026, 12, 10, 9, tzinfo=UTC)
NEXT_YEAR = evolve(QUERY, start_date=date(2027, 1, 4))


def young(query: Query = NEXT_YEAR, at: datetime = DECEMBER, flexi: Status = Status.NOK) -> Answered:
    return with_student(answered(query, flexi=flexi), YOUNG, at)


@pytest.mark.parametrize("flexi", [Status.NOK, Status.NOT_REQUESTED])
@pytest.mark.parametrize(
    "at", [DECEMBER, NEW_YEAR - timedelta(seconds=1), NEW_YEAR + timedelta(seconds=20)], ids=str
)
def test_too_young_holds_for_the_calendar_year(flexi: Status, at: datetime) -> None:
    """Asked again on 1 January in Brussels, whatever stands beside it, and by a clock that is ahead too."""
    outcome = young(at=at, flexi=flexi)
    assert RecheckPolicy().due_at(outcome, at) == NEW_YEAR
    assert outcome_moves(outcome) == {Move.LATER}
    assert finality(outcome) is Finality.TEMPORARY


@pytest.mark.parametrize(
    ("query", "at"), [(QUERY, AT), (NEXT_YEAR, NEW_YEAR + 12 * HOUR)], ids=["this year's", "next year's"]
)
def test_too_young_is_final_for_a_start_date_within_the_year(query: Query, at: datetime) -> None:
    """There is nothing more to ask: on 1 January the start date is past."""
    outcome = young(query, at)
    assert RecheckPolicy().due_at(outcome, at) is None
    assert outcome_moves(outcome) == {Move.NOBODY}
    assert finality(outcome) is Finality.CONCLUSIVE


def test_what_stands_beside_it_keeps_its_own_term() -> None:
    """Whichever comes first; and nothing that is final for the year is asked within it."""
    week = RecheckPolicy(fresh_for=timedelta(days=7))
    assert week.due_at(young(), DECEMBER) == DECEMBER + timedelta(days=7)
    only = young(evolve(NEXT_YEAR, type_of_worker=TypeOfWorker.STUDENT_JOB), flexi=Status.NOT_REQUESTED)
    assert week.due_at(only, DECEMBER) == NEW_YEAR


@pytest.mark.parametrize(("at", "is_news"), [(NEW_YEAR - HOUR, False), (NEW_YEAR, True)])
def test_what_was_final_for_a_year_is_not_believed_in_the_next(at: datetime, is_news: bool) -> None:
    """Within it, it says more than "we don't know"; after it, what is learned anew is told."""
    before = young(flexi=Status.NOT_REQUESTED)
    later = answered(NEXT_YEAR, Status.NOT_REQUESTED, Status.NO_GRANT, at=at)
    entry = believed(Entry.of(before, DECEMBER), Entry.of(later, at))
    assert entry.outcome == (later if is_news else before)
    assert entry.finality is Finality.CITIZEN


def test_what_is_learned_once_the_window_is_open_is_believed() -> None:
    """That it was too early says nothing, so no answer is held back by it, and none is covered."""
    early, part = too_early(NEXT_YEAR), answered(NEXT_YEAR, student=Status.NO_GRANT)
    assert believed(Entry.of(early, DECEMBER), Entry.of(part, DECEMBER + HOUR)).outcome == part
    assert believed(Entry.of(part, DECEMBER), Entry.of(early, DECEMBER + HOUR)).outcome == part

"""When a question is asked again: every row of the table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.journals import AT, answered, pending, rejected

from precontractual_async import Description, DuePolicy, Status, StudentJob
from precontractual_async.journal.due import Learned, Standing, standing

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        (answered(), Standing.CONCLUSIVE),
        (answered(student=Status.NOT_REQUESTED), Standing.CONCLUSIVE),
        (answered(flexi=Status.NO_GRANT), Standing.CITIZEN),
        (answered(flexi=Status.NO_GRANT, student=Status.ERROR_GRANT), Standing.TEMPORARY),
        (answered(student=Status.UNKNOWN), Standing.TEMPORARY),
        (answered(student=Status.MISSING), Standing.TEMPORARY),
        (answered(student=Status.UNRECOGNISED), Standing.TEMPORARY),
        (rejected(), Standing.FINAL),
        (pending(), Standing.PENDING),
    ],
)
def test_an_outcome_is_as_settled_as_its_least_settled_part(outcome: Learned, wanted: Standing) -> None:
    """One block that may change makes the whole answer one that may."""
    assert standing(outcome) is wanted


def test_a_final_cause_is_never_asked_again() -> None:
    """Older than 30 stays so; the other block decides."""
    final = StudentJob(Status.UNKNOWN, descriptions=(Description(("error",), "errorStudentRequirements"),))
    outcome = answered(flexi=Status.NO_GRANT)
    from attrs import evolve

    assert standing(evolve(outcome, answer=evolve(outcome.answer, student_job=final))) is Standing.CITIZEN
    both = evolve(answered(student=Status.NOT_REQUESTED).answer, student_job=final)
    assert standing(evolve(outcome, answer=both)) is Standing.CONCLUSIVE


@pytest.mark.parametrize(
    ("kind", "after", "due"),
    [
        (Standing.PENDING, timedelta(0), True),
        (Standing.TEMPORARY, timedelta(0), True),
        (Standing.CITIZEN, 5.9 * HOUR, False),
        (Standing.CITIZEN, 6 * HOUR, True),
        (Standing.CONCLUSIVE, 47 * HOUR, False),
        (Standing.CONCLUSIVE, 48 * HOUR, True),
        (Standing.FINAL, 10_000 * HOUR, False),
    ],
)
def test_the_next_run_asks_what_is_due(kind: Standing, after: timedelta, due: bool) -> None:
    """Each kind has its own term."""
    policy = DuePolicy(fresh_for=timedelta(days=2))
    began = AT + after + timedelta(seconds=1)
    assert policy.is_due(kind, AT, now=began, began=began) is due


def test_the_very_moment_counts() -> None:
    """Due at its instant, and asked by a run that began after it was learned, not at the same instant."""
    policy = DuePolicy()
    due_at = AT + 6 * HOUR
    assert policy.is_due(Standing.CITIZEN, AT, now=due_at, began=due_at)
    assert not policy.is_due(Standing.TEMPORARY, AT, now=AT + HOUR, began=AT)


@pytest.mark.parametrize("kind", Standing)
def test_a_run_asks_nothing_twice(kind: Standing) -> None:
    """What was learned since the run began is settled for this run, unless it was not answered."""
    policy = DuePolicy(fresh_for=timedelta(0), mandate_after=timedelta(0))
    is_due = policy.is_due(kind, AT, now=AT + HOUR, began=AT - HOUR)
    assert is_due is (kind is Standing.PENDING)


def test_by_default_a_batch_is_settled_for_good() -> None:
    """`ok` and `nok` are asked again only when somebody chose a freshness."""
    assert DuePolicy().due_at(Standing.CONCLUSIVE, AT) is None
    assert DuePolicy().learned_before(AT)[Standing.CONCLUSIVE] is None
    assert DuePolicy().learned_before(AT)[Standing.CITIZEN] == AT - 6 * HOUR

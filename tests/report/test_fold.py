"""What becomes of outcomes in a report: nothing is passed over, and nobody's move is nobody's by mistake."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations

import pytest
from attrs import evolve
from support.batch import BEGAN, CALLER, DATES, TODAY, answered, batch
from support.journals import query_for, too_early
from support.numbers import ENTERPRISE, MANDATARY, VALID_SSINS
from support.pages import folded

from precontractual_async import (
    Answered,
    Caller,
    Description,
    EnterpriseNumber,
    Entry,
    InternalFault,
    Labels,
    Pending,
    Problem,
    Query,
    Rejected,
    ServerError,
    Status,
    TypeOfWorker,
)
from precontractual_async.journal.recheck import Finality, Learned
from precontractual_async.report.fold import Citizen, FinalityChange
from precontractual_async.report.kinds import GROUPS
from precontractual_async.report.pictures import pictures
from precontractual_async.report.speech import Speech
from precontractual_async.report.view import quotes

LATER = BEGAN + timedelta(hours=1)


def query(number: int = 0, day: date = DATES[0], kind: TypeOfWorker = TypeOfWorker.ALL) -> Query:
    return evolve(query_for(VALID_SSINS[number]), start_date=day, caller=CALLER, type_of_worker=kind)


def pending(asked: Query) -> Pending:
    return Pending(asked, ServerError("the gateway answered 503", status=503))


def rejected(asked: Query) -> Rejected:
    return Rejected(asked, Problem(400))


def only(*entries: Entry) -> Citizen:
    (citizen,) = folded(entries).citizens()
    return citizen


def says(citizen: Citizen) -> list[tuple[str | None, str | None, str]]:
    return [
        (
            row.flexi.kind.word if row.flexi else None,
            row.student.kind.word if row.student else None,
            row.group(TODAY).mark,
        )
        for row in citizen.rows
    ]


OK, NOK, NO = Status.OK, Status.NOK, Status.NO_GRANT


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda q: answered(q, BEGAN, OK, NOK, 0), ("ok", "nok", "decide")),
        (lambda q: answered(q, BEGAN, NOK, NOK), ("nok", "nok", "final")),
        (lambda q: answered(q, BEGAN, NOK, OK, 0), ("nok", "ok", "final")),
        (lambda q: answered(q, BEGAN, OK, NO), ("ok", "no_grant", "mandate")),
        (lambda q: answered(q, BEGAN, Status.ERROR_GRANT, NO), ("not known for now", "no_grant", "mandate")),
        (lambda q: answered(q, BEGAN, Status.MISSING, OK), ("not known for now", "ok", "later")),
        (lambda q: answered(q, BEGAN, NOK, Status.UNKNOWN), ("nok", "not known for now", "later")),
        (
            lambda q: answered(q, BEGAN, NOK, Status.UNKNOWN, None, "errorStudentRequirements"),
            ("nok", "not known: final", "final"),
        ),
        (
            lambda q: answered(q, BEGAN, OK, Status.UNKNOWN, None, "errorYoungRequirements"),
            ("ok", "not known: final", "decide"),
        ),
        (
            lambda q: answered(
                evolve(q, start_date=date(2027, 1, 4)),
                BEGAN,
                NOK,
                Status.UNKNOWN,
                None,
                "errorYoungRequirements",
            ),
            ("nok", "not known for now", "later"),
        ),
        (lambda q: answered(q, BEGAN, Status.UNRECOGNISED, NO), ("unrecognised", "no_grant", "operator")),
        (rejected, ("rejected", "rejected", "correct")),
        (too_early, ("not known for now", "not known for now", "later")),
        (pending, ("pending", "pending", "later")),
        (lambda q: Pending(q, InternalFault.of(KeyError())), ("pending", "pending", "operator")),
    ],
)
def test_each_outcome_is_somebodys_move(make: Callable[[Query], Learned], told: tuple[str, str, str]) -> None:
    """What is not known is never a no, and who is asked to do something can do it."""
    assert says(only(Entry.of(make(query()), BEGAN))) == [told]


def test_an_answer_does_not_hide_what_is_not_answered() -> None:
    """One kind of work was asked for by itself and answered; the other waits still."""
    flexi, student = (query(kind=kind) for kind in (TypeOfWorker.FLEXI_JOB, TypeOfWorker.STUDENT_JOB))
    entries = [
        Entry.of(answered(flexi, BEGAN, OK, Status.NOT_REQUESTED), BEGAN),
        Entry.of(pending(student), BEGAN),
    ]
    for some in permutations(entries):
        assert says(only(*some)) == [("ok", "pending", "later")]
    assert says(only(entries[0])) == [("ok", None, "decide")]


def test_the_better_word_is_told_in_every_order() -> None:
    """Of two questions about the same: what is known goes before what is not, then what is newer."""
    both, flexi = query(), query(kind=TypeOfWorker.FLEXI_JOB)
    entries = [
        Entry.of(answered(both, BEGAN, NOK, OK, 100), BEGAN),
        Entry.of(answered(flexi, LATER, OK, Status.NOT_REQUESTED), LATER),
        Entry.of(pending(query(kind=TypeOfWorker.STUDENT_JOB)), LATER),
    ]
    for some in permutations(entries):
        citizen = only(*some)
        assert says(citizen) == [("ok", "ok", "decide")]
        assert citizen.rows[0].asked_at == LATER
        assert citizen.rows[0].student
        assert citizen.rows[0].student.hours == 100


def test_a_start_date_that_is_past_waits_for_nobody() -> None:
    """It can no longer be asked; a citizen with another date still can."""
    yesterday = TODAY - timedelta(days=1)
    old = Entry.of(pending(query(day=yesterday)), BEGAN)
    assert (says(only(old)), only(old).group.mark) == ([("pending", "pending", "past")], "past")
    new = Entry.of(answered(query(day=TODAY), BEGAN, OK, NO), BEGAN)
    assert only(old, new).group.mark == "mandate"
    assert [row.start_date for row in only(new, old).rows] == [yesterday, TODAY]


def test_employers_are_told_apart() -> None:
    """The same citizen and date, asked for two employers, are two rows."""
    mandatary, one = EnterpriseNumber.parse(MANDATARY), EnterpriseNumber.parse(ENTERPRISE)
    queries = [evolve(query(), caller=Caller.mandatary(mandatary, each)) for each in (one, mandatary)]
    citizen = only(*(Entry.of(answered(each, BEGAN, OK, OK), BEGAN) for each in queries))
    assert [row.caller for row in citizen.rows] == [queries[1].caller, queries[0].caller]


def test_the_first_to_move_come_first() -> None:
    """Everybody is in one group, and within it not in the order of the numbers."""
    citizens = folded(batch(300)).citizens()
    groups = [GROUPS.index(citizen.group) for citizen in citizens]
    assert groups == sorted(groups)
    assert {citizen.group.mark for citizen in citizens} == {each.mark for each in GROUPS} - {"past"}
    decide = [citizen.ssin.digits for citizen in citizens if citizen.group.mark == "decide"]
    assert decide != sorted(decide)


def test_what_to_do_is_said_once() -> None:
    """Of what is settled nothing; of two that ask for the same, once."""
    (row,) = only(Entry.of(answered(query(), BEGAN, NO, NO), BEGAN)).rows
    assert row.next_steps == "Have the citizen give (or confirm) the mandate to 0880.820.673, then ask again."
    (row,) = only(Entry.of(answered(query(), BEGAN, OK, NOK), BEGAN)).rows
    assert row.next_steps == ""


def test_what_changed_over_time() -> None:
    """Each new standing once; an answer is not covered by what came later and says less."""
    histories = [
        Entry.of(pending(query()), BEGAN),
        Entry.of(answered(query(), LATER, NO, NO), LATER),
        Entry.of(answered(query(), LATER + timedelta(days=1), OK, OK), LATER + timedelta(days=1)),
        Entry.of(pending(query()), LATER + timedelta(days=2)),
    ]
    assert folded(histories).changes == [
        FinalityChange(BEGAN, None, Finality.PENDING),
        FinalityChange(LATER, Finality.PENDING, Finality.CITIZEN),
        FinalityChange(LATER + timedelta(days=1), Finality.CITIZEN, Finality.CONCLUSIVE),
    ]


def test_the_gateways_texts_are_counted() -> None:
    """The same text on many answers is one, the most frequent first."""
    fold = folded(batch(200))
    assert [each.is_disclaimer for each in fold.texts] == [True, False, False]
    assert [each.times for each in fold.texts] == sorted((each.times for each in fold.texts), reverse=True)
    assert fold.questions == 400
    assert fold.outcomes[Answered] + fold.outcomes[Rejected] + fold.outcomes[Pending] == 400


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    """An answer that seems to be older than the one before it comes after it all the same."""
    fold = folded(
        [
            Entry.of(answered(query(), LATER, Status.UNKNOWN, OK), LATER),
            Entry.of(answered(query(), BEGAN, OK, OK), BEGAN),
        ]
    )
    assert fold.changes == [
        FinalityChange(LATER, None, Finality.TEMPORARY),
        FinalityChange(LATER, Finality.TEMPORARY, Finality.CONCLUSIVE),
    ]
    (progress,) = [each for each in pictures(fold, (), Speech("en")) if each.name == "progress"]
    assert [row[1:] for row in progress.rows] == [("1", "0", "0", "0", "0")]


def test_a_gateway_that_never_says_the_same_twice() -> None:
    """A hundred of its texts are kept, and the others counted: they fill no memory, and no page."""

    def saying(place: int) -> Entry:
        told = Description(("disclaimer",), None, Labels({"en": f"{place} " + "x" * 16_000}))
        one = answered(query(), BEGAN, OK, Status.NOT_REQUESTED)
        flexi = evolve(one.answer.flexi_job, descriptions=(told,))
        student = evolve(one.answer.student_job, descriptions=())
        return Entry.of(evolve(one, answer=evolve(one.answer, flexi_job=flexi, student_job=student)), BEGAN)

    fold = folded([])
    tracemalloc.start()
    try:
        for place in (*range(1000), 0, 0, 999):
            fold.add([saying(place)])
        assert tracemalloc.get_traced_memory()[0] < 4_000_000
    finally:
        tracemalloc.stop()
    assert (len(fold.texts), fold.texts[0].times, fold.other_texts) == (100, 3, 901)
    told, others = quotes(fold, Speech("en"))
    assert (len(told), told[0].times, others) == (40, "3", 1003 - 42)

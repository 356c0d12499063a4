"""The fold: the same for every order and every repetition, and never a guess."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from support.numbers import ENTERPRISE, enterprises, generated

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    CredentialsRefused,
    Deferred,
    EnterpriseNumber,
    FlexiJob,
    Move,
    Outcome,
    Pending,
    Problem,
    Query,
    Refused,
    Rejected,
    ResultAggregator,
    ServerError,
    Ssin,
    Status,
    StudentJob,
    TypeOfWorker,
)
from precontractual_async.model.tallies import Tally

ME = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
PEOPLE = [Ssin.parse(number) for number in generated(3)]
DAYS = [date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 15)]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def query(person: int = 0, day: int = 0, kind: TypeOfWorker = TypeOfWorker.ALL) -> Query:
    return Query(PEOPLE[person], DAYS[day], ME, kind)


def answered(
    asked: Query, flexi: Status, student: Status, hours: int | None = None, minute: int = 0
) -> Answered:
    at = NOON + timedelta(minutes=minute)
    return Answered(
        asked, Answer(FlexiJob(flexi), StudentJob(student, hours_remaining=hours), "r", at, f"t{minute}")
    )


def folded(*outcomes: Outcome) -> ResultAggregator:
    aggregator = ResultAggregator()
    for outcome in outcomes:
        aggregator.add(outcome)
    return aggregator


outcomes_of_a_query = st.builds(
    lambda person, day, kind, pick, flexi, student, minute: [
        answered(query(person, day, kind), flexi, student, minute, minute),
        Rejected(query(person, day, kind), Problem(400)),
        Deferred(query(person, day, kind), DAYS[0]),
        Pending(query(person, day, kind), ServerError("the gateway answered 500")),
        Refused(Candidate(f"raw {person}", f"day {day}"), ("no",)),
    ][pick],
    st.integers(0, 2),
    st.integers(0, 2),
    st.sampled_from(TypeOfWorker),
    st.integers(0, 4),
    st.sampled_from(Status),
    st.sampled_from(Status),
    st.integers(0, 10_000),
)


@given(st.lists(outcomes_of_a_query, max_size=12, unique_by=repr), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(outcomes: list[Outcome], draw: random.Random) -> None:
    """Any permutation, with any outcome told twice, gives the same citizens and the same tallies."""
    again = [*outcomes, *draw.sample(outcomes, len(outcomes) // 2)]
    draw.shuffle(again)
    one, other = folded(*outcomes), folded(*again)
    assert one.citizens() == other.citizens()
    assert one.tallies() == other.tallies()


def test_a_citizen_over_dates() -> None:
    """Status and hours per date, the first good dates, and whose move it is."""
    (citizen,) = folded(
        answered(query(day=2), Status.OK, Status.NOK),
        answered(query(day=0), Status.NOK, Status.OK, hours=120),
        answered(query(day=1), Status.OK, Status.NO_GRANT),
    ).citizens()
    assert [d.start_date for d in citizen.dates] == DAYS
    assert [(d.flexi, d.student, d.hours_remaining) for d in citizen.dates] == [
        (Status.NOK, Status.OK, 120),
        (Status.OK, Status.NO_GRANT, None),
        (Status.OK, Status.NOK, None),
    ]
    assert (citizen.first_flexi_ok, citizen.first_student_ok) == (DAYS[1], DAYS[0])
    assert citizen.moves == {Move.CITIZEN}


def test_no_student_starts_without_hours() -> None:
    """With none left the limit is reached (manual §3.1); what is not said is not none."""
    for hours, first in ((0, None), (1, DAYS[0]), (None, DAYS[0])):
        (citizen,) = folded(answered(query(), Status.NOK, Status.OK, hours)).citizens()
        assert citizen.first_student_ok == first


def test_not_knowing_never_covers_an_answer() -> None:
    """A later outage or an unknown leaves the known answer where it is, and is no "no"."""
    known = answered(query(), Status.OK, Status.OK, hours=50)
    (citizen,) = folded(
        known,
        answered(query(), Status.UNKNOWN, Status.NO_GRANT, minute=5),
        Pending(query(), ServerError("the gateway answered 500")),
    ).citizens()
    (result,) = citizen.dates
    assert (result.outcome, result.flexi, result.student, result.hours_remaining) == (
        "answered", Status.OK, Status.OK, 50,
    )  # fmt: skip
    assert result.moves == frozenset()


def test_a_later_conclusive_answer_wins() -> None:
    """Hours change: of two conclusive answers the one asked later counts."""
    (citizen,) = folded(
        answered(query(), Status.NOK, Status.OK, hours=10, minute=9),
        answered(query(), Status.NOK, Status.OK, hours=50),
    ).citizens()
    assert citizen.dates[0].hours_remaining == 10


def test_blocks_asked_apart_are_put_together() -> None:
    """A flexi-only and a student-only question about one date make one result."""
    (citizen,) = folded(
        answered(query(kind=TypeOfWorker.FLEXI_JOB), Status.OK, Status.NOT_REQUESTED),
        answered(query(kind=TypeOfWorker.STUDENT_JOB), Status.NOT_REQUESTED, Status.NOK, minute=1),
    ).citizens()
    assert (citizen.dates[0].flexi, citizen.dates[0].student) == (Status.OK, Status.NOK)


def test_an_answer_to_one_question_hides_no_other() -> None:
    """The flexi-job is known, the student job is not yet: nobody may take that for all."""
    flexi, student = query(kind=TypeOfWorker.FLEXI_JOB), query(kind=TypeOfWorker.STUDENT_JOB)
    pending = Pending(student, ServerError("the gateway answered 500"))
    known = answered(flexi, Status.OK, Status.NOT_REQUESTED)
    (citizen,) = folded(known, pending).citizens()
    assert (citizen.dates[0].flexi, citizen.dates[0].student) == (Status.OK, None)
    assert citizen.moves == {Move.LATER}
    (later,) = folded(pending, answered(student, Status.NOT_REQUESTED, Status.OK, minute=1), known).citizens()
    assert later.moves == frozenset()
    (all_at_once,) = folded(pending, known, answered(query(), Status.OK, Status.NOK)).citizens()
    assert all_at_once.moves == frozenset()


def test_pending_says_nothing_about_the_citizen() -> None:
    """No answer is no status: neither ok nor nok."""
    (citizen,) = folded(Pending(query(), ServerError("the gateway answered 500"))).citizens()
    (result,) = citizen.dates
    assert (result.outcome, result.flexi, result.student) == ("pending", None, None)
    assert citizen.moves == {Move.LATER}


def test_tallies_count_rows() -> None:
    """Rows that answer the same question count each; the same row told twice counts once."""
    one = answered(query(), Status.OK, Status.NOK)
    rows = [Answered(one.query, one.answer, row=n) for n in (0, 1, 1)]
    tallies = folded(*rows, Refused(Candidate("x", "y", row=2), ("no",), 2)).tallies()
    assert dict(tallies.outcomes) == {"answered": 2, "refused": 1}
    assert dict(tallies.flexi) == {Status.OK: 2}
    assert dict(tallies.moves) == {Move.EMPLOYER: 1}


def test_callers_are_kept_apart() -> None:
    """What one employer may know is no answer to another: results are per caller."""
    other = Caller.mandatary(EnterpriseNumber.parse("0400000086"), EnterpriseNumber.parse(ENTERPRISE))
    theirs = Query(PEOPLE[0], DAYS[0], other)
    (citizen,) = folded(
        answered(query(), Status.OK, Status.OK), answered(theirs, Status.NO_GRANT, Status.NO_GRANT)
    ).citizens()
    assert [d.flexi for d in citizen.dates] == [Status.NO_GRANT, Status.OK]


def test_a_fold_shows_no_number() -> None:
    """It holds digits, and says nothing of them."""
    asked = query()
    assert asked.citizen.digits not in repr(folded(answered(asked, Status.OK, Status.OK)))


def test_what_cannot_be_told_apart_by_time_is_told_apart_by_what_it_says() -> None:
    """A gateway that repeats its trace id and a coarse clock: still no order decides."""
    good, bad = answered(query(), Status.OK, Status.NOK), answered(query(), Status.NOK, Status.OK, hours=3)
    late = Pending(query(), ServerError("x"))
    ours = Pending(query(), CredentialsRefused("x"))
    for one, other in ((good, bad), (late, ours)):
        assert folded(one, other).citizens() == folded(other, one).citizens()
        assert folded(one, other).tallies() == folded(other, one).tallies()


def test_callers_that_differ_only_in_the_person_who_asks() -> None:
    """They have an order as well."""
    one, other = (Caller.portal(ME.enterprise_number, person) for person in PEOPLE[:2])
    asked = [Pending(evolve(query(), caller=caller), ServerError("x")) for caller in (one, other)]
    assert folded(*asked).citizens() == folded(*reversed(asked)).citizens()


def test_two_people_who_are_refused_are_two() -> None:
    """Also when their numbers look alike in a repr."""
    alike = next(
        (one, other)
        for one in map(Ssin.parse, generated(300))
        for other in map(Ssin.parse, generated(300))
        if one != other and repr(one) == repr(other)
    )
    refused = [Refused(Candidate(person, "x"), ("start date: no",)) for person in alike]
    assert folded(*refused).tallies().outcomes == {"refused": 2}


def test_a_count_does_not_grow_with_what_it_counts() -> None:
    """A million different hours are one kind of answer."""
    tally, aggregator = Tally(), ResultAggregator()
    for hours in range(1000):
        tally.add(answered(query(), Status.OK, Status.OK, hours))
        aggregator.add(answered(query(), Status.OK, Status.OK, hours, minute=hours))
    assert len(tally._times) == len(aggregator._kept_once) == 2  # hours left, or none
    assert len(aggregator._rows) == 1
    assert len(next(iter(aggregator._questions.values()))) == 1


FIRST, SECOND = map(EnterpriseNumber.parse, sorted(enterprises(2)))
OUTCOMES_OF_EMPLOYERS: list[Outcome] = [
    answered(evolve(query(0), caller=ME.asking_for(SECOND)), Status.OK, Status.NOK),
    answered(evolve(query(0), caller=ME.asking_for(FIRST)), Status.NOK, Status.NO_GRANT),
    answered(evolve(query(1), caller=ME.asking_for(FIRST)), Status.OK, Status.OK),
    Rejected(evolve(query(2), caller=ME.asking_for(FIRST)), Problem(400)),
    Pending(query(2), ServerError("the gateway answered 500")),
    Refused(Candidate("raw", DAYS[0], f"BE {SECOND.digits}"), ("no",)),
    Refused(Candidate("raw", DAYS[0]), ("no",)),
    Refused(Candidate("raw", DAYS[0], "12"), ("no",)),
]


@given(order=st.permutations(OUTCOMES_OF_EMPLOYERS))
def test_each_employer_has_its_own(order: list[Outcome]) -> None:
    """Its counts and its citizens; a row that names nobody is the caller's, and a wrong number is nobody's."""
    aggregator = ResultAggregator(caller=ME)
    for outcome in (*order, *order[:3]):
        aggregator.add(outcome)
    counted = aggregator.employers()
    assert [*counted] == [FIRST, SECOND, ME.employer, None]
    assert [dict(tallies.outcomes) for tallies in counted.values()] == [
        {"answered": 2, "rejected": 1},
        {"answered": 1, "refused": 1},
        {"pending": 1, "refused": 1},
        {"refused": 1},
    ]
    for employer in (FIRST, SECOND, ME.employer):
        theirs = [
            each for each in order if not isinstance(each, Refused) and each.query.caller.employer == employer
        ]
        assert aggregator.citizens(employer) == folded(*theirs).citizens()
    together = Counter(word for each in counted.values() for word in Counter(each.outcomes).elements())
    assert together == aggregator.tallies().outcomes
    shown = repr(counted) + "".join(f"{each.starts}" for each in counted.values())
    assert not [person for person in PEOPLE if person.digits in shown]


def test_whose_a_refused_row_is_when_the_caller_is_not_known() -> None:
    counted = folded(*OUTCOMES_OF_EMPLOYERS).employers()
    assert {**counted[None].outcomes} == {"refused": 2}
    assert [*counted] == [FIRST, SECOND, ME.employer, None]

"""From a raw candidate to a query: for whom it is asked."""

from __future__ import annotations

from datetime import date

import pytest
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY

from precontractual_async import (
    Caller,
    Candidate,
    EnterpriseNumber,
    Query,
    Refused,
    Ssin,
    StartDateWindow,
    TypeOfWorker,
)
from precontractual_async.model.planning import Planner, employer_of

OWN, EMPLOYER, OTHER = map(EnterpriseNumber.parse, (MANDATARY, ENTERPRISE, "0123456749"))
PERSON = Ssin.parse("10010190162")


def asked_for(caller: Caller, named: object) -> Caller:
    query = Planner(caller, None).plan(Candidate(CITIZEN, "1/12/2026", named))
    assert isinstance(query, Query)
    return query.caller


@pytest.mark.parametrize(
    "caller",
    [Caller.mandatary(OWN, EMPLOYER), Caller.enterprise(OWN), Caller.portal(OWN, PERSON, EMPLOYER)],
)
def test_a_row_is_asked_for_whom_it_names(caller: Caller) -> None:
    """Never for another: with the caller's own number for itself, which represents nobody (manual §3.2.1.1)."""
    assert asked_for(caller, "BE 0400.000.086").represented_enterprise_number is None
    assert asked_for(caller, OTHER).represented_enterprise_number == OTHER
    assert asked_for(caller, " ") == asked_for(caller, None) == caller
    assert {asked_for(caller, each).mandatary_ssin for each in (OWN, OTHER)} == {caller.mandatary_ssin}


@pytest.mark.parametrize("named", [None, " ", OWN, OTHER, "0123.456.749"])
def test_a_refused_row_belongs_to_whom_it_is_asked_for(named: object) -> None:
    """Also when it is refused as a query, whose day has passed; nobody's, when the number is wrong."""
    caller = Caller.mandatary(OWN, EMPLOYER)
    candidate = Candidate(CITIZEN, "1/12/2026", named)
    query = Planner(caller, None).plan(candidate)
    assert isinstance(query, Query)
    refused = Planner(caller, StartDateWindow.on(date(2026, 12, 2))).check(query)
    assert isinstance(refused, Refused)
    assert employer_of(refused.candidate, caller) == employer_of(candidate, caller) == query.caller.employer
    assert employer_of(Candidate(CITIZEN, "1/12/2026", "12"), caller) is None


def test_whoever_represents_itself_asks_for_itself() -> None:
    """However a caller is made: its own number never goes out as a represented one."""
    assert Caller.mandatary(OWN, OWN) == Caller.enterprise(OWN)
    assert Caller.portal(OWN, PERSON, OWN) == Caller.portal(OWN, PERSON)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (TypeOfWorker.FLEXI_JOB, ["flexiJob", "flexi", "Flexi-job", "FLEXIJOB", " flexi job ", "flexi-jobber"]),
        (TypeOfWorker.STUDENT_JOB, ["studentJob", "student", "jobstudent", "étudiant", "Étudiante", "job d'étudiant",
                                    "Werkstudent", "studentenjob", "Student(e)", "étudiant jobiste"]),
        (TypeOfWorker.ALL, ["all", "beide", "les deux", "toutes les deux", "flexi of student", "flexi\nstudent", "Alle", "both", "flexi + student", "flexi/étudiant",
                            "Flexi-job en studentenjob", "étudiant et flexi-job", "Flexi und Student", "student & flexi"]),
    ],
)  # fmt: skip
def test_how_lists_write_the_kind_of_work(kind: TypeOfWorker, written: list[str]) -> None:
    """In four languages; nothing at all is what the caller asks for otherwise."""
    for word in written:
        planned = Planner(Caller.enterprise(OWN), None).plan(
            Candidate(CITIZEN, "1/12/2026", type_of_worker=word)
        )
        assert isinstance(planned, Query), word
        assert planned.type_of_worker is kind
    for blank in ("", " ", None):
        planned = Planner(Caller.enterprise(OWN), None).plan(
            Candidate(CITIZEN, "1/12/2026", type_of_worker=blank)
        )
        assert isinstance(planned, Query)
        assert planned.type_of_worker is TypeOfWorker.ALL


@pytest.mark.parametrize(
    "written", ["arbeider", "flexi of vast", "CDI", "student?flexi", 3, "flexi + x", "+"]
)
def test_a_kind_of_work_that_is_none(written: object) -> None:
    """Refused, with the words that are understood."""
    planned = Planner(Caller.enterprise(OWN), None).plan(
        Candidate(CITIZEN, "1/12/2026", type_of_worker=written)
    )
    assert isinstance(planned, Refused)
    assert planned.violations == ("type of worker: none of the words flexi, student, both",)

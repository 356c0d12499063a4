"""From a raw candidate to a query: for whom it is asked."""

from __future__ import annotations

import pytest
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY

from precontractual_async import Caller, Candidate, EnterpriseNumber, Query, Ssin
from precontractual_async.planning import Planner

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


def test_whoever_represents_itself_asks_for_itself() -> None:
    """However a caller is made: its own number never goes out as a represented one."""
    assert Caller.mandatary(OWN, OWN) == Caller.enterprise(OWN)
    assert Caller.portal(OWN, PERSON, OWN) == Caller.portal(OWN, PERSON)

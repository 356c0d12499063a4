"""Statements of the manual where we once said or asked something else; by their sections."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Description,
    EnterpriseNumber,
    Fault,
    FlexiJob,
    InvalidIdentifier,
    Issue,
    Labels,
    Move,
    Pending,
    Problem,
    Query,
    Rejected,
    RequestRejected,
    ServerError,
    Ssin,
    Status,
    StudentJob,
)
from precontractual_async.cli import verify
from precontractual_async.journal.port import Entry
from precontractual_async.journal.recheck import Finality, RecheckPolicy, finality
from precontractual_async.model.dates import BRUSSELS
from precontractual_async.model.moves import outcome_moves
from precontractual_async.protocol.wire import HttpResponse, decipher
from precontractual_async.report.fold import Fold
from precontractual_async.sandbox import Citizen, Sandbox
from precontractual_async.sandbox.population import Population, _made_up
from precontractual_async.tables.results import result_cells

OWN = EnterpriseNumber.parse(ENTERPRISE)
QUERY = Query(Ssin.parse(CITIZEN), date(2027, 2, 15), Caller.enterprise(OWN))
OPENS = datetime(2026, 12, 1, tzinfo=BRUSSELS)
TOO_EARLY = Issue("startDate", "StartDate should fall within the permitted time frame")
AT = datetime(2026, 12, 2, 9, tzinfo=UTC)


def answered(flexi: FlexiJob, student: StudentJob, query: Query = QUERY) -> Answered:
    return Answered(query, Answer(flexi, student, None, AT, "trace"))


@pytest.mark.parametrize(
    ("learned", "due"),
    [
        (OPENS - timedelta(days=9), OPENS),
        (OPENS + timedelta(seconds=20), OPENS + timedelta(seconds=20, minutes=5)),
        (OPENS + timedelta(hours=3), OPENS + timedelta(hours=27)),
    ],
)
def test_a_start_date_that_was_too_early(learned: datetime, due: datetime) -> None:
    """§3.3.12: it is asked again when the window has opened, also where our clock was ahead of the gateway's."""
    rejected = Rejected(QUERY, Problem(400, issues=(TOO_EARLY,)))
    assert RecheckPolicy().due_at(rejected, learned) == due
    assert finality(rejected) is Finality.TEMPORARY
    assert outcome_moves(rejected) == {Move.LATER}
    assert rejected.next_step == "Ask again nearer to it."
    both = Rejected(QUERY, Problem(400, issues=(TOO_EARLY, Issue("citizen", "does not exist"))))
    assert RecheckPolicy().due_at(both, learned) is None
    assert outcome_moves(both) == {Move.EMPLOYER}


def test_no_hours_left_is_the_limit() -> None:
    """§3.1: said in every language, whatever the status; and what is not checked of a student."""
    flexi = FlexiJob(Status.NOK)
    for status in (Status.OK, Status.NOK):
        none = answered(flexi, StudentJob(status, hours_remaining=0))
        assert "the limit is reached" in none.reason
        assert "de limiet is bereikt" in none.explain("nl").reason
        some = answered(flexi, StudentJob(status, hours_remaining=1))
        assert "limit" not in some.reason
    step = answered(FlexiJob(Status.OK), StudentJob(Status.OK, hours_remaining=9)).next_step
    assert "Flexi: Decide; sector" in step
    assert "Student: Decide; that there is a student contract" in step


@pytest.mark.parametrize(
    "caller", [Caller.enterprise(OWN), Caller.mandatary(EnterpriseNumber.parse(MANDATARY), OWN)]
)
def test_the_mandate_is_for_whoever_asks(caller: Caller) -> None:
    """§3.3.5: looked for by the employer's own number, or by the mandatary's; and the reasons why there is none."""
    none = answered(FlexiJob(Status.NO_GRANT), StudentJob(Status.NOT_REQUESTED), evolve(QUERY, caller=caller))
    assert none.reason.endswith("none was found, it is still pending, or it was refused")
    assert f"the mandate to {caller.enterprise_number.written}, then ask again" in none.next_step
    assert f"mandaat aan {caller.enterprise_number.written} geven" in none.explain("nl").next_step


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("urn:trace-id:05df4d67ef605ccadf0b034f", "05df4d67ef605ccadf0b034f"),
        (" 05df4d67ef605ccadf0b034f ", "05df4d67ef605ccadf0b034f"),
        ("urn:trace-id:2b1c0d6e-9c07-4f5a-8f39-0a1b2c3d4e5f", "2b1c0d6e-9c07-4f5a-8f39-0a1b2c3d4e5f"),
        (CITIZEN.ljust(24, "0"), "ours"),
        ("x" * 24, "ours"),
    ],
)
@pytest.mark.parametrize("place", ["header", "body"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 503])
def test_trace_ids_of_the_manual_are_kept(given: str, kept: str, place: str, status: int) -> None:
    """§3.3.15: where the gateway has them; anything that could be a number is not."""
    headers = {"belgov-trace-id": given} if place == "header" else {}
    problem = {"issues": [{"name": "citizen", "detail": "x"}], "instance": given if place == "body" else ""}
    with pytest.raises(Fault) as told:
        decipher(
            HttpResponse(status, headers, json.dumps(problem).encode()),
            query=QUERY,
            asked_at=AT,
            trace_id="ours",
        )
    assert told.value.trace_id == kept
    if isinstance(told.value, RequestRejected):
        assert told.value.problem.trace_id == kept


def test_what_nobody_knows_is_kept() -> None:
    """§3.2.1.2: an unknown cause, and the gateway's own text, stand in the result, without numbers."""
    labels = Labels({"nl": f"<i>Iets nieuws over {CITIZEN}</i>", "en": "Something new"})
    new = FlexiJob(
        Status.UNKNOWN, ("unknown",), descriptions=(Description(("error",), "errorSomethingNew", labels),)
    )
    cells = result_cells(answered(new, StudentJob(Status.NOT_REQUESTED)), "nl")
    assert str(cells["reason"]).endswith("(errorSomethingNew, Iets nieuws over ***)")
    odd = StudentJob(Status.UNRECOGNISED, ("maybe",), descriptions=(Description(("error",), None, labels),))
    assert "Something new" in answered(FlexiJob(Status.NOK), odd).reason
    known = Description(("error",), "ErrorFlexijobPrecontractual", labels)
    assert (
        "Something"
        not in answered(FlexiJob(Status.UNKNOWN, descriptions=(known,)), odd).reason.partition(";")[0]
    )
    assert (
        Pending(QUERY, ServerError("the gateway answered 500")).reason
        == "not answered yet: the gateway answered 500"
    )


@pytest.mark.parametrize(
    ("status", "cause", "is_told"),
    [
        (Status.NO_GRANT, "errorMandateEnded", True),
        (Status.ERROR_GRANT, "errorSomethingNew", True),
        (Status.NOK, "errorSomethingNew", True),
        (Status.UNKNOWN, None, True),
        (Status.UNKNOWN, "ERRORSTUDENTREQUIREMENTS", False),
        (Status.NO_GRANT, None, False),
        (Status.OK, None, False),
    ],
)
def test_what_the_contract_lacks_is_told_with_every_status(
    status: Status, cause: str | None, is_told: bool
) -> None:
    """A cause where none is foreseen, and `unknown` without one."""
    description = Description(("error",), cause, Labels({"en": "its own words"}))
    told = answered(FlexiJob(status, descriptions=(description,)), StudentJob(Status.NOT_REQUESTED))
    assert ("its own words" in told.reason) is is_told
    assert (bool(cause) and str(cause) in told.reason) is (is_told and cause is not None)


def test_a_report_and_the_command_tell_it_too() -> None:
    """What a result tells of a mandate and of an unknown cause; in a report texts have a place of their own."""
    description = Description(("error",), "errorSomethingNew", Labels({"en": "its own words"}))
    told = answered(FlexiJob(Status.UNKNOWN, descriptions=(description,)), StudentJob(Status.NO_GRANT))
    fold = Fold(AT.date())
    fold.add([Entry.of(told, AT)])
    (row,) = fold.rows()
    assert row.flexi
    assert row.flexi.reason == "the gateway does not know for now (errorSomethingNew)"
    assert f"the mandate to {OWN.written}" in row.next_steps
    lines = list(verify._lines(told, "nl"))
    assert any("(errorSomethingNew, its own words)" in line for line in lines)
    assert any(f"mandaat aan {OWN.written}" in line for line in lines)
    assert sum("its own words" in line for line in lines) == 1


def test_older_than_thirty_counts_from_the_birthday() -> None:
    """§3.3.3: at the time of asking; too young (§3.3.4) by the calendar year."""
    born = "950615"
    number = next(
        f"{born}{serial:03}{97 - int(f'{born}{serial:03}') % 97:02}"
        for serial in range(1, 400)
        if _made_up(
            f"{born}{serial:03}{97 - int(f'{born}{serial:03}') % 97:02}", date(2026, 6, 15)
        ).student_cause
        == "errorStudentRequirements"
    )
    assert Population(date(2026, 6, 14))[number].student_cause != "errorStudentRequirements"
    assert Population(date(2026, 6, 15))[number].student_cause == "errorStudentRequirements"


async def test_a_mandate_is_of_a_citizen_for_an_enterprise(pem: str) -> None:
    """§1, §3.3.5: another enterprise has none."""
    async with Sandbox(limit=None, private_key_pem=pem) as sandbox, sandbox.client() as client:
        day = sandbox.now().date() + timedelta(days=1)
        sandbox.population[CITIZEN] = Citizen(mandates=["0123456749"])
        assert (await client.verify(CITIZEN, day)).flexi_job.status is Status.NO_GRANT
        for written in (OWN, OWN.digits, OWN.written, "880820673"):
            sandbox.population[CITIZEN] = Citizen(mandates=[written])
            assert (await client.verify(CITIZEN, day)).flexi_job.status is Status.OK
    with pytest.raises(InvalidIdentifier):
        Citizen(mandates=["0880820674"])

"""A screening that was stopped, and one that is written: what was known is the caller's, as a value and a file."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from support.journals import too_early
from support.numbers import CITIZEN, ENTERPRISE
from support.pages import folded

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    CredentialsRefused,
    Deferred,
    Description,
    EnterpriseNumber,
    Entry,
    FlexiJob,
    Interrupted,
    Issue,
    MemoryJournal,
    Move,
    Outcome,
    Pending,
    PrecontractualClient,
    Problem,
    Query,
    Refused,
    Rejected,
    ServerError,
    Ssin,
    Status,
    StudentJob,
    screen,
)
from precontractual_async.calls.session import utc_now
from precontractual_async.journal.recheck import RecheckPolicy
from precontractual_async.model.answers import _BY_CAUSE
from precontractual_async.model.dates import BRUSSELS, StartDateWindow
from precontractual_async.model.moves import first_to_move, outcome_moves, whose_move
from precontractual_async.sandbox import Citizen as Person
from precontractual_async.sandbox import Sandbox, generate_ssins

DAY = StartDateWindow.at(utc_now()).last
NEW_DATE = "The start date has passed: choose a new one, and ask for that."


async def test_what_is_known_of_a_run_that_was_stopped(pem: str, tmp_path: Path) -> None:
    """The rows that were not reached are pending; a journal lets the next run go on with them alone."""
    stop, journal = asyncio.Event(), MemoryJournal()
    people = [{"insz": number, "naam": "Zoë"} for number in generate_ssins(30)] + [
        {"insz": "123", "naam": "x"}
    ]
    async with (
        Sandbox(limit=None, private_key_pem=pem) as sandbox,
        PrecontractualClient(sandbox.settings()) as client,
    ):
        known = await screen(client, people[:10], [DAY], journal=journal)
        stop.set()
        stopped = await screen(client, people, [DAY], journal=journal, stop=stop)
        whole = await screen(client, people, [DAY], journal=journal)
    assert known.stopped_by is None
    known.raise_for_stop()
    assert isinstance(stopped.stopped_by, Interrupted)
    assert stopped.stopped_by.__traceback__ is None
    for _ in range(2):
        with pytest.raises(Interrupted):
            stopped.raise_for_stop()
    kinds = [type(outcome) for outcome in stopped.outcomes]
    assert kinds == [type(each) for each in known.outcomes] + [Pending] * 20 + [Refused]
    assert [outcome.row for outcome in stopped.outcomes] == list(range(31))
    assert sum(len(each.dates) for each in stopped.citizens) == 30
    assert whole.stopped_by is None
    assert Pending not in {type(outcome) for outcome in whole.outcomes}

    place = tmp_path / "out.csv"
    assert whole.write(place) == place
    good = place.read_bytes()
    beside = stopped.write(place, lang="nl")
    assert (place.read_bytes(), beside.name) == (good, "out.partial.csv")
    rows = list(csv.DictReader(io.StringIO(beside.read_text("utf-8-sig"))))
    assert [row["outcome"] for row in rows].count("pending") == 20
    assert (rows[-1]["naam"], rows[-1]["reason"]) == ("x", "INSZ: 3 cijfers waar er 11 nodig zijn")
    assert rows[-1]["start_date"] == DAY.isoformat()
    assert beside.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx", "parquet"])
async def test_every_format_takes_what_was_screened(kind: str, pem: str, tmp_path: Path) -> None:
    """With columns of all that Python has; and the name may have no suffix."""
    person = {
        "insz": int(CITIZEN),
        "start": DAY,
        "when": datetime(2026, 11, 1, tzinfo=BRUSSELS),
        "some": [1, None],
        "x": 0.5,
    }
    async with (
        Sandbox(limit=None, private_key_pem=pem) as sandbox,
        PrecontractualClient(sandbox.settings()) as client,
    ):
        screening = await screen(client, [person, {"insz": "", "more": b"y"}])
    assert screening.write(str(tmp_path / "results"), kind=kind).stat().st_size > 100
    assert screening.write(tmp_path / f"results.{kind}", lang="fr").exists()


async def test_refused_credentials_lose_no_row(pem: str) -> None:
    """They end the run at once; everybody is pending, and what cannot be asked anyhow is told as that."""
    async with Sandbox(limit=None, private_key_pem=pem) as sandbox:
        sandbox.faults.revoked_share = 1.0
        async with PrecontractualClient(sandbox.settings()) as client:
            screening = await screen(client, [*generate_ssins(5), "123"], [DAY])
    assert isinstance(screening.stopped_by, CredentialsRefused)
    assert screening.tallies.outcomes == {"pending": 5, "refused": 1}


# --- no next step that cannot be taken ------------------------------------------------------------------

CALLER = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
ASKED = datetime(2026, 11, 20, 9, tzinfo=BRUSSELS)
CAUSES = (None, *_BY_CAUSE)


def answered(flexi: Status, student: Status, cause: str | None, start_date: date) -> Answered:
    texts = (Description(("error",), cause),)
    blocks = FlexiJob(flexi, descriptions=texts), StudentJob(student, descriptions=texts)
    return Answered(Query(Ssin.parse(CITIZEN), start_date, CALLER), Answer(*blocks, None, ASKED, "trace"))


def outcomes(start_date: date) -> list[Outcome]:
    query = Query(Ssin.parse(CITIZEN), start_date, CALLER)
    return [
        *(
            answered(flexi, student, cause, start_date)
            for flexi, student, cause in product(Status, Status, CAUSES)
        ),
        Pending(query, ServerError("the gateway answered 500")),
        Pending(query, CredentialsRefused("no")),
        Rejected(query, Problem(400, issues=(Issue("startDate", "StartDate cannot be in the past"),))),
        too_early(query),
        Refused(Candidate(CITIZEN, "x"), ("start date: no such day",)),
        Deferred(query, start_date - timedelta(days=30)),
    ]


@pytest.mark.parametrize("days", [-400, -1, 0, 40])
def test_a_workbook_and_a_report_tell_the_same_move(days: int) -> None:
    """Who may start is the employer's to decide on in both, also where nobody will know of the other job."""
    today = date(2026, 11, 25)
    for outcome in outcomes(today + timedelta(days=days)):
        if isinstance(outcome, Refused | Deferred):
            continue
        (citizen,) = folded([Entry.of(outcome, ASKED)], today=today).citizens()
        move = whose_move(outcome, today)
        if days >= 0:
            assert citizen.group.who == move.value
        elif first_to_move(outcome, today) is None:
            assert move is Move.NOBODY
        if isinstance(outcome, Answered) and move is Move.NOBODY and days >= 0:
            assert Status.OK not in (block.status for block in outcome.answer.blocks)


@pytest.mark.parametrize("days", [-400, -5, -1, 0, 1, 40, 400])
def test_no_next_step_is_told_that_cannot_be_taken(days: int) -> None:
    """Whatever the answer and the day: for a date that has passed nobody is told to ask the same again, and
    it is the employer's move; what waits is asked again by the next run as long as it can be."""
    today = date(2026, 11, 25)
    start_date = today + timedelta(days=days)
    now = datetime(2026, 11, 25, 12, tzinfo=BRUSSELS)
    for outcome in outcomes(start_date):
        told, moves = outcome.explain("en", today), outcome_moves(outcome, today)
        if isinstance(outcome, Refused | Deferred) or outcome_moves(outcome) == {Move.EMPLOYER}:
            continue
        if days < 0:
            assert not moves & {Move.LATER, Move.CITIZEN}
            assert "Ask again" not in told.next_step
            assert "mandate, then" not in told.next_step
            assert not RecheckPolicy().is_due(outcome, ASKED, now=now, began=now) or isinstance(
                outcome, Pending
            )
            if moves != outcome_moves(outcome):
                assert NEW_DATE in told.next_step
                assert first_to_move(outcome, today) in (Move.EMPLOYER, Move.OPERATOR)
        else:
            assert moves == outcome_moves(outcome)
            assert NEW_DATE not in told.next_step
            if moves & {Move.LATER, Move.CITIZEN} and isinstance(outcome, Answered):
                assert RecheckPolicy().due_at(outcome, ASKED) is not None


def test_an_outcome_explains_itself() -> None:
    """Each in the same way: why, and what to do, in four languages; no repr where a text is expected."""
    day = date(2026, 12, 1)
    mandate = answered(Status.NO_GRANT, Status.OK, None, day)
    assert (
        mandate.reason
        == "flexi: no active citizen mandate: none was found, it is still pending, or it was refused; student: conditions met"
    )
    assert mandate.next_step.startswith("Flexi: Have the citizen give (or confirm) the mandate")
    assert (
        mandate.explain("nl").reason
        == "flexi-job: geen actief burgermandaat: er is er geen gevonden, het is nog in behandeling of het werd geweigerd; studentenjob: voorwaarden vervuld"
    )
    query = mandate.query
    unknown = Rejected(query, Problem(400, issues=(Issue("citizen", f"{CITIZEN} is not valid"),)))
    assert unknown.reason == str(unknown.problem) == "the gateway does not know this SSIN"
    assert unknown.next_step == "Check the number with the citizen."
    odd = Rejected(query, Problem(400, issues=(Issue("startDate", f"odd, {CITIZEN}"),)))
    assert str(odd.problem) == "the gateway answered 400 about startDate"
    assert odd.reason == "the gateway says about startDate: odd, ***"


async def test_a_run_at_the_opening_of_the_window_loses_no_row(pem: str) -> None:
    """Our clock is 20 seconds ahead: what the gateway does not take yet, a later run asks, and tells."""
    night = datetime(2026, 11, 30, 23, 59, 45, tzinfo=BRUSSELS)
    ahead = timedelta(seconds=20)
    people, journal = [{"insz": CITIZEN, "startdatum": "4/1/2027"}], MemoryJournal()
    async with (
        Sandbox(clock=lambda: night, limit=None, private_key_pem=pem) as sandbox,
        PrecontractualClient(sandbox.settings(), now=lambda: sandbox.now() + ahead) as client,
    ):
        sandbox.population[CITIZEN] = Person(student="noGrant", hours=None)
        first = await screen(client, people, journal=journal)
        sandbox.clock = lambda: night + timedelta(minutes=1)
        soon = await screen(client, people, journal=journal)
        sandbox.clock = lambda: night + timedelta(minutes=6)
        later = await screen(client, people, journal=journal)
        known = await screen(client, people, journal=journal)
    assert first.tallies.moves == {Move.LATER: 1}
    assert soon.outcomes == first.outcomes
    assert isinstance(later.outcomes[0], Answered)
    assert known.outcomes == later.outcomes
    assert sandbox.ledger.calls == 2

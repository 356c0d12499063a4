"""What stands behind a row: the words for each outcome, and no number in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from support.numbers import CITIZEN, ENTERPRISE

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    Deferred,
    EnterpriseNumber,
    FlexiJob,
    Issue,
    Outcome,
    Pending,
    Problem,
    Query,
    Refused,
    Rejected,
    ServerError,
    Ssin,
    Status,
    StudentJob,
)
from precontractual_async.tables.results import RESULT_COLUMNS, result_cells

QUERY = Query(Ssin.parse(CITIZEN), date(2026, 12, 1), Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE)))
AT = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)


def cells_of(outcome: Outcome) -> dict[str, Any]:
    return dict(result_cells(outcome))


def answered(flexi: FlexiJob, student: StudentJob) -> dict[str, Any]:
    return cells_of(Answered(QUERY, Answer(flexi, student, "main", AT, "trace")))


def answered_in_part() -> Answered:
    """Both blocks, with next steps of their own."""
    flexi, student = FlexiJob(Status.NOK, (), "r"), StudentJob(Status.ERROR_GRANT, (), "r")
    return Answered(QUERY, Answer(flexi, student, "r", AT, "trace"))


def test_an_answer() -> None:
    """Statuses, hours, references, reasons, and each block's next step by its name."""
    cells = answered(
        FlexiJob(Status.OK, reference="f"), StudentJob(Status.NO_GRANT, reference="s", hours_remaining=0)
    )
    assert set(cells) <= set(RESULT_COLUMNS)
    assert cells["outcome"] == "answered"
    assert (cells["flexi_status"], cells["student_status"], cells["student_hours_remaining"]) == (
        "ok",
        "no_grant",
        0,
    )
    assert (cells["main_reference"], cells["flexi_reference"], cells["student_reference"]) == (
        "main",
        "f",
        "s",
    )
    assert (
        cells["reason"]
        == "flexi: conditions met; student: no active citizen mandate: none was found, it is still pending, or it was refused"
    )
    assert cells["next_step"].startswith("Flexi: Decide;")
    assert "Student: Have the citizen give" in cells["next_step"]
    assert (cells["asked_at"], cells["trace_id"]) == ("2026-11-24T09:30:15Z", "trace")


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_its_words(status: Status) -> None:
    """Each says what it means and what to do; what was not asked stays empty."""
    cells = answered(FlexiJob(status), StudentJob(Status.NOT_REQUESTED))
    if status is Status.NOT_REQUESTED:
        assert not cells["flexi_status"] + cells["reason"] + cells["next_step"]
    else:
        assert cells["flexi_status"] == status.value
        assert cells["reason"].startswith("flexi: ")
        assert cells["next_step"]
    assert cells["student_status"] == ""


def test_what_was_not_asked_or_not_answered() -> None:
    """Refused, deferred and pending say why and what to do, and never a status."""
    refused = cells_of(Refused(Candidate("x", "y"), ("SSIN: empty", "start date: empty")))
    assert refused == {
        "outcome": "refused",
        "reason": "SSIN: empty; start date: empty",
        "next_step": "Correct the row and ask again.",
    }
    deferred = cells_of(Deferred(QUERY, date(2027, 3, 1)))
    assert "2027-03-01" in deferred["next_step"]
    pending = cells_of(Pending(QUERY, ServerError("the gateway answered 500", trace_id="t")))
    assert (pending["outcome"], pending["trace_id"]) == ("pending", "t")
    assert "not answered yet" in pending["reason"]


@pytest.mark.parametrize(
    ("name", "detail", "reason"),
    [
        ("citizen", "The citizen SSIN is not valid or does not exist", "does not know this SSIN"),
        ("startDate", "StartDate cannot be in the past", "in the past"),
        (
            "startDate",
            "StartDate should fall within the permitted time frame",
            "not take this start date yet",
        ),
        ("typeOfWorker", f"new: {CITIZEN} and 07.01.01-899.01", "about typeOfWorker: new: *** and ***"),
        (None, "x" * 500, "about it: xxx"),
    ],
)
def test_rejections(name: str | None, detail: str, reason: str) -> None:
    """The manual's complaints in our words, others in the gateway's without numbers and cut."""
    cells = cells_of(Rejected(QUERY, Problem(400, issues=(Issue(name, detail),), trace_id="t")))
    assert reason in cells["reason"]
    assert CITIZEN not in "".join(cells.values())
    assert len(cells["reason"]) < 300
    assert cells["next_step"]


def test_rejections_without_issues_and_with_a_replacement() -> None:
    """The bare status; and a hint that the number was replaced, without the new one."""
    assert cells_of(Rejected(QUERY, Problem(422)))["reason"] == "the gateway answered 422"
    replaced = cells_of(Rejected(QUERY, Problem(400, replaced_by=Ssin.parse("10010190162"))))
    assert "replaced" in replaced["reason"]
    assert "10010190162" not in str(replaced)


LANGUAGES = ("nl", "fr", "de", "en")


@pytest.mark.parametrize(
    ("outcome", "column", "told"),
    [
        (
            Refused(Candidate("x", "y"), ("SSIN: empty", "start date: in the past")),
            "reason",
            [
                "INSZ: leeg; startdatum: in het verleden",
                "NISS : vide ; date de début : dans le passé",
                "ENSS: leer; Beginndatum: in der Vergangenheit",
                "SSIN: empty; start date: in the past",
            ],
        ),
        (
            Deferred(QUERY, date(2027, 3, 1)),
            "next_step",
            [
                "Vraag het opnieuw vanaf 01/03/2027.",
                "Refaites la demande à partir du 01/03/2027.",
                "Fragen Sie ab dem 01.03.2027 erneut an.",
                "Ask again from 2027-03-01.",
            ],
        ),
        (
            Pending(QUERY, ServerError("the gateway answered 500")),
            "reason",
            [
                "nog niet beantwoord: de gateway antwoordde 500",
                "pas encore de réponse : la passerelle a répondu 500",
                "noch nicht beantwortet: das Gateway antwortete 500",
                "not answered yet: the gateway answered 500",
            ],
        ),
        (
            Rejected(
                QUERY, Problem(400, issues=(Issue("startDate", "cannot be in the past"), Issue(None, "?")))
            ),
            "next_step",
            [
                "Verbeter de startdatum. Verbeter de rij en vraag het opnieuw.",
                "Corrigez la date de début. Corrigez la ligne et refaites la demande.",
                "Berichtigen Sie das Beginndatum. Berichtigen Sie die Zeile und fragen Sie erneut an.",
                "Correct the start date. Correct the row and ask again.",
            ],
        ),
        (
            Answered(
                QUERY,
                Answer(
                    FlexiJob(Status.NO_GRANT),
                    StudentJob(Status.UNRECOGNISED, remarks=("allowed is missing",)),
                    None,
                    AT,
                    "",
                ),
            ),
            "reason",
            [
                "flexi-job: geen actief burgermandaat: er is er geen gevonden, het is nog in behandeling of het werd geweigerd; "
                "studentenjob: de gateway antwoordde iets wat deze versie niet kent (allowed ontbreekt)",
                "flexi-job : pas de mandat citoyen actif : aucun n'a été trouvé, il est encore en traitement ou il a été refusé ; "
                "job d'étudiant : la passerelle a répondu quelque chose que cette version ne connaît pas (allowed manque)",
                "Flexi-Job: kein aktives Bürgermandat: es wurde keines gefunden, es ist noch in Bearbeitung oder wurde abgelehnt; "
                "Studentenjob: das Gateway hat etwas geantwortet, das diese Version nicht kennt (allowed fehlt)",
                "flexi: no active citizen mandate: none was found, it is still pending, or it was refused; "
                "student: the gateway said something that this version does not know (allowed is missing)",
            ],
        ),
        (
            answered_in_part(),
            "next_step",
            [
                "Flexi-job: Definitief voor deze startdatum. Studentenjob: Vraag het later opnieuw.",
                "Flexi-job : Définitif pour cette date de début. Job d'étudiant : Refaites la demande plus tard.",
                "Flexi-Job: Endgültig für dieses Beginndatum. Studentenjob: Fragen Sie später erneut an.",
                "Flexi: Final for this start date. Student: Ask again later.",
            ],
        ),
    ],
)
def test_sentences_come_in_four_languages(outcome: Outcome, column: str, told: list[str]) -> None:
    """Part by part; every other column holds the same words in each, for machines."""
    cells = {language: result_cells(outcome, language) for language in LANGUAGES}
    assert [cells[language][column] for language in LANGUAGES] == told
    assert cells_of(outcome) == cells["en"]
    for each in cells.values():
        assert {name: each[name] for name in each if name not in ("reason", "next_step")} == {
            name: cells["en"][name] for name in cells["en"] if name not in ("reason", "next_step")
        }

"""The cells that a result adds to a row: its outcome, the reason, and what to do.

Knows the columns of a result and their words. Sentences are in the reader's language; words for programs are
the same in all languages. Leaves to others: formats.
"""

from __future__ import annotations

from datetime import date
from typing import Final, assert_never

from ..model.answers import Answer, Block, Status
from ..model.questions import Answered, Deferred, Outcome, Pending, Refused, Rejected
from .cells import instant_text

RESULT_COLUMNS: Final = (
    "outcome",
    "flexi_status",
    "flexi_reference",
    "student_status",
    "student_hours_remaining",
    "student_reference",
    "main_reference",
    "reason",
    "next_step",
    "asked_at",
    "trace_id",
)

Cells = dict[str, str | int]
"""Cells by column; each format writes numbers in its own way."""


def result_cells(outcome: Outcome, language: str = "en", today: date | None = None) -> Cells:
    """The added cells by column; a missing value is empty text.

    `reason` and `next_step` are in `language`, one of ``nl``, ``fr``, ``de``, ``en``, and right for `today`,
    the day in Brussels. The others hold words for programs; hours are a number. References contain the SSIN:
    these cells are for the result file, never for a log.

    >>> from ..model.questions import Candidate
    >>> result_cells(Refused(Candidate("", "1/12/2026"), ("SSIN: empty",)), "fr")["reason"]
    'NISS : vide'
    """
    explained = outcome.explain(language, today)
    why: Cells = {"reason": explained.reason, "next_step": explained.next_step}
    match outcome:
        case Answered(answer=answer):
            return {"outcome": "answered", **why, **_answer_cells(answer)}
        case Rejected(problem=problem):
            return {"outcome": "rejected", **why, "trace_id": problem.trace_id or ""}
        case Refused():
            return {"outcome": "refused", **why}
        case Deferred():
            return {"outcome": "deferred", **why}
        case Pending(fault=fault):
            return {"outcome": "pending", **why, "trace_id": fault.trace_id or ""}
    assert_never(outcome)


def _answer_cells(answer: Answer) -> Cells:
    flexi, student = answer.flexi_job, answer.student_job
    hours = student.hours_remaining
    return {
        "flexi_status": _status(flexi),
        "flexi_reference": flexi.reference or "",
        "student_status": _status(student),
        "student_hours_remaining": "" if hours is None else hours,
        "student_reference": student.reference or "",
        "main_reference": answer.main_reference or "",
        "asked_at": instant_text(answer.asked_at),
        "trace_id": answer.trace_id,
    }


def _status(block: Block) -> str:
    return "" if block.status is Status.NOT_REQUESTED else block.status.value

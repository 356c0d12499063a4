"""The cells that are added to a row: what became of it, why, and what to do.

Knows the columns of a result and their words, and the plain sentences for the complaints of manual
§3.3.7-14. Sentences come in the reader's language, part by part; words that a machine reads do not change.
Refuses to know formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, assert_never

from ..answers import Answer, Block, Status
from ..model import Answered, Deferred, Issue, Outcome, Pending, Problem, Refused, Rejected
from ..words import translated

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
"""By column; each format writes numbers in its own way."""

# The gateway's complaints about a row (manual §3.3.11-13), in our words. By parameter, then by a part.
_COMPLAINTS: Final = (
    ("citizen", "", "the gateway does not know this SSIN", "Check the number with the citizen."),
    ("startDate", "past", "the gateway finds the start date in the past", "Correct the start date."),
    ("startDate", "time frame", "the gateway does not take this start date yet", "Ask again nearer to it."),
)
_CORRECT: Final = "Correct the row and ask again."
_AND: Final = "; "
"""Between reasons. In the catalogue like a sentence: French has a blank before it too."""


def result_cells(outcome: Outcome, language: str = "en") -> Cells:
    """The added cells by column; what is not there is empty.

    `reason` and `next_step` come in `language`, one of ``nl``, ``fr``, ``de``, ``en``; all the others hold
    the machine's words. References embed the SSIN: these cells are for the result file, never for a log.

    >>> from ..model import Candidate
    >>> result_cells(Refused(Candidate("", "1/12/2026"), ("SSIN: empty",)), "fr")["reason"]
    'NISS : vide'
    """
    match outcome:
        case Answered(answer=answer):
            return {"outcome": "answered", **answer_cells(answer, language)}
        case Rejected(problem=problem):
            return {"outcome": "rejected", **_problem_cells(problem, language)}
        case Refused(violations=violations):
            step = translated(_CORRECT, language)
            return {"outcome": "refused", "reason": _joined(violations, language), "next_step": step}
        case Deferred(opens_on=day):
            reason = translated(f"the start date can be asked from {day.isoformat()}", language)
            step = translated(f"Ask again from {day.isoformat()}.", language)
            return {"outcome": "deferred", "reason": reason, "next_step": step}
        case Pending(fault=fault):
            reason = translated(f"not answered yet: {fault.diagnosis}", language)
            step = translated(fault.next_step, language)
            cells = {"outcome": "pending", "reason": reason, "next_step": step}
            return {**cells, "trace_id": fault.trace_id or ""}
    assert_never(outcome)


def answer_cells(answer: Answer, language: str = "en") -> Cells:
    """The cells of an answer, as in `result_cells`; hours are a number, where they are told."""
    flexi, student = answer.flexi_job, answer.student_job
    hours = student.hours_remaining
    asked = {"flexi": flexi, "student": student}
    told = {name: block for name, block in asked.items() if block.status is not Status.NOT_REQUESTED}
    reasons = [_reason(name, block, language) for name, block in told.items()]
    return {
        "flexi_status": _status(flexi),
        "flexi_reference": flexi.reference or "",
        "student_status": _status(student),
        "student_hours_remaining": "" if hours is None else hours,
        "student_reference": student.reference or "",
        "main_reference": answer.main_reference or "",
        "reason": translated(_AND, language).join(reasons),
        "next_step": _merged({name: block.next_step for name, block in told.items()}, language),
        "asked_at": _instant(answer.asked_at),
        "trace_id": answer.trace_id,
    }


def _status(block: Block) -> str:
    return "" if block.status is Status.NOT_REQUESTED else block.status.value


def _reason(name: str, block: Block, language: str) -> str:
    remarks = ", ".join(translated(remark, language) for remark in block.remarks)
    reason = f"{translated(f'{name}:', language)} {translated(block.reason, language)}"
    return f"{reason} ({remarks})" if remarks else reason


def _merged(steps: Mapping[str, str], language: str) -> str:
    """One step when both blocks ask for the same, else each by its name."""
    if len(set(steps.values())) == 1:
        return translated(next(iter(steps.values())), language)
    return " ".join(
        f"{translated(f'{name.capitalize()}:', language)} {translated(step, language)}"
        for name, step in steps.items()
    )


def _joined(reasons: Iterable[str], language: str) -> str:
    return translated(_AND, language).join(translated(reason, language) for reason in reasons)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _problem_cells(problem: Problem, language: str) -> dict[str, str]:
    said = [_complaint(issue) for issue in problem.issues] or [(problem.summary, _CORRECT)]
    if problem.replaced_by is not None:
        said.append(("the SSIN was replaced by another", "Ask the citizen for the new number."))
    reasons, steps = zip(*dict.fromkeys(said), strict=True)
    return {
        "reason": _joined(reasons, language),
        "next_step": " ".join(translated(step, language) for step in dict.fromkeys(steps)),
        "trace_id": problem.trace_id or "",
    }


def _complaint(issue: Issue) -> tuple[str, str]:
    for name, part, reason, step in _COMPLAINTS:
        if issue.name == name and part in issue.detail:
            return reason, step
    return f"the gateway says about {_safe(issue.name or 'it')}: {_safe(issue.detail)}", _CORRECT


def _safe(text: str) -> str:
    """A text of the gateway's without anything that could be a number of a person, and not too long."""
    return re.sub(r"\d(?:[\d.\- ]{5,}\d)", "***", " ".join(text.split()))[:200]

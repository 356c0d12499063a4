"""The cells that are added to a row: what became of it, why, and what to do.

Knows the columns of a result and their words, and the plain sentences for the complaints of manual
§3.3.7-14. Refuses to know formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, assert_never

from ..answers import Answer, Block, Status
from ..model import Answered, Deferred, Issue, Outcome, Pending, Problem, Refused, Rejected

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


def result_cells(outcome: Outcome) -> Cells:
    """The added cells by column; what is not there is empty.

    References embed the SSIN: these cells are for the result file, never for a log.
    """
    match outcome:
        case Answered(answer=answer):
            return {"outcome": "answered", **answer_cells(answer)}
        case Rejected(problem=problem):
            return {"outcome": "rejected", **_problem_cells(problem)}
        case Refused(violations=violations):
            return {"outcome": "refused", "reason": "; ".join(violations), "next_step": _CORRECT}
        case Deferred(opens_on=day):
            reason = f"the start date can be asked from {day.isoformat()}"
            return {
                "outcome": "deferred",
                "reason": reason,
                "next_step": f"Ask again from {day.isoformat()}.",
            }
        case Pending(fault=fault):
            cells = {"outcome": "pending", "reason": f"not answered yet: {fault.diagnosis}"}
            return {**cells, "next_step": fault.next_step, "trace_id": fault.trace_id or ""}
    assert_never(outcome)


def answer_cells(answer: Answer) -> Cells:
    """The cells of an answer; hours are a number, where they are told."""
    flexi, student = answer.flexi_job, answer.student_job
    hours = student.hours_remaining
    asked = {"flexi": flexi, "student": student}
    told = {name: block for name, block in asked.items() if block.status is not Status.NOT_REQUESTED}
    return {
        "flexi_status": _status(flexi),
        "flexi_reference": flexi.reference or "",
        "student_status": _status(student),
        "student_hours_remaining": "" if hours is None else hours,
        "student_reference": student.reference or "",
        "main_reference": answer.main_reference or "",
        "reason": "; ".join(_reason(name, block) for name, block in told.items()),
        "next_step": _merged({name: block.next_step for name, block in told.items()}),
        "asked_at": _instant(answer.asked_at),
        "trace_id": answer.trace_id,
    }


def _status(block: Block) -> str:
    return "" if block.status is Status.NOT_REQUESTED else block.status.value


def _reason(name: str, block: Block) -> str:
    remarks = f" ({', '.join(block.remarks)})" if block.remarks else ""
    return f"{name}: {block.reason}{remarks}"


def _merged(steps: Mapping[str, str]) -> str:
    """One step when both blocks ask for the same, else each by its name."""
    if len(set(steps.values())) == 1:
        return next(iter(steps.values()))
    return " ".join(f"{name.capitalize()}: {step}" for name, step in steps.items())


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _problem_cells(problem: Problem) -> dict[str, str]:
    said = [_complaint(issue) for issue in problem.issues] or [(problem.summary, _CORRECT)]
    if problem.replaced_by is not None:
        said.append(("the SSIN was replaced by another", "Ask the citizen for the new number."))
    reasons, steps = zip(*dict.fromkeys(said), strict=True)
    return {
        "reason": "; ".join(reasons),
        "next_step": " ".join(dict.fromkeys(steps)),
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

"""The outcome for one person, in the words and marks of the report. Pure.

Keeps nothing. Leaves to others: HTTP and HTML.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen

from ..model.answers import Answer, Block, Status
from ..model.dates import day_in_brussels
from ..model.moves import whose_move
from ..model.problems import Problem
from ..model.questions import Answered, Deferred, Outcome, Pending, Refused, Rejected
from ..report.fold import harmless, job_statuses
from ..report.speech import Speech


@frozen
class SaidOfWork:
    """What is known about one kind of work."""

    name: str
    mark: str
    word: str
    reason: str
    next_step: str
    hours: int | None
    reference: str
    texts: tuple[str, ...]
    """The gateway's own texts."""


@frozen
class SaidOfPerson:
    """The whole outcome of one question."""

    who: str
    """Whose move it is."""
    reason: str
    """Why there is no answer; empty: there is an answer."""
    next_step: str
    works: tuple[SaidOfWork, ...] = ()
    reference: str = ""
    trace_id: str = ""


def said_of(outcome: Outcome, say: Speech, now: datetime) -> SaidOfPerson:
    """What a page shows of the outcome."""
    today = day_in_brussels(now)
    who = say(whose_move(outcome, today).value)
    if isinstance(outcome, Answered):
        answer = outcome.answer
        works = tuple(_works(outcome, say))
        return SaidOfPerson(who, "", "", works, answer.main_reference or "", answer.trace_id)
    told = outcome.explain(say.language, today)
    is_ours = isinstance(outcome, Refused | Deferred)  # and may name a day
    reason = harmless(told.reason, keeps_days=is_ours)
    is_row = isinstance(outcome, Refused)  # here it is not in a list
    step = say("Correct it and ask again.") if is_row else told.next_step
    return SaidOfPerson(who, reason, step, trace_id=_trace_id(outcome))


def _trace_id(outcome: Outcome) -> str:
    match outcome:
        case Pending(fault=fault):
            return fault.trace_id or ""
        case Rejected(problem=Problem(trace_id=trace_id)):
            return trace_id or ""
        case Refused() | _:
            return ""


def _works(answered: Answered, say: Speech) -> Iterator[SaidOfWork]:
    answer: Answer = answered.answer
    jobs = job_statuses(answered, answer.asked_at, say.language)
    blocks: tuple[tuple[str, Block], ...] = (
        ("Flexi-job", answer.flexi_job),
        ("Student job", answer.student_job),
    )
    for (name, block), job in zip(blocks, jobs, strict=True):
        if job is None or block.status is Status.NOT_REQUESTED:
            continue
        texts = (harmless(each.labels.plain(say.language)) for each in block.descriptions)
        reference = block.reference or ""
        told = tuple(filter(None, texts))
        word = say(block.status.value)
        yield SaidOfWork(
            say(name), job.kind.mark, word, job.reason, job.next_step, job.hours, reference, told
        )

"""Who has to act before a row is settled, and the words for its outcome. Pure functions."""

from __future__ import annotations

from datetime import date
from typing import Final, TypeGuard, assert_never

from .answers import Block, Status
from .errors import Move
from .questions import Answered, Deferred, Outcome, Pending, Refused, Rejected


def outcome_word(kind: type[Outcome]) -> str:
    """The word for a kind of outcome: answered, rejected, refused, deferred, pending."""
    return kind.__name__.lower()


OUTCOME_WORDS: Final = tuple(map(outcome_word, (Answered, Rejected, Refused, Deferred, Pending)))
"""The most informative outcome comes first."""

_BETWEEN: Final = "/"
_NOT_ASKED: Final = "-"


def word_of(outcome: Outcome) -> str:
    """What was answered about a flexi-job and a student job, as ``no_grant/ok``; or else what became of it.

    ``-`` stands for what was not asked.
    """
    if not isinstance(outcome, Answered):
        return outcome_word(type(outcome))
    return _BETWEEN.join(map(_status, outcome.answer.blocks))


def _status(block: Block) -> str:
    return _NOT_ASKED if block.status is Status.NOT_REQUESTED else block.status.value


def spelled(word: str) -> str:
    """A word as people read it; each part is translated in its turn.

    >>> spelled("no_grant/ok"), spelled("ok/ok"), spelled("-/nok"), spelled("pending")
    ('flexi-job: no_grant, student job: ok', 'ok', 'student job: nok', 'pending')
    """
    flexi, _, student = word.partition(_BETWEEN)
    if student in ("", flexi):
        return flexi
    jobs = (("flexi-job", flexi), ("student job", student))
    return ", ".join(f"{job}: {status}" for job, status in jobs if status != _NOT_ASKED)


_NOBODYS: Final[frozenset[Move]] = frozenset()


def outcome_moves(outcome: Outcome, today: date | None = None) -> frozenset[Move]:
    """Who has to act before this row is settled; empty when every block of it is conclusive.

    `today`: the day in Brussels. An open row whose start date lies before `today` waits for the employer:
    only another date can be asked.
    """
    match outcome:
        case Answered(answer=answer):
            flexi = open_move(answer.flexi_job, outcome, today)
            student = open_move(answer.student_job, outcome, today)
            if flexi is None and student is None:
                return _NOBODYS
            return frozenset(move for move in (flexi, student) if move is not None)
        case Rejected(query=query, problem=problem) if problem.is_too_early:
            has_passed = today is not None and query.start_date < today
            return frozenset({Move.EMPLOYER if has_passed else Move.LATER})
        case Rejected() | Refused():
            return frozenset({Move.EMPLOYER})
        case Deferred():
            return frozenset({Move.LATER})
        case Pending(query=query, fault=fault):
            has_passed = today is not None and query.start_date < today
            return frozenset({Move.EMPLOYER if has_passed else fault.move})
    assert_never(outcome)


_FIRST_TO_MOVE: Final = (Move.OPERATOR, Move.EMPLOYER, Move.CITIZEN, Move.LATER, Move.NOBODY)


def first_to_move(outcome: Outcome, today: date | None = None) -> Move | None:
    """Who has to act first, when a row waits for several; None: the row is complete.

    A row is complete when its blocks are ok or nok. It is also complete when the citizen may start in one
    kind of work and the other kind can never be known.
    """
    moves = outcome_moves(outcome, today)
    first = next((move for move in _FIRST_TO_MOVE if move in moves), None)
    return None if first is Move.NOBODY and _may_start(outcome) else first


def whose_move(outcome: Outcome, today: date | None = None) -> Move:
    """Who has to act, as a reader sees it: on a complete row that may start, the employer decides."""
    first = first_to_move(outcome, today)
    if first is not None:
        return first
    may_start = _may_start(outcome) and (today is None or outcome.query.start_date >= today)
    return Move.EMPLOYER if may_start else Move.NOBODY


def _may_start(outcome: Outcome) -> TypeGuard[Answered]:
    """Whether the citizen may start in one kind of work."""
    return isinstance(outcome, Answered) and any(block.may_start for block in outcome.answer.blocks)


_SETTLED: Final = (Status.OK, Status.NOK, Status.NOT_REQUESTED)


def open_move(block: Block, answered: Answered, today: date | None) -> Move | None:
    """Who has to act before this block is settled; None: it is settled."""
    if block.status in _SETTLED:
        return None
    return block.move_for(answered.query.start_date, answered.answer.asked_at, today)

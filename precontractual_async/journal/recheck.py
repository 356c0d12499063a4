"""When a question is asked again: one table, and the calendar. Pure.

Knows how long each kind of outcome stays settled. The same rule serves three cases: a run after a crash asks
what was never answered; a run every night asks what may have changed; and a question that cannot get another
answer is never asked again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never

from attrs import field, frozen

from ..model.answers import Block, Status
from ..model.dates import day_in_brussels, midnight, opens_on
from ..model.errors import Move
from ..model.questions import Answered, Pending, Rejected

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far our clock may be ahead of the gateway's."""


class Finality(enum.Enum):
    """How settled an outcome is; the least settled first."""

    if not TYPE_CHECKING:
        __hash__ = object.__hash__  # as for `Status`

    PENDING = "pending"
    """Not answered."""
    TEMPORARY = "temporary"
    """Answered, but a part is unknown for now: `errorGrant`, a register that was unavailable, or a start date
    that was too early."""
    CITIZEN = "citizen"
    """The citizen has to give the mandate."""
    CONCLUSIVE = "conclusive"
    """`ok` or `nok`."""
    FINAL = "final"
    """Asking again changes nothing: a final cause, or HTTP 400."""


Learned = Answered | Rejected | Pending
"""The outcomes learned from the gateway; a journal keeps only these."""

_LEAST_SETTLED_FIRST: Final = tuple(Finality)


def finality(outcome: Learned) -> Finality:
    """How settled `outcome` is: no more than its least settled part."""
    match outcome:
        case Pending():
            return Finality.PENDING
        case Rejected(problem=problem):
            return Finality.TEMPORARY if problem.is_too_early else Finality.FINAL
        case Answered(answer=answer):
            flexi, student = _of_block(answer.flexi_job, outcome), _of_block(answer.student_job, outcome)
            return min(flexi, student, key=_LEAST_SETTLED_FIRST.index)
    assert_never(outcome)


def _is_conclusive(outcome: Learned) -> bool:
    if not isinstance(outcome, Answered):
        return False
    return outcome.answer.flexi_job.is_conclusive and outcome.answer.student_job.is_conclusive


def _of_block(block: Block, answered: Answered) -> Finality:
    if block.is_conclusive:
        return Finality.CONCLUSIVE
    if block.status is Status.NO_GRANT:
        return Finality.CITIZEN
    move = block.move_for(answered.query.start_date, answered.answer.asked_at)
    return Finality.FINAL if move is Move.NOBODY else Finality.TEMPORARY


def _opens_at(start_date: date, learned_at: datetime) -> datetime:
    """When to ask again about a start date that was too early for the gateway at `learned_at`.

    When its window opens by our calendar. If the window had just opened, our clock may be ahead: minutes
    later. If it opened longer ago, the gateway's calendar differs from ours: a day later.
    """
    opens = midnight(opens_on(start_date))
    if learned_at < opens:
        return opens
    return learned_at + (_CLOCKS_DIFFER if learned_at < opens + _CLOCKS_DIFFER else timedelta(days=1))


@frozen(kw_only=True)
class RecheckPolicy:
    """How long outcomes stay settled."""

    fresh_for: timedelta | None = None
    """Time after which `ok` and `nok` are asked again, as remaining hours change; None: never."""
    mandate_after: timedelta = timedelta(hours=6)
    """Time after which `noGrant` is asked again: a citizen needs hours to act, and each call is logged."""
    _terms: Mapping[Finality, timedelta | None] = field(init=False, repr=False, eq=False)

    def due_at(self, outcome: Learned, learned_at: datetime) -> datetime | None:
        """The instant from which the query is asked again; None: never, or only after its start date.

        If we wait for the citizen until after the start date, we ask once more before that date ends.
        """
        if self.fresh_for is None and _is_conclusive(outcome):
            return None  # as below, but in a fifth of the time: most rows of a list are such
        start_date = outcome.query.start_date
        first = min(filter(None, self._instants(outcome, learned_at)), default=None)
        if first is None:
            return None
        end = midnight(start_date + timedelta(days=1))
        if learned_at < end <= first and finality(outcome) is Finality.CITIZEN:
            return learned_at + (end - learned_at) / 2
        return None if first >= end else first

    def is_due(self, outcome: Learned, learned_at: datetime, *, now: datetime, began: datetime) -> bool:
        """Whether a run that began at `began` asks the query now; it repeats no query that was answered."""
        if isinstance(outcome, Pending):
            return True
        due_at = self.due_at(outcome, learned_at)
        if due_at is None or due_at > now or learned_at >= began:
            return False
        return day_in_brussels(now) <= outcome.query.start_date

    def _instants(self, outcome: Learned, learned_at: datetime) -> Iterator[datetime | None]:
        """The instant from which each part of `outcome` is asked again; None: never."""
        if isinstance(outcome, Rejected) and outcome.problem.is_too_early:
            yield _opens_at(outcome.query.start_date, learned_at)
            return
        if not isinstance(outcome, Answered):
            yield self._after(finality(outcome), learned_at)
            return
        answer = outcome.answer
        for block in answer.blocks:
            anew = block.renewed_at(answer.asked_at)
            yield anew or self._after(_of_block(block, outcome), learned_at)

    def _after(self, finality: Finality, learned_at: datetime) -> datetime | None:
        term = self._terms[finality]
        return None if term is None else learned_at + term

    @_terms.default
    def _by_finality(self) -> Mapping[Finality, timedelta | None]:
        return {
            Finality.PENDING: timedelta(0),
            Finality.TEMPORARY: timedelta(0),
            Finality.CITIZEN: self.mandate_after,
            Finality.CONCLUSIVE: self.fresh_for,
            Finality.FINAL: None,
        }

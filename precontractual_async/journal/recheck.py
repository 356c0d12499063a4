"""When a question is to be asked again: one table, and the calendar. Pure.

Knows how long each kind of outcome stays settled. It is one idea for three things: a run that goes on
after a crash asks what was never answered; a run every night asks what may have changed; and a question
that will never get another answer is never asked again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, assert_never

from attrs import frozen

from ..model.answers import Block, Status
from ..model.dates import day_in_brussels, midnight, opens_on
from ..model.errors import Move
from ..model.questions import Answered, Pending, Rejected

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""By which our clock may be ahead of the gateway's."""


class Finality(enum.Enum):
    """How settled an outcome is; the least settled first."""

    PENDING = "pending"
    """Not answered."""
    TEMPORARY = "temporary"
    """Answered, but something could not be told for now: `errorGrant`, a register that was away, a start date
    that could not be asked yet."""
    CITIZEN = "citizen"
    """The citizen has to give the mandate."""
    CONCLUSIVE = "conclusive"
    """`ok` or `nok`."""
    FINAL = "final"
    """Asking again changes nothing: a final cause, a 400."""


Learned = Answered | Rejected | Pending
"""The outcomes that were learned from the gateway: those that are kept."""

_LEAST_SETTLED_FIRST: Final = tuple(Finality)


def finality(outcome: Learned) -> Finality:
    """How settled `outcome` is: as its least settled part."""
    match outcome:
        case Pending():
            return Finality.PENDING
        case Rejected(problem=problem):
            return Finality.TEMPORARY if problem.is_too_early else Finality.FINAL
        case Answered(answer=answer):
            finalities = (_of_block(block, outcome) for block in answer.blocks)
            return min(finalities, key=_LEAST_SETTLED_FIRST.index)
    assert_never(outcome)


def _of_block(block: Block, answered: Answered) -> Finality:
    if block.is_conclusive:
        return Finality.CONCLUSIVE
    if block.status is Status.NO_GRANT:
        return Finality.CITIZEN
    move = block.move_for(answered.query.start_date, answered.answer.asked_at)
    return Finality.FINAL if move is Move.NOBODY else Finality.TEMPORARY


def _opens_at(start_date: date, learned_at: datetime) -> datetime:
    """When a start date may be asked that the gateway did not take yet at `learned_at`.

    That is when its window opens by our calendar; minutes later when our clock was ahead of the gateway's,
    and a day later when its calendar is another.
    """
    opens = midnight(opens_on(start_date))
    if learned_at < opens:
        return opens
    return learned_at + (_CLOCKS_DIFFER if learned_at < opens + _CLOCKS_DIFFER else timedelta(days=1))


@frozen(kw_only=True)
class RecheckPolicy:
    """How long outcomes stay settled."""

    fresh_for: timedelta | None = None
    """`ok` and `nok` are asked again after this; None: never. Hours remaining change as others hire."""
    mandate_after: timedelta = timedelta(hours=6)
    """`noGrant` is asked again after this: a citizen needs hours, not minutes, and each call is logged."""

    def due_at(self, outcome: Learned, learned_at: datetime) -> datetime | None:
        """From when it is asked again; None: never, also because its start date is past then.

        A citizen who is waited for until after the start date is asked about once more before it ends.
        """
        start_date = outcome.query.start_date
        first = min(filter(None, self._instants(outcome, learned_at)), default=None)
        end = midnight(start_date + timedelta(days=1))
        if first is not None and learned_at < end <= first and finality(outcome) is Finality.CITIZEN:
            return learned_at + (end - learned_at) / 2
        return None if first is None or first >= end else first

    def is_due(self, outcome: Learned, learned_at: datetime, *, now: datetime, began: datetime) -> bool:
        """Whether a run that `began` then asks it now. What it asked itself it asks no second time."""
        if isinstance(outcome, Pending):
            return True
        if day_in_brussels(now) > outcome.query.start_date:
            return False
        due_at = self.due_at(outcome, learned_at)
        return due_at is not None and due_at <= now and learned_at < began

    def _instants(self, outcome: Learned, learned_at: datetime) -> Iterator[datetime | None]:
        """From when each part of it is asked again; None: never."""
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

    @property
    def _terms(self) -> Mapping[Finality, timedelta | None]:
        return {
            Finality.PENDING: timedelta(0),
            Finality.TEMPORARY: timedelta(0),
            Finality.CITIZEN: self.mandate_after,
            Finality.CONCLUSIVE: self.fresh_for,
            Finality.FINAL: None,
        }

"""When a question is to be asked again: one table. Pure.

Knows how long each kind of outcome stays settled. It is one idea for three things: a run that goes on
after a crash asks what was never answered; a run every night asks what may have changed; and a question
that will never get another answer is never asked again.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, assert_never

from attrs import frozen

from ..answers import Block, Status
from ..model import Answered, Pending, Rejected


class Standing(enum.Enum):
    """How settled an outcome is; the least settled first."""

    PENDING = "pending"
    """Not answered."""
    TEMPORARY = "temporary"
    """Answered, but something could not be told for now: `errorGrant`, a register that was away."""
    CITIZEN = "citizen"
    """The citizen has to give the mandate."""
    CONCLUSIVE = "conclusive"
    """`ok` or `nok`."""
    FINAL = "final"
    """Asking again changes nothing: a final cause, a 400."""


Learned = Answered | Rejected | Pending
"""The outcomes that were learned from the gateway: those that are kept."""

_LEAST_SETTLED_FIRST: Final = tuple(Standing)


def standing(outcome: Learned) -> Standing:
    """How settled `outcome` is: as its least settled part."""
    match outcome:
        case Pending():
            return Standing.PENDING
        case Rejected():
            return Standing.FINAL
        case Answered(answer=answer):
            return min(map(_of_block, answer.blocks), key=_LEAST_SETTLED_FIRST.index)
    assert_never(outcome)


def _of_block(block: Block) -> Standing:
    if block.is_conclusive:
        return Standing.CONCLUSIVE
    if block.status is Status.NO_GRANT:
        return Standing.CITIZEN
    return Standing.FINAL if block.is_final else Standing.TEMPORARY


@frozen(kw_only=True)
class DuePolicy:
    """How long outcomes stay settled.

    >>> policy = DuePolicy(fresh_for=timedelta(days=7))
    >>> policy.due_at(Standing.CONCLUSIVE, datetime(2026, 11, 24))
    datetime.datetime(2026, 12, 1, 0, 0)
    >>> policy.due_at(Standing.FINAL, datetime(2026, 11, 24)) is None
    True
    """

    fresh_for: timedelta | None = None
    """`ok` and `nok` are asked again after this; None: never. Hours remaining change as others hire."""
    mandate_after: timedelta = timedelta(hours=6)
    """`noGrant` is asked again after this: a citizen needs hours, not minutes, and each call is logged."""

    def due_at(self, standing: Standing, learned_at: datetime) -> datetime | None:
        """From when it is asked again; None: never."""
        term = self._terms[standing]
        return None if term is None else learned_at + term

    def is_due(self, standing: Standing, learned_at: datetime, *, now: datetime, began: datetime) -> bool:
        """Whether a run that `began` then asks it now. What it asked itself it asks no second time."""
        if standing is Standing.PENDING:
            return True
        due_at = self.due_at(standing, learned_at)
        return due_at is not None and due_at <= now and learned_at < began

    def learned_before(self, now: datetime) -> dict[Standing, datetime | None]:
        """For each standing, when it was learned at the latest to be due now; None: it never is."""
        return {each: None if term is None else now - term for each, term in self._terms.items()}

    @property
    def _terms(self) -> Mapping[Standing, timedelta | None]:
        return {
            Standing.PENDING: timedelta(0),
            Standing.TEMPORARY: timedelta(0),
            Standing.CITIZEN: self.mandate_after,
            Standing.CONCLUSIVE: self.fresh_for,
            Standing.FINAL: None,
        }

"""What there is to tell of a question, and since when it is so. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import frozen

from ..journal.port import Entry, believed
from ..journal.recheck import Finality, Learned
from ..model.answers import MOST_HOURS, Status
from ..model.questions import Answered, Outcome


def hours_of(outcome: Outcome) -> int | None:
    """Student hours that are left; what can be none is nothing, as it may be anybody's number."""
    hours = outcome.answer.student_job.hours_remaining if isinstance(outcome, Answered) else None
    return hours if hours is not None and 0 <= hours <= MOST_HOURS else None


def waits_for_mandate(outcome: Outcome) -> bool:
    """Whether the citizen gave none for one of the kinds of work."""
    return isinstance(outcome, Answered) and any(
        block.status is Status.NO_GRANT for block in outcome.answer.blocks
    )


@frozen
class Streak:
    """Since when something holds of a question, and how often it was answered since."""

    since: datetime | None = None
    asked: int = 0


def streak_of(history: Iterable[Entry], holds: Callable[[Learned], bool]) -> Streak:
    """The last answers in a row of which it holds what is believed; `history`: the oldest first."""
    known: Entry | None = None
    streak = Streak()
    for each in history:
        known = believed(known, each)
        answered = int(each.finality is not Finality.PENDING)
        if holds(known.outcome):
            streak = Streak(streak.since or each.learned_at, streak.asked + answered)
        else:
            streak = Streak()
    return streak

"""The word of a question, and whether it is another than the one that was told. Pure.

A word is what a person compares from one morning to the next: the status of each kind of work, or, where
nothing was answered, what became of the row. Hours, references and reasons are no part of it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Final

from attrs import frozen

from ..journal.list_memory import Told
from ..journal.port import Entry, believed
from ..journal.recheck import Finality, Learned
from ..model.answers import MOST_HOURS, Status
from ..model.errors import Move
from ..model.moves import outcome_moves, outcome_word, word_of
from ..model.questions import Answered, Deferred, Outcome

_DEFERRED: Final = outcome_word(Deferred)


class ChangeKind(enum.Enum):
    """Why a question is told."""

    NEW = "new"
    """It was not in the list."""
    ASKABLE = "askable"
    """Its start date could not be asked yet, and now can."""
    CHANGED = "changed"
    """Its word is another."""
    HOURS = "hours"
    """Its word is the same, and its student hours changed by enough."""
    WAITING = "waiting"
    """Nothing changed: it still waits for the citizen's mandate."""
    LEFT = "left"
    """It is no longer in the list."""


@frozen
class HoursRule:
    """By how much student hours have to change to be told."""

    below: int | None = None
    """When there are fewer now, and were not at the last run; None: never."""
    step: int | None = None
    """When they differ by so many, or more, from those that were last told; None: never."""

    def tells(self, before: Told, now: int | None) -> bool:
        """Whether it is told that there are so many now.

        >>> HoursRule(step=50).tells(Told("ok/ok", 430, 475, ("", "", "", "")), 425)
        True
        """
        if now is None:
            return False
        has_dropped = self.below is not None and now < self.below
        if has_dropped and (before.hours is None or before.hours >= (self.below or 0)):
            return True
        told = before.hours_told
        return self.step is not None and (told is None or abs(now - told) >= self.step)


def hours_of(outcome: Outcome) -> int | None:
    """Student hours that are left; what can be none is nothing, as it may be anybody's number."""
    hours = outcome.answer.student_job.hours_remaining if isinstance(outcome, Answered) else None
    return hours if hours is not None and 0 <= hours <= MOST_HOURS else None


def kind_of_change(before: Told | None, outcome: Outcome, today: date, hours: HoursRule) -> ChangeKind | None:
    """Why it is told today, the day in Brussels; None: it is not."""
    word = word_of(outcome)
    if before is None:
        return ChangeKind.NEW
    if before.word != word:
        return ChangeKind.ASKABLE if before.word == _DEFERRED else ChangeKind.CHANGED
    if hours.tells(before, hours_of(outcome)):
        return ChangeKind.HOURS
    return ChangeKind.WAITING if Move.CITIZEN in outcome_moves(outcome, today) else None


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

"""What counts as a change in a list, and the changes between two snapshots of it.

Compares the statuses of both kinds of work, or the kind of outcome where there is no answer; never references
or reasons, and student hours only by a rule. Two snapshots always give the same changes. Leaves to others:
files, formats and outcomes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import Final

from attrs import field, frozen

from ..model.dates import BRUSSELS, midnight
from ..model.errors import JournalRefused
from ..model.moves import outcome_word
from ..model.questions import Deferred
from ..words import translated
from .list_snapshots import ListSnapshots, QuestionState

_DEFERRED: Final = outcome_word(Deferred)


def place_of(name: str | PathLike[str]) -> str:
    """The journal's name for a list: its absolute path; or ``-`` for standard input."""
    return "-" if name == "-" else str(Path(name).absolute())


class ChangeKind(enum.Enum):
    """Why a question is among the changes."""

    NEW = "new"
    """It was not in the list before."""
    ASKABLE = "askable"
    """Its start date was too far ahead before, and can be asked now."""
    CHANGED = "changed"
    """Its status changed."""
    HOURS = "hours"
    """Its status is the same, and its student hours changed by enough."""
    WAITING = "waiting"
    """Nothing changed: it still waits for the citizen's mandate."""
    LEFT = "left"
    """It is no longer in the list."""


_ORDER: Final = tuple(ChangeKind)


@frozen
class HoursRule:
    """When different student hours are a change; None: never."""

    below: int | None = None
    """When they fall below this number."""
    step: int | None = None
    """When they differ by this number, or more, from the hours that were last reported."""

    def applies(self, before: QuestionState, now: int | None) -> bool:
        """Whether `now` hours are a change.

        >>> HoursRule(step=50).applies(QuestionState("ok/ok", 430, 475, ("", "", "", "")), 425)
        True
        """
        if now is None:
            return False
        has_dropped = self.below is not None and now < self.below
        if has_dropped and (before.hours is None or before.hours >= (self.below or 0)):
            return True
        reported = before.hours_told
        return self.step is not None and (reported is None or abs(now - reported) >= self.step)


def kind_of_change(before: QuestionState | None, now: QuestionState, hours: HoursRule) -> ChangeKind | None:
    """Why a question is among the changes; None: it is not."""
    if before is None:
        return ChangeKind.NEW
    if before.word != now.word:
        return ChangeKind.ASKABLE if before.word == _DEFERRED else ChangeKind.CHANGED
    if hours.applies(before, now.hours):
        return ChangeKind.HOURS
    return ChangeKind.WAITING if now.waits else None


@frozen
class Change:
    """A change of one question."""

    kind: ChangeKind
    list_path: str = field(repr=False)
    """The path of the list; ``-`` is standard input."""
    line: int
    """The first line of the list with this question; 0: unknown, as an older version noted it."""
    before: str
    """The status before, such as ``no_grant/ok`` for both kinds of work; "": it was not in the list."""
    now: str
    """The status now; "": it has left the list."""
    hours_before: int | None
    """The student hours that were last reported."""
    hours_now: int | None
    since: datetime | None
    """Since when it has this status, or waits for a mandate (aware, UTC); None: it was not asked."""
    asked: int | None
    """The number of such answers since then, if there is no mandate."""
    move: str
    """Who has to act; "": it has left the list."""
    steps: tuple[str, ...] = field(repr=False)
    """The next step, in English, sentence by sentence."""
    parts: tuple[str, str, str, str] = field(repr=False)
    """Citizen, start date, employer, type of worker: as understood, or else as they stand in the row."""
    is_read: bool = field(default=False, repr=False)
    """Whether the row could be read, so that `parts` are what they seem."""

    @property
    def citizen(self) -> str:
        """The citizen's number. Never log it."""
        return self.parts[0]

    @property
    def start_date(self) -> date | None:
        """The start date; None: the row has no valid one."""
        with suppress(ValueError):
            return date.fromisoformat(self.parts[1])
        return None

    @property
    def employer(self) -> str:
        """The employer's number."""
        return self.parts[2]

    @property
    def type_of_worker(self) -> str:
        return self.parts[3]

    def next_step(self, language: str = "en") -> str:
        """The next step, in the language ``nl``, ``fr``, ``de`` or ``en``."""
        return " ".join(translated(each, language) for each in self.steps)


def change_of(
    kind: ChangeKind, list_path: str, before: QuestionState | None, now: QuestionState | None
) -> Change:
    """A change between two states of a question; `now` is None when it has left the list."""
    there = now or before
    assert there is not None  # noqa: S101 (one of them is)
    is_waiting = kind is ChangeKind.WAITING
    return Change(
        kind,
        list_path,
        there.line,
        "" if before is None else before.word,
        "" if now is None else now.word,
        None if before is None else before.hours_told,
        None if now is None else now.hours,
        since=None if now is None else now.waits_since if is_waiting else now.since,
        asked=None if now is None else now.waits_asked if is_waiting else now.asked,
        move="" if now is None else now.move,
        steps=() if now is None else now.steps,
        parts=there.parts,
        is_read=there.is_read,
    )


def changes_in(
    lists: ListSnapshots, since: date | datetime | None, list_path: str | None, hours: HoursRule
) -> tuple[Change, ...]:
    """See `SqliteJournal.changes`."""
    places = lists.places()
    if list_path is not None and list_path not in places:
        raise JournalRefused(
            "the journal has no changes of this list",
            "Give the list as it was given to screen --changes, or none for all of them.",
        )
    if not places:
        raise JournalRefused(
            "the journal has no changes of any list",
            "Run `precontractual screen` with --changes FILE first.",
        )
    wanted = places if list_path is None else (list_path,)
    return tuple(each for place in wanted for each in _changes_of(lists, place, since, hours))


def _changes_of(
    lists: ListSnapshots, place: str, since: date | datetime | None, rule: HoursRule
) -> list[Change]:
    """Sorted by kind and start date; the rest of the order is arbitrary, so that it reveals nothing."""
    generations = lists.generations(place)
    last = max(generations)
    first = _compared_with(generations, since)
    before = {} if first is None else lists.snapshot(place, first)
    return sorted(
        _between(place, before, lists.snapshot(place, last), rule),
        key=lambda each: (_ORDER.index(each.kind), each.parts[1]),
    )


def _between(
    place: str, before: dict[bytes, QuestionState], now: dict[bytes, QuestionState], rule: HoursRule
) -> Iterator[Change]:
    for name, state in now.items():
        kind = kind_of_change(before.get(name), state, rule)
        if kind is not None:
            yield change_of(kind, place, before.get(name), state)
    for name, state in before.items():
        if name not in now:
            yield change_of(ChangeKind.LEFT, place, state, None)


def _compared_with(generations: dict[int, datetime], since: date | datetime | None) -> int | None:
    """The generation with which the last one is compared; None: none, since it is the first."""
    *earlier, last = generations
    if since is None:
        if earlier or last == 1:
            return earlier[-1] if earlier else None
    else:
        known = [generation for generation, at in generations.items() if _is_by(at, since)]
        if known:
            return known[-1]
    first = next(iter(generations.values())).astimezone(BRUSSELS)
    raise JournalRefused(
        f"the journal has the changes of this list from {first:%d/%m/%Y %H:%M} on, and not from before",
        "Give that moment, or a later one, after --since.",
    )


def _is_by(at: datetime, since: date | datetime) -> bool:
    """Whether a run at `at` is old enough: one at the instant `since` is, one on the day `since` is not."""
    if not isinstance(since, datetime):
        return at < midnight(since)
    return at <= (since if since.tzinfo else since.replace(tzinfo=BRUSSELS))

"""What changed in a list between two of the times that its changes were told, by what the journal remembers.

A word is what a person compares from one morning to the next: the status of each kind of work, or, where
nothing was answered, what became of the row. Hours, references and reasons are no part of it. Refuses to know
files, formats and outcomes: all that it tells was told before, and it tells the same each time.
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
from .list_memory import ListMemory, Told

_DEFERRED: Final = outcome_word(Deferred)


def place_of(name: str | PathLike[str]) -> str:
    """By what a journal knows a list; ``-``, standard input, is one place."""
    return "-" if name == "-" else str(Path(name).absolute())


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


_ORDER: Final = tuple(ChangeKind)


@frozen
class HoursRule:
    """By how much student hours have to change to be told."""

    below: int | None = None
    """When there are fewer now, and were not before; None: never."""
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


def kind_of_change(before: Told | None, now: Told, hours: HoursRule) -> ChangeKind | None:
    """Why a question is told; None: it is not."""
    if before is None:
        return ChangeKind.NEW
    if before.word != now.word:
        return ChangeKind.ASKABLE if before.word == _DEFERRED else ChangeKind.CHANGED
    if hours.tells(before, now.hours):
        return ChangeKind.HOURS
    return ChangeKind.WAITING if now.waits else None


@frozen
class Change:
    """Something to tell of one question."""

    kind: ChangeKind
    list_path: str = field(repr=False)
    """Of the list; ``-`` is standard input."""
    line: int
    """Of the list, where it stood first; 0: an older program told it."""
    before: str
    """Its word before, as ``no_grant/ok`` for flexi-job and student job; empty: it was not in the list."""
    now: str
    """Its word now; empty: it has left the list."""
    hours_before: int | None
    """Student hours as they were told before."""
    hours_now: int | None
    since: datetime | None
    """Since when its word is so, or for how long it waits (aware, UTC); None: nobody was asked."""
    asked: int | None
    """How often it was answered so since then, where there is no mandate."""
    move: str
    """Whose move it is; empty: it has left."""
    steps: tuple[str, ...] = field(repr=False)
    """What there is to do, in English, sentence by sentence."""
    parts: tuple[str, str, str, str] = field(repr=False)
    """Citizen, start date, employer, type of worker: as understood, or else as they stand in the row."""
    is_read: bool = field(default=False, repr=False)
    """Whether the row could be read, so that each part stands where it belongs."""

    @property
    def citizen(self) -> str:
        """The citizen's number. Never log it."""
        return self.parts[0]

    @property
    def start_date(self) -> date | None:
        """The start date, where it is one."""
        with suppress(ValueError):
            return date.fromisoformat(self.parts[1])
        return None

    @property
    def employer(self) -> str:
        """The number of the employer whom it was asked for."""
        return self.parts[2]

    @property
    def type_of_worker(self) -> str:
        return self.parts[3]

    def next_step(self, language: str = "en") -> str:
        """What there is to do, in the language ``nl``, ``fr``, ``de`` or ``en``."""
        return " ".join(translated(each, language) for each in self.steps)


def change_of(kind: ChangeKind, list_path: str, before: Told | None, now: Told | None) -> Change:
    """As it is told; without `now` it has left the list."""
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
    lists: ListMemory, since: date | datetime | None, list_path: str | None, hours: HoursRule
) -> tuple[Change, ...]:
    """See `SqliteJournal.changes`."""
    places = lists.places()
    if list_path is not None and list_path not in places:
        raise JournalRefused(
            "the journal remembers nothing that was told of this list",
            "Give the list as it was given to screen --changes, or none for all of them.",
        )
    if not places:
        raise JournalRefused(
            "the journal remembers no list whose changes were told",
            "Run `precontractual screen` with --changes FILE first: from then on it does.",
        )
    wanted = places if list_path is None else (list_path,)
    return tuple(each for place in wanted for each in _changes_of(lists, place, since, hours))


def _changes_of(
    lists: ListMemory, place: str, since: date | datetime | None, rule: HoursRule
) -> list[Change]:
    """Those that matter most come first; within a kind and a day their order tells nothing."""
    tellings = lists.tellings(place)
    last = max(tellings)
    first = _compared_with(tellings, since)
    before = {} if first is None else lists.told_at(place, first)
    return sorted(
        _between(place, before, lists.told_at(place, last), rule),
        key=lambda each: (_ORDER.index(each.kind), each.parts[1]),
    )


def _between(
    place: str, before: dict[bytes, Told], now: dict[bytes, Told], rule: HoursRule
) -> Iterator[Change]:
    for name, told in now.items():
        kind = kind_of_change(before.get(name), told, rule)
        if kind is not None:
            yield change_of(kind, place, before.get(name), told)
    for name, told in before.items():
        if name not in now:
            yield change_of(ChangeKind.LEFT, place, told, None)


def _compared_with(tellings: dict[int, datetime], since: date | datetime | None) -> int | None:
    """The generation that the last one is compared with; None: nothing was told before it."""
    *earlier, last = tellings
    if since is None:
        if earlier or last == 1:
            return earlier[-1] if earlier else None
    else:
        known = [generation for generation, at in tellings.items() if _is_by(at, since)]
        if known:
            return known[-1]
    first = next(iter(tellings.values())).astimezone(BRUSSELS)
    raise JournalRefused(
        f"what was told of the list is remembered from {first:%d/%m/%Y %H:%M} on, and not from before",
        "Give that moment, or a later one, after --since.",
    )


def _is_by(at: datetime, since: date | datetime) -> bool:
    """Whether a run at `at` is old enough: one at that moment is, one on that day is not."""
    if not isinstance(since, datetime):
        return at < midnight(since)
    return at <= (since if since.tzinfo else since.replace(tzinfo=BRUSSELS))

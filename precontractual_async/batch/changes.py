"""What changed in a list since its changes were last told.

Takes what became of each row, and gives what there is to tell. It compares with what the journal remembers
of the list, question by question: the order of the rows does not matter, and a question that stands on
several rows is told once, on the first. What was told is remembered only when `keep` is called, when all of
it stands where people read it. Told again without new answers, it tells nothing but who still waits.

Refuses to know files, formats and languages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from typing import Final, Protocol, TypeVar

from attrs import define, field, frozen

from ..journal.list_memory import ListMemory, Told
from ..journal.port import Entry
from ..model.moves import whose_move, word_of
from ..model.questions import Answered, Outcome, Query
from ..tables.cells import as_text
from ..tables.questions import Questions
from ..tables.table import Row
from .decisions import Decision
from .question_words import (
    ChangeKind,
    HoursRule,
    Streak,
    hours_of,
    kind_of_change,
    streak_of,
    waits_for_mandate,
)

_T = TypeVar("_T")
_AT_ONCE: Final = 500
"""Rows that are compared together."""


class Remembers(Protocol):
    """A journal that remembers what was told of lists: one in a file."""

    async def past(self, queries: Sequence[Query]) -> list[list[Entry]]: ...

    async def with_lists(self, work: Callable[[ListMemory], _T]) -> _T: ...


@frozen
class Change:
    """Something to tell of one question."""

    kind: ChangeKind
    before: str
    """Its word when it was last told; empty: it was not."""
    now: str
    """Its word now; empty: it has left the list."""
    hours_before: int | None
    """As they were last told."""
    hours_now: int | None
    parts: tuple[str, str, str, str] = field(repr=False)
    """See `Told`."""
    row: Row | None = None
    """The first of the list that asks it; None: it has left."""
    outcome: Outcome | None = field(default=None, repr=False)
    since: datetime | None = None
    """Since when its word is so, or for how long it waits; None: nobody was asked."""
    asked: int | None = None
    """How often it was answered so, of those that wait."""
    move: str = ""
    """Whose move it is; empty: it has left."""

    @property
    def day(self) -> date | None:
        """The start date, where it is one."""
        with suppress(ValueError):
            return date.fromisoformat(self.parts[1])
        return None


@frozen
class _Found:
    """A row, and what is to be remembered of it."""

    decision: Decision
    outcome: Outcome
    content: bytes = field(repr=False)
    before: Told | None
    told: Told
    kind: ChangeKind | None


@define
class Changes:
    """The changes of one list, the one at `place`, on a day in Brussels; each is handed to `tell`."""

    journal: Remembers
    place: str
    questions: Questions
    today: date
    tell: Callable[[Change], None]
    hours: HoursRule = field(factory=HoursRule)
    counts: Counter[ChangeKind] = field(factory=Counter, init=False)
    _waiting: list[tuple[Decision, Outcome]] = field(factory=list, init=False, repr=False)

    async def begin(self) -> None:
        """Before the first row."""
        await self.journal.with_lists(lambda lists: lists.begin(self.place))

    async def add(self, decision: Decision, outcome: Outcome) -> None:
        """What became of a row."""
        self._waiting.append((decision, outcome))
        if len(self._waiting) >= _AT_ONCE:
            await self._compare()

    async def end(self) -> None:
        """Behind the last row: what has left."""
        await self._compare()
        after = b""
        while left := await self.journal.with_lists(partial(_left_behind, place=self.place, after=after)):
            for _, told in left:
                self._tell(Change(ChangeKind.LEFT, told.word, "", told.hours_told, None, told.parts))
            after = left[-1][0]

    async def keep(self, at: datetime) -> None:
        """All of it stands where people read it: the next run tells what changes from now on."""
        await self.journal.with_lists(lambda lists: lists.finish(self.place, at))

    async def _compare(self) -> None:
        some, self._waiting = self._waiting, []
        contents = [self._content(decision) for decision, _ in some]
        befores = await self.journal.with_lists(lambda lists: lists.last(self.place, contents))
        found = [
            self._found(decision, outcome, content, before)
            for (decision, outcome), content, before in zip(some, contents, befores, strict=True)
        ]
        noted = [(each.content, each.told) for each in found]
        is_first = await self.journal.with_lists(lambda lists: lists.note(self.place, noted))
        told = [each for each, first in zip(found, is_first, strict=True) if first and each.kind]
        queries = [each.decision.query for each in told if each.decision.query]
        past = dict(zip(queries, await self.journal.past(queries), strict=True))
        for each in told:
            history = past[each.decision.query] if each.decision.query else []
            self._tell(_change(each, history, self.today))

    def _tell(self, change: Change) -> None:
        self.counts[change.kind] += 1
        self.tell(change)

    def _found(self, decision: Decision, outcome: Outcome, content: bytes, before: Told | None) -> _Found:
        kind = kind_of_change(before, outcome, self.today, self.hours)
        hours = hours_of(outcome)
        keeps_hours = before is not None and kind in (None, ChangeKind.WAITING)
        hours_told = before.hours_told if before is not None and keeps_hours else hours
        told = Told(word_of(outcome), hours, hours_told, self._parts(decision))
        return _Found(decision, outcome, content, before, told, kind)

    def _content(self, decision: Decision) -> bytes:
        """What makes it another question; of a row that cannot be understood, its cells."""
        if decision.query is not None:
            return b"query " + decision.query.content
        beyond = decision.row.surplus
        cells = [*self._parts(decision), as_text(beyond) if beyond else ""]
        return b"cells " + json.dumps(cells).encode()

    def _parts(self, decision: Decision) -> tuple[str, str, str, str]:
        query = decision.query
        if query is not None:
            day, employer = query.start_date.isoformat(), query.caller.employer.digits
            return query.citizen.digits, day, employer, query.type_of_worker.value
        candidate = self.questions.candidate((decision.row, decision.start_date))
        return (
            as_text(candidate.citizen),
            as_text(candidate.start_date),
            as_text(candidate.represented_enterprise_number),
            as_text(candidate.type_of_worker),
        )


def _left_behind(lists: ListMemory, place: str, after: bytes) -> list[tuple[bytes, Told]]:
    return lists.left(place, after)


def _change(found: _Found, history: Sequence[Entry], today: date) -> Change:
    before, told, outcome = found.before, found.told, found.outcome
    assert found.kind is not None  # noqa: S101 (only what is told)
    if found.kind is ChangeKind.WAITING:
        streak = streak_of(history, waits_for_mandate)
    else:
        streak = streak_of(history, lambda learned: word_of(learned) == told.word)
    if not isinstance(outcome, Answered):
        streak = Streak(streak.since)
    return Change(
        found.kind,
        "" if before is None else before.word,
        told.word,
        None if before is None else before.hours_told,
        told.hours,
        told.parts,
        found.decision.row,
        outcome,
        streak.since,
        streak.asked if waits_for_mandate(outcome) else None,
        whose_move(outcome, today).value,
    )

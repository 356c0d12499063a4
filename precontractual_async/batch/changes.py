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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import Final, Protocol, TypeVar

from attrs import define, evolve, field

from ..journal.list_changes import Change, ChangeKind, HoursRule, change_of, kind_of_change
from ..journal.list_memory import ListMemory, Told
from ..journal.port import Entry
from ..model.errors import JournalFailed, Move
from ..model.moves import outcome_moves, whose_move, word_of
from ..model.questions import Outcome, Query
from ..tables.cells import as_text
from ..tables.questions import Questions
from ..tables.table import Row
from .decisions import Decision
from .question_words import hours_of, streak_of, waits_for_mandate

_T = TypeVar("_T")
_AT_ONCE: Final = 500
"""Rows that are compared together."""
_MOST_SHOWN: Final = 500
"""Characters of a cell."""
_Row = tuple[Decision, Outcome]


class Remembers(Protocol):
    """A journal that remembers what was told of lists: one in a file."""

    async def past(self, queries: Sequence[Query]) -> list[list[Entry]]: ...

    async def with_lists(self, work: Callable[[ListMemory], _T]) -> _T: ...


@define
class Changes:
    """The changes of one list, the one at `place`, on a day in Brussels.

    Each is handed to `tell`, with the row that asks it first; one that has left the list has none.
    """

    journal: Remembers
    place: str
    questions: Questions
    today: date
    tell: Callable[[Change, Row | None], None]
    hours: HoursRule = field(factory=HoursRule)
    counts: Counter[ChangeKind] = field(factory=Counter, init=False)
    failed: JournalFailed | None = field(default=None, init=False)
    """Why the journal cannot remember them: then none are to be told; the result is there all the same."""
    _waiting: list[_Row] = field(factory=list, init=False, repr=False)

    async def begin(self) -> None:
        """Before the first row."""
        with self._noting_failure():
            await self.journal.with_lists(lambda lists: lists.begin(self.place))

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except JournalFailed as error:
            self.failed = error

    async def add(self, decision: Decision, outcome: Outcome) -> None:
        """What became of a row."""
        if self.failed is not None:
            return
        self._waiting.append((decision, outcome))
        if len(self._waiting) >= _AT_ONCE:
            with self._noting_failure():
                await self._compare()

    async def end(self, belongs: Callable[[Told], bool] = lambda _: True) -> None:
        """Behind the last row: what has left, of all that `belongs` to it."""
        if self.failed is None:
            with self._noting_failure():
                await self._end(belongs)

    async def _end(self, belongs: Callable[[Told], bool]) -> None:
        await self._compare()
        after = b""
        while left := await self.journal.with_lists(partial(_left_behind, place=self.place, after=after)):
            for _, told in left:
                if belongs(told):
                    self._tell(change_of(ChangeKind.LEFT, self.place, told, None), None)
            after = left[-1][0]

    async def keep(self, at: datetime) -> None:
        """All of it stands where people read it: the next run tells what changes from now on.

        `at`: when this run began, by which it is known.
        """
        await self.journal.with_lists(lambda lists: lists.finish(self.place, at))

    async def _compare(self) -> None:
        some, self._waiting = self._waiting, []
        contents = [self._content(decision) for decision, _ in some]
        befores = await self.journal.with_lists(lambda lists: lists.last(self.place, contents))
        drafts = list(map(self._draft, some))
        kinds = [kind_of_change(before, now, self.hours) for before, now in zip(befores, drafts, strict=True)]
        queries = [decision.query for (decision, _), kind in zip(some, kinds, strict=True) if kind]
        asked = [each for each in queries if each]
        past = dict(zip(asked, await self.journal.past(asked), strict=True))
        found = [
            _told(row, before, now, kind, past)
            for row, before, now, kind in zip(some, befores, drafts, kinds, strict=True)
        ]
        noted = list(zip(contents, found, strict=True))
        is_first = await self.journal.with_lists(lambda lists: lists.note(self.place, noted))
        for (decision, _), before, now, kind, first in zip(
            some, befores, found, kinds, is_first, strict=True
        ):
            if first and kind:
                self._tell(change_of(kind, self.place, before, now), decision.row)

    def _tell(self, change: Change, row: Row | None) -> None:
        self.counts[change.kind] += 1
        self.tell(change, row)

    def _draft(self, one: _Row) -> Told:
        """What there is to tell of a row, without its past."""
        decision, outcome = one
        hours = hours_of(outcome)
        return Told(
            word_of(outcome),
            hours,
            hours,
            self._shown(decision),
            decision.row.number,
            is_read=decision.row.problem is None,
            move=whose_move(outcome, self.today).value,
            steps=outcome.steps(self.today),
            waits=Move.CITIZEN in outcome_moves(outcome, self.today),
        )

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

    def _shown(self, decision: Decision) -> tuple[str, str, str, str]:
        """As much of it as is remembered: a wrong cell can be a book."""
        citizen, day, employer, kind = (part[:_MOST_SHOWN] for part in self._parts(decision))
        return citizen, day, employer, kind


def _left_behind(lists: ListMemory, place: str, after: bytes) -> list[tuple[bytes, Told]]:
    return lists.left(place, after)


def _told(
    one: _Row,
    before: Told | None,
    now: Told,
    kind: ChangeKind | None,
    past: dict[Query, list[Entry]],
) -> Told:
    """With since when it is so; of what did not change, as it was told."""
    decision, outcome = one
    if before is not None and kind in (None, ChangeKind.WAITING):
        now = evolve(now, hours_told=before.hours_told)
    if kind is None and before is not None:
        return evolve(
            now,
            since=before.since,
            asked=before.asked,
            waits_since=before.waits_since,
            waits_asked=before.waits_asked,
        )
    history = past[decision.query] if decision.query else []
    streak = streak_of(history, lambda learned: word_of(learned) == now.word)
    waiting = streak_of(history, waits_for_mandate)
    has_none = waits_for_mandate(outcome)
    return evolve(
        now,
        since=streak.since,
        asked=streak.asked if has_none else None,
        waits_since=waiting.since,
        waits_asked=waiting.asked if has_none else None,
    )

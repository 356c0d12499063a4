"""Finds what changed in a list since the last run that reported its changes.

Takes the outcome of each row, compares it with the list's last snapshot in the journal, and hands on each
change. It compares questions: the order of the rows does not matter, and a question on several rows is
reported once, for the first row. The new snapshot counts only after `keep`, when the changes are written. A
second run without new answers reports only who still waits for a mandate.

Leaves to others: files, formats and languages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from itertools import accumulate
from typing import Final, Protocol, TypeVar

from attrs import define, evolve, field, frozen

from ..journal.list_changes import Change, ChangeKind, HoursRule, change_of, kind_of_change
from ..journal.list_snapshots import ListSnapshots, QuestionState
from ..journal.port import Entry, believed
from ..journal.recheck import Learned
from ..model.answers import Status
from ..model.errors import JournalFailed, Move
from ..model.moves import outcome_moves, whose_move, word_of
from ..model.questions import Answered, Outcome, Query
from ..tables.cells import as_text
from ..tables.questions import Questions
from ..tables.table import Row
from .decisions import Decision

_T = TypeVar("_T")
_AT_ONCE: Final = 500
"""Rows that are compared together."""
_MOST_SHOWN: Final = 500
"""The most characters of a cell that a snapshot keeps: a wrong cell can be a book."""
_Row = tuple[Decision, Outcome]


class ChangesJournal(Protocol):
    """The part of a `SqliteJournal` that finding changes needs."""

    async def past(self, queries: Sequence[Query]) -> list[list[Entry]]: ...

    async def with_lists(self, work: Callable[[ListSnapshots], _T]) -> _T: ...


@define
class Changes:
    """The changes of the list at `place`. `today`: the day in Brussels.

    `write` gets each change, and the first row with its question; None: it has left the list.
    """

    journal: ChangesJournal
    place: str
    questions: Questions
    today: date
    write: Callable[[Change, Row | None], None]
    hours: HoursRule = field(factory=HoursRule)
    counts: Counter[ChangeKind] = field(factory=Counter, init=False)
    failed: JournalFailed | None = field(default=None, init=False)
    """Why the journal cannot keep the snapshot: then no change is reported. The result is still valid."""
    _waiting: list[_Row] = field(factory=list, init=False, repr=False)

    async def begin(self) -> None:
        """Call it before the first row."""
        with self._noting_failure():
            await self.journal.with_lists(lambda lists: lists.begin(self.place))

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except JournalFailed as error:
            self.failed = error

    async def add(self, decision: Decision, outcome: Outcome) -> None:
        """Add the outcome of a row."""
        if self.failed is not None:
            return
        self._waiting.append((decision, outcome))
        if len(self._waiting) >= _AT_ONCE:
            with self._noting_failure():
                await self._compare()

    async def end(self, belongs: Callable[[QuestionState], bool] = lambda _: True) -> None:
        """After the last row: report the questions that have left the list, if `belongs` says so."""
        if self.failed is None:
            with self._noting_failure():
                await self._end(belongs)

    async def _end(self, belongs: Callable[[QuestionState], bool]) -> None:
        await self._compare()
        after = b""
        while left := await self.journal.with_lists(
            partial(ListSnapshots.left, place=self.place, after=after)
        ):
            for _, state in left:
                if belongs(state):
                    self._write(change_of(ChangeKind.LEFT, self.place, state, None), None)
            after = left[-1][0]

    async def keep(self, at: datetime) -> None:
        """The changes are written: the next run compares with this one. `at`: the beginning of this run."""
        await self.journal.with_lists(lambda lists: lists.finish(self.place, at))

    async def _compare(self) -> None:
        """Compare the rows that wait with the last snapshot, add them to the new one, and write changes."""
        some, self._waiting = self._waiting, []
        contents = [self._content(decision) for decision, _ in some]
        befores = await self.journal.with_lists(lambda lists: lists.last(self.place, contents))
        states = [self._state(*row) for row in some]
        kinds = [kind_of_change(before, now, self.hours) for before, now in zip(befores, states, strict=True)]
        asked = [row[0].query for row, kind in zip(some, kinds, strict=True) if kind and row[0].query]
        past = dict[Query | None, list[Entry]](zip(asked, await self.journal.past(asked), strict=True))
        compared = [
            (
                decision.row,
                before,
                _with_history(now, before, kind, outcome, past.get(decision.query, [])),
                kind,
            )
            for (decision, outcome), before, now, kind in zip(some, befores, states, kinds, strict=True)
        ]
        noted = [(content, now) for content, (_, _, now, _) in zip(contents, compared, strict=True)]
        is_first = await self.journal.with_lists(lambda lists: lists.note(self.place, noted))
        for (row, before, now, kind), first in zip(compared, is_first, strict=True):
            if first and kind:
                self._write(change_of(kind, self.place, before, now), row)

    def _write(self, change: Change, row: Row | None) -> None:
        self.counts[change.kind] += 1
        self.write(change, row)

    def _state(self, decision: Decision, outcome: Outcome) -> QuestionState:
        """The state of a row, without its history."""
        hours = outcome.answer.student_job.plausible_hours if isinstance(outcome, Answered) else None
        return QuestionState(
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
        """What identifies the question; for a row that is not understood, its cells."""
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
        citizen, day, employer, kind = (part[:_MOST_SHOWN] for part in self._parts(decision))
        return citizen, day, employer, kind


def _with_history(
    now: QuestionState,
    before: QuestionState | None,
    kind: ChangeKind | None,
    outcome: Outcome,
    history: Sequence[Entry],
) -> QuestionState:
    """`now` with since when it is so: by the journal's entries, or as `before` when nothing changed."""
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
    streak = streak_of(history, lambda learned: word_of(learned) == now.word)
    waiting = streak_of(history, has_no_mandate)
    has_none = has_no_mandate(outcome)
    return evolve(
        now,
        since=streak.since,
        asked=streak.asked if has_none else None,
        waits_since=waiting.since,
        waits_asked=waiting.asked if has_none else None,
    )


def has_no_mandate(outcome: Outcome) -> bool:
    """Whether the citizen gave no mandate for at least one kind of work."""
    return isinstance(outcome, Answered) and any(
        block.status is Status.NO_GRANT for block in outcome.answer.blocks
    )


@frozen
class Streak:
    """Since when a condition holds for a question, and the number of answers since then."""

    since: datetime | None = None
    asked: int = 0


def streak_of(history: Sequence[Entry], holds: Callable[[Learned], bool]) -> Streak:
    """The streak at the end of `history` (the oldest entry first); empty when `holds` is false now."""
    streak = Streak()
    for each, known in zip(history, accumulate(history, believed), strict=True):
        answered = int(not each.is_pending)
        streak = (
            Streak(streak.since or each.learned_at, streak.asked + answered)
            if holds(known.outcome)
            else Streak()
        )
    return streak

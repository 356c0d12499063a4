"""The figures of a result: what became of how many rows. No numbers of citizens.

Knows what is counted, and in which order it is told. Refuses to know formats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from attrs import define, field

from ..model.answers import Status
from ..model.dates import BRUSSELS
from ..model.errors import Move
from ..model.moves import OUTCOME_WORDS, whose_move
from ..model.tallies import Tally
from ..words import translated
from .table import ResultRow

_STATUSES: Final = tuple(status.value for status in Status)
_MOVES: Final = tuple(move.value for move in Move)

Line = tuple[str, int | str | None]
"""A word and its figure; without one it is the heading of those below it."""


@define
class ResultCounts:
    """Counts the rows of a result, as it is read on a day in Brussels."""

    _today: date | None = None
    _rows: int = 0
    _outcomes: Counter[str] = field(factory=Counter)
    _flexi: Counter[str] = field(factory=Counter)
    _student: Counter[str] = field(factory=Counter)
    _moves: Counter[str] = field(factory=Counter)
    _tally: Tally = field(factory=Tally)
    _first: str = ""
    _last: str = ""

    def add(self, row: ResultRow) -> None:
        told = row.added
        self._rows += 1
        self._outcomes[str(told.get("outcome", ""))] += 1
        self._flexi[str(told.get("flexi_status", ""))] += 1
        self._student[str(told.get("student_status", ""))] += 1
        if row.outcome is not None:
            self._tally.add(row.outcome)
            self._moves[whose_move(row.outcome, self._today).value] += 1
        if at := str(told.get("asked_at", "")):  # one zone, one length: text is in the order of time
            self._first = min(self._first or at, at)
            self._last = max(self._last, at)

    def lines(self, language: str) -> Iterator[Line]:
        """What is told, from top to bottom, in `language`."""
        yield translated("rows of the result", language), self._rows
        starts = self._tally.counts().starts
        for word, count in (
            ("can start", starts.some),
            ("as flexi-jobber", starts.flexi),
            ("as student", starts.student),
            ("cannot", starts.none),
            ("not known", starts.not_known),
        ):
            yield translated(word, language), count
        for heading, words, counted in (
            ("what became of it", OUTCOME_WORDS, self._outcomes),
            ("flexi-job", _STATUSES, self._flexi),
            ("student job", _STATUSES, self._student),
            ("whose move it is", _MOVES, self._moves),
        ):
            yield translated(heading, language), None
            for word in words:
                if counted[word]:
                    yield translated(word, language), counted[word]
        if self._first:
            yield translated("asked (time in Brussels)", language), None
            yield translated("the first", language), in_brussels(self._first)
            yield translated("the last", language), in_brussels(self._last)


def in_brussels(at: str) -> str:
    """An instant of a result as people in Belgium read it."""
    return f"{datetime.fromisoformat(at).astimezone(BRUSSELS):%d/%m/%Y %H:%M:%S}"

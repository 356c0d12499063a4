"""The summary of a result: counts of rows by outcome. It holds no citizens' numbers.

Knows what is counted, and in which order it is listed. Leaves to others: formats.
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
"""A word and its count; without a count it is the heading of the lines below it."""


@define
class ResultCounts:
    """Counts the rows of a result; the date in Brussels decides who must act."""

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
        added = row.added
        self._rows += 1
        self._outcomes[str(added.get("outcome", ""))] += 1
        self._flexi[str(added.get("flexi_status", ""))] += 1
        self._student[str(added.get("student_status", ""))] += 1
        if row.outcome is not None:
            self._tally.add(row.outcome)
            self._moves[whose_move(row.outcome, self._today).value] += 1
        if at := str(added.get("asked_at", "")):  # same zone and length: text sorts by time
            self._first = min(self._first or at, at)
            self._last = max(self._last, at)

    def lines(self, language: str) -> Iterator[Line]:
        """The lines of the summary from top to bottom, in `language`."""
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
    """An instant of a result in Belgian time and notation."""
    return f"{datetime.fromisoformat(at).astimezone(BRUSSELS):%d/%m/%Y %H:%M:%S}"

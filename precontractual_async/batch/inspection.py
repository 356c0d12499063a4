"""The dry run: counts what a run would do with a list. Pure.

Knows how decisions are counted. It keeps the line numbers of the first few rows that are refused for each
reason, and eight bytes of a keyed hash for each distinct question: in Python some 100 bytes, or 100 MB for a
million questions. Leaves to others: how decisions are made, and how the counts are shown.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from hashlib import blake2b
from typing import Final, assert_never

from attrs import define, field

from ..model.questions import Answered, Deferred, Pending, Query, Refused, Rejected
from ..tables.table import Row
from .decisions import Decision

_MOST_LINES: Final = 5
"""Line numbers that are kept for one reason."""


@define
class Reason:
    """The lines that are refused for one reason; a line with several start dates counts once."""

    count: int = 0
    lines: list[int] = field(factory=list)
    """The first line numbers."""
    _last: int = 0

    def note(self, line: int) -> None:
        if line == self._last:
            return
        self._last = line
        self.count += 1
        if len(self.lines) < _MOST_LINES:
            self.lines.append(line)


@define
class Inspection:
    """Counts decisions in the order of the list. `key`: the key of the hash, never stored."""

    key: bytes = field(repr=False)
    rows: int = 0
    """Rows of the result: each row of the list once for each start date."""
    refused: int = 0
    reasons: dict[str, Reason] = field(factory=dict)
    """By its text; a row can have several reasons."""
    deferred: Counter[date] = field(factory=Counter)
    """Rows by the day from which they can be asked (Brussels)."""
    settled: int = 0
    """Rows that the journal knows and that are not due for a recheck."""
    due: int = 0
    """Rows that a run asks, or answers with the answer of a duplicate."""
    due_again: int = 0
    """The due rows that the journal knows already."""
    distinct: int = 0
    """Distinct questions of all rows that are not refused."""
    calls: int = 0
    """Distinct questions of the due rows: the calls of a run without retries."""
    _seen: set[bytes] = field(factory=set, init=False, repr=False)

    @property
    def duplicates(self) -> int:
        """Rows that ask the same question as an earlier row."""
        return self.rows - self.refused - self.distinct

    def add(self, decision: Decision) -> None:
        """Count one row."""
        self.rows += 1
        decided = decision.decided
        if isinstance(decided, Refused):
            self._refuse(decision.row, decided)
            return
        assert decision.query is not None  # noqa: S101 (a row that is not refused has a query)
        is_new = self._is_new(decision.query)
        self.distinct += is_new
        match decided:
            case Deferred(opens_on=day):
                self.deferred[day] += 1
            case Query():
                self.due += 1
                self.due_again += decision.entry is not None
                self.calls += is_new
            case Answered() | Rejected() | Pending():
                self.settled += 1
            case _:
                assert_never(decided)

    def _refuse(self, row: Row, refused: Refused) -> None:
        self.refused += 1
        for violation in refused.violations:
            reason = (
                violation if row.problem is None else violation.replace(f"line {row.number}", "the row", 1)
            )
            self.reasons.setdefault(reason, Reason()).note(row.number)

    def _is_new(self, query: Query) -> bool:
        before = len(self._seen)
        self._seen.add(blake2b(query.content, key=self.key, digest_size=8).digest())
        return len(self._seen) > before

"""What a run would do with a list, counted. Pure.

Knows how decisions are counted. Refuses to know how they are come by and how the counts are shown. Nothing
of a row is kept but the lines of the first few that are refused for one reason; of a distinct question eight
bytes of a keyed hash, which take some 100 bytes with what Python puts around them: 100 MB for a million.
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

_TOLD: Final = 5
"""Lines of one reason that are kept."""


@define
class Reason:
    """The lines that are refused for one reason; over several start dates a line counts once."""

    count: int = 0
    lines: list[int] = field(factory=list)
    """The first of them."""
    _last: int = 0

    def note(self, line: int) -> None:
        if line == self._last:
            return
        self._last = line
        self.count += 1
        if len(self.lines) < _TOLD:
            self.lines.append(line)


@define
class Inspection:
    """Folds decisions as they come, in the order of the list. `key`: of the hash, forgotten with it."""

    key: bytes = field(repr=False)
    rows: int = 0
    """Of the result: the list's, once for each start date."""
    refused: int = 0
    reasons: dict[str, Reason] = field(factory=dict)
    """A row can have several."""
    deferred: Counter[date] = field(factory=Counter)
    """Rows by the day from which they can be asked (Brussels)."""
    settled: int = 0
    """Rows that the journal knows, and that are not due."""
    due: int = 0
    """Rows that a run asks, or answers with the answer to another row."""
    due_again: int = 0
    """Those among them that the journal knows."""
    distinct: int = 0
    """Distinct questions of all rows but the refused."""
    calls: int = 0
    """Distinct questions of those that are due: what a run sends, if it need not repeat any."""
    _seen: set[bytes] = field(factory=set, init=False, repr=False)

    @property
    def duplicates(self) -> int:
        """Rows that ask what an earlier row asks."""
        return self.rows - self.refused - self.distinct

    def add(self, decision: Decision) -> None:
        """Count one row."""
        self.rows += 1
        decided = decision.decided
        if isinstance(decided, Refused):
            self._refuse(decision.row, decided)
            return
        assert decision.query is not None  # noqa: S101 (what is not refused was understood)
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

"""Decides about each row of a list, from its cells, the journal and the date.

Results and dry runs use the same decisions, so that both say the same. Leaves to others: how a question is
asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

from attrs import frozen

from ..journal.port import Entry, Lookup
from ..model.errors import Fault, Reach
from ..model.questions import Candidate, Outcome, Pending, Query, Refused
from ..tables.questions import Pair, Questions
from ..tables.table import Row
from .intake import Intake

_AT_ONCE: Final = 500
"""Rows that are looked up in the journal together."""
_MOST_CELLS: Final = 50_000
"""Cells of these rows together, so that memory stays small when rows are very long."""


@frozen
class Decision:
    """The decision about one row and one start date."""

    row: Row
    start_date: object
    """The start date given for every row; None: the row has its own."""
    decided: Query | Outcome
    """The query, when it must be asked now; otherwise the known outcome, or why it cannot be asked."""
    query: Query | None = None
    """None: the row could not be understood."""
    entry: Entry | None = None
    """What the journal knows about the query."""

    def unasked(self, stopped_by: Fault | None, *, is_whole: bool = False) -> Outcome:
        """The outcome of a row that a run did not reach; an outcome that was known before stays.

        `stopped_by` tells who must act, also for this row. `is_whole`: the run reached the end of its list,
        so this row was added to the list later.
        """
        if not isinstance(self.decided, Query):
            return self.decided
        before = None if self.entry is None else self.entry.outcome
        if before is not None and not isinstance(before, Pending):
            return before
        if stopped_by is not None and stopped_by.reach is Reach.BATCH:
            return Pending(self.decided, stopped_by)
        if before is None and is_whole:
            return Pending(self.decided, Fault("the list was changed while it was screened", "Run it again."))
        return before or Pending(self.decided, Fault("the run stopped before", "Run it again."))


async def decisions(questions: Questions, intake: Intake, journal: Lookup) -> AsyncIterator[Decision]:
    """A decision for each of `questions`, in their order."""
    for some in in_groups(questions.pairs()):
        candidates = [questions.candidate(pair) for pair in some]
        understood = [_understood(intake, *each) for each in zip(some, candidates, strict=True)]
        entries = iter(await journal.find([each for each in understood if isinstance(each, Query)]))
        for pair, candidate, query in zip(some, candidates, understood, strict=True):
            if isinstance(query, Refused):
                yield Decision(*pair, query)
            else:
                entry = next(entries)
                yield Decision(*pair, intake.decide(candidate, query, entry), query, entry)


def _understood(intake: Intake, pair: Pair, candidate: Candidate) -> Query | Refused:
    row, start_date = pair
    if row.problem is not None:
        return Refused(Candidate(None, start_date), (row.problem,))
    return intake.understood(candidate)


def in_groups(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    """The pairs in groups that are limited in rows and in cells, so that memory stays small."""
    group: list[Pair] = []
    cells = 0
    for pair in pairs:
        group.append(pair)
        cells += len(pair[0].cells) + len(pair[0].surplus)
        if len(group) >= _AT_ONCE or cells >= _MOST_CELLS:
            yield group
            group, cells = [], 0
    if group:
        yield group

"""The rows of a result as the page shows them: in the report's words, with the names of the list.

Knows that rows are grouped by whose move it is, that numbers are masked until a person asks to see them, and
that a very long list is cut. Leaves to others: HTML.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from ..model.dates import day_in_brussels, read_start_date
from ..model.identifiers import Ssin
from ..model.privacy import masked
from ..model.questions import Answered, Deferred, Outcome, Pending, Refused, Rejected
from ..report.fold import Row as DatedRow
from ..report.fold import harmless, voices_of
from ..report.kinds import AGAIN, CORRECT, GROUPS, Group
from ..report.speech import Speech
from ..report.view import Cell, Line, line_of, written
from ..tables.questions import Questions
from ..tables.table import ResultRow
from .lists import citizen_of, masked_citizen, own_cells

MOST_SHOWN: Final = 10_000
"""The most rows on the page; downloads have all rows."""
_AT_ONCE: Final = 200
"""Rows after which other tasks get a turn."""


@frozen
class KeptRow:
    """The data of a row that is kept for the page."""

    number: int
    own: str = field(repr=False)
    citizen: str = field(repr=False)
    """The masked number."""
    outcome: Outcome = field(repr=False)


@frozen
class ShownRow:
    """A row in words."""

    number: int
    own: str
    citizen: str
    group: Group
    line: Line


@frozen
class ShownTable:
    """The shown rows; those that need an action come first."""

    rows: Sequence[ShownRow]
    counts: Sequence[tuple[Group, int]]
    """The number of rows in each group, including rows that are not shown."""


@define
class Collector:
    """Collects the rows of a result, as a `Results` that writes no file."""

    questions: Questions = field(repr=False)
    at: datetime
    """When the run ended."""
    rows: list[KeptRow] = field(factory=list, repr=False)
    counts: Counter[Group] = field(factory=Counter, repr=False)

    def add(self, row: ResultRow) -> None:
        """See `Results.add`."""
        if row.outcome is None:
            return
        self.counts[_group(row.outcome, self.at)] += 1
        if len(self.rows) < MOST_SHOWN:
            citizen = masked_citizen(citizen_of(row.row, self.questions))
            own = own_cells(row.row, self.questions)
            self.rows.append(KeptRow(row.row.number, own, citizen, row.outcome))

    def finish(self) -> None:
        """Nothing is left to do."""


async def shown(kept: Collector, say: Speech, *, shows_citizens: bool) -> ShownTable:
    """The rows in words; other tasks get a turn meanwhile."""
    rows = []
    for place, each in enumerate(kept.rows, 1):
        rows.append(_shown_row(each, kept.at, say, shows_citizens=shows_citizens))
        if place % _AT_ONCE == 0:
            await asyncio.sleep(0)
    rows.sort(key=lambda row: GROUPS.index(row.group))
    return ShownTable(rows, [(group, kept.counts[group]) for group in GROUPS if kept.counts[group]])


def _shown_row(kept: KeptRow, at: datetime, say: Speech, *, shows_citizens: bool) -> ShownRow:
    outcome = kept.outcome
    own, citizen = masked(kept.own), kept.citizen
    if shows_citizens:
        own, citizen = kept.own, _in_full(outcome) or kept.citizen
    return ShownRow(kept.number, own, citizen, _group(outcome, at), _line(outcome, at, say))


def _in_full(outcome: Outcome) -> str:
    """The number as it is printed on cards; an invalid number as the list has it."""
    if isinstance(outcome, Refused):
        return str(outcome.candidate.citizen or "")
    citizen: Ssin = outcome.query.citizen
    return written(citizen)


def dated(outcome: Answered | Rejected | Pending, at: datetime, language: str) -> DatedRow:
    """The answers for both kinds of work, as the report has them. `at`: the time, if there is no answer."""
    query = outcome.query
    asked_at = outcome.answer.asked_at if isinstance(outcome, Answered) else at
    row = DatedRow(query.start_date, query.caller, asked_at)
    row.flexi, row.student = voices_of(outcome, asked_at, language)
    return row


def _group(outcome: Outcome, at: datetime) -> Group:
    match outcome:
        case Refused():
            return CORRECT
        case Deferred():
            return AGAIN
        case _:
            return dated(outcome, at, "en").group(day_in_brussels(at))


def _line(outcome: Outcome, at: datetime, say: Speech) -> Line:
    today = day_in_brussels(at)
    if not isinstance(outcome, Refused | Deferred):
        return line_of(dated(outcome, at, say.language), today, say)
    told = outcome.explain(say.language, today)
    if isinstance(outcome, Refused):
        cell, group, day = Cell("r", say("refused")), CORRECT, _day(outcome.candidate.start_date, say)
    else:
        cell, group, day = Cell("l", say("deferred")), AGAIN, say.day(outcome.query.start_date)
    return Line("", day, cell, cell, "", say(group.who), told.next_step, harmless(told.reason), "")


def _day(cell: object, say: Speech) -> str:
    """A start date in the page's format; a value that is no date stays as the list has it."""
    try:
        return say.day(read_start_date(cell))
    except ValueError:
        return harmless("" if cell is None else str(cell))

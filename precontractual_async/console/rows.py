"""The rows of a result as the page shows them: in the report's words, with the names of the list.

Knows that rows are grouped by whose move it is, that numbers are masked until a person asks to see them, and
that a very long list is cut. Leaves to others: HTML.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from ..model.dates import day_in_brussels, read_start_date
from ..model.questions import Answered, Deferred, Outcome, Pending, Refused, Rejected
from ..report.fold import Row as DatedRow
from ..report.fold import harmless, job_statuses
from ..report.kinds import AGAIN, CORRECT, GROUPS, Group
from ..report.speech import Speech
from ..report.view import Cell, Line, line_of
from ..tables.questions import Questions
from ..tables.table import ResultRow, Row
from .lists import citizen_in_words, citizen_of, own_cells, own_in_words

MOST_SHOWN: Final = 10_000
"""The most rows on the page; downloads have all rows."""
MOST_RECENT: Final = 50
"""The most rows of each group while the run goes on."""
AT_FIRST: Final = 300
"""Rows that a page with all of them shows before a person asks for more."""


@frozen
class KeptRow:
    """The data of a row that is kept for the page."""

    number: int
    own: str = field(repr=False)
    citizen: object = field(repr=False)
    """The cell with the number."""
    group: Group
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
    """The shown rows, and how many there are."""

    rows: Iterable[ShownRow] = ()
    counts: Mapping[Group, str] = field(factory=dict)
    """The number of rows in each group, in words, including rows that are not shown."""
    total: int = 0


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
        group = _group(row.outcome, self.at)
        self.counts[group] += 1
        if len(self.rows) < MOST_SHOWN:
            self.rows.append(_kept(row.row, group, row.outcome, self.questions))

    def finish(self) -> None:
        """Nothing is left to do."""


@define
class Recent:
    """The rows of each group that became known last: the same few, however many rows a run has."""

    questions: Questions = field(repr=False)
    counts: Counter[Group] = field(factory=Counter)
    _last: dict[Group, deque[tuple[int, KeptRow]]] = field(factory=dict, repr=False)

    def add(self, outcome: Outcome, at: datetime) -> None:
        """Take what became of a row. `at`: now."""
        row = outcome.row
        assert isinstance(row, Row)  # noqa: S101 (a screening gives each question its row)
        group = _group(outcome, at)
        self.counts[group] += 1
        last = self._last.setdefault(group, deque(maxlen=MOST_RECENT))
        last.append((self.counts.total(), _kept(row, group, outcome, self.questions)))

    def since(self, known: int, at: datetime, say: Speech) -> ShownTable:
        """Those that became known after the first `known` rows, the last first, with masked numbers."""
        rows = [each for last in self._last.values() for each in last if each[0] > known]
        rows.sort(key=lambda each: -each[0])
        told = [_shown_row(kept, at, say, shows_citizens=False) for _, kept in rows]
        return ShownTable(told, _in_words(self.counts, say), self.counts.total())


def _kept(row: Row, group: Group, outcome: Outcome, questions: Questions) -> KeptRow:
    return KeptRow(row.number, own_cells(row, questions), citizen_of(row, questions), group, outcome)


def shown(kept: Collector, say: Speech, *, shows_citizens: bool) -> ShownTable:
    """The rows, those that need an action first; each is put into words when it is taken."""
    rows = sorted(kept.rows, key=lambda row: GROUPS.index(row.group))
    told = (_shown_row(each, kept.at, say, shows_citizens=shows_citizens) for each in rows)
    return ShownTable(told, _in_words(kept.counts, say), kept.counts.total())


def _in_words(counts: Counter[Group], say: Speech) -> Mapping[Group, str]:
    return {
        group: say("one row") if count == 1 else say("{count} rows", count=say.number(count))
        for group in GROUPS
        if (count := counts[group])
    }


def _shown_row(kept: KeptRow, at: datetime, say: Speech, *, shows_citizens: bool) -> ShownRow:
    own = own_in_words(kept.own, in_full=shows_citizens)
    citizen = citizen_in_words(kept.citizen, in_full=shows_citizens)
    return ShownRow(kept.number, own, citizen, kept.group, _line(kept.outcome, at, say))


def dated(outcome: Answered | Rejected | Pending, at: datetime, language: str) -> DatedRow:
    """The answers for both kinds of work, as the report has them. `at`: the time, if there is no answer."""
    query = outcome.query
    asked_at = outcome.answer.asked_at if isinstance(outcome, Answered) else at
    row = DatedRow(query.start_date, query.caller, asked_at)
    row.flexi, row.student = job_statuses(outcome, asked_at, language)
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
        cell, group, day = Cell("r", say("refused")), CORRECT, day_in_words(outcome.candidate.start_date, say)
    else:
        cell, group, day = Cell("l", say("deferred")), AGAIN, say.day(outcome.query.start_date)
    return Line("", day, cell, cell, "", say(group.who), told.next_step, _own(told.reason), "")


def day_in_words(cell: object, say: Speech) -> str:
    """A start date in the page's format; a value that is no date stays as the list has it."""
    try:
        return say.day(read_start_date(cell))
    except ValueError:
        return _own("" if cell is None else str(cell))


def _own(text: str) -> str:
    """A start date of the list, or a reason of ours: days of a calendar in it are no numbers of citizens."""
    return harmless(text, keeps_days=True)

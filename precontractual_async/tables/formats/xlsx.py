"""Writes results as an Excel workbook: the list's sheet with our columns, and sheets of what is to be done.

Values from the list or the gateway go through `sheet_cells`. Leaves to others: what cells mean, except in a
few columns with a special format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from xlsxwriter.format import Format

from ...model.answers import Status
from ...model.errors import InvalidIdentifier, InvalidList
from ...model.identifiers import EnterpriseNumber, Ssin
from ...model.moves import whose_move
from ...model.questions import Refused, Rejected
from ...words import translated
from ..audience import Audience
from ..cells import as_text
from ..column_names import is_none_of, listed
from ..columns import column_of
from ..counts import ResultCounts, in_brussels
from ..headings import BESIDE, READABLE, in_readers_order, is_own_beside
from ..table import ResultRow, Row, Table
from .change_sheet import ChangeSheet
from .sheet_cells import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, utf16_length
from .sheet_pages import Book, Page
from .styles import BAR, STYLES

_WHY: Final = ("outcome", "reason", "next_step")
"""Added columns on the sheet "To correct"."""
_STATUSES: Final = ("flexi_status", "student_status")
_DATE: Final = "start_date"
"""The end of the name of our column for the start date, when there are several."""
_TEXTUAL: Final = (str, bytes, list, dict)
_HOURS: Final = "student_hours_remaining"
_BARS: Final = {
    "type": "data_bar",
    "bar_color": BAR,
    "bar_solid": True,
    "min_type": "num",
    "min_value": 0,
}
_SUMMARY_WIDTH: Final = 45


# --- the check before anything is asked ---------------------------------------------------------------


def check(table: Table, added: tuple[str, ...], times: int) -> None:
    """Check that the result fits into a sheet.

    Raises:
        InvalidList: it does not fit, with the reason and what to do instead.
    """
    if table.count * times + 1 > MOST_ROWS:
        raise _too_large(f"more than {MOST_ROWS - 1:,} rows and their header")
    width = len(in_readers_order(added))
    for row in table.rows():
        if len(row.cells) + len(row.surplus) + width > MOST_COLUMNS:
            raise _too_large(f"more than {MOST_COLUMNS:,} columns (line {row.number})")
        for position, cell in enumerate(_texts(row)):
            if len(cell) > MOST_CHARACTERS // 2 and utf16_length(cell) > MOST_CHARACTERS:
                name = listed(table.columns[position : position + 1])
                where = f"line {row.number}, column {name}" if name else f"line {row.number}"
                raise _too_large(f"more than {MOST_CHARACTERS:,} characters in a cell ({where})")


def _texts(row: Row) -> Iterator[str]:
    """The cells that are written as text; empty text for the others."""
    for cell in (*row.cells, *_beyond(row)):
        yield as_text(cell) if isinstance(cell, _TEXTUAL) else ""


def _beyond(row: Row) -> Sequence[object]:
    """The surplus as cells: each cell, or one cell for all named members."""
    if isinstance(row.surplus, tuple):
        return row.surplus
    return (row.surplus,) if row.surplus else ()


def _too_large(what: str) -> InvalidList:
    return InvalidList(
        f"the result does not fit into an Excel sheet: {what}",
        "Give the result a name with .csv, .jsonl or .parquet.",
    )


# --- the workbook -------------------------------------------------------------------------------------


def write(table: Table, added: tuple[str, ...], file: BinaryIO, reader: Audience) -> _Results | ChangeSheet:
    """A writer for the rows: of a result, or of what changed."""
    if "change" in added:
        return ChangeSheet(table, added, file, reader)
    return _Results(table, added, file, reader)


class _Results:
    def __init__(self, table: Table, added: tuple[str, ...], file: BinaryIO, reader: Audience) -> None:
        self._book = Book(file)
        self._formats = self._book.formats
        self._reader, self._added, self._names = reader, in_readers_order(added), table.columns
        is_own = is_own_beside(added)
        self._kept = [position for position, name in enumerate(table.columns) if is_own(name)]
        self._hidden = [at for at, position in enumerate(self._kept) if position in table.hidden]
        self._dates = [name for name in added if name.endswith(_DATE)]
        self._labels = {word: self._word(word) for word in STYLES}
        self._figures = ResultCounts(reader.today)
        self._add_pages(table.sheet)

    def _add_pages(self, name: str | None) -> None:
        own = [self._names[position] for position in self._kept]
        here, row, column = map(self._word, BESIDE)
        dates = [self._heading(name, own) for name in self._dates]
        self._list = self._book.page(
            name or self._word("Results"), [*own, *(self._heading(name, own) for name in self._added)]
        )
        why, asked = (
            [self._word(READABLE[each]) for each in names] for names in (_WHY, (*_STATUSES, "next_step"))
        )
        self._wrong = self._book.page(self._word("To correct"), [here, row, *own, *dates, column, *why])
        self._to_ask = self._book.page(self._word("To ask the citizen"), [here, row, *own, *dates, *asked])
        self._summary = self._book.page(self._word("Summary"), [self._word("Summary"), ""])

    def _heading(self, name: str, own: Sequence[str]) -> str:
        """The heading of an added column; the list's own start date may have the same name."""
        heading = self._word(READABLE[name])
        is_taken = name == "start_date" and not is_none_of(own)(heading)
        return self._word(READABLE["asked_start_date"]) if is_taken else heading

    def _readable(self, row: ResultRow, name: str) -> object:
        """An added cell in the words that people read."""
        cell = row.added.get(name, "")
        if name == "move":
            return self._word(whose_move(row.outcome, self._reader.today).value) if row.outcome else ""
        if name == "asked_at" and cell:
            return in_brussels(str(cell))
        return self._word(str(cell)) if name in (*_STATUSES, "outcome") and cell else cell

    def _word(self, english: str) -> str:
        return translated(english, self._reader.language)

    # --- rows

    def add(self, row: ResultRow) -> None:
        if self._list.next_row >= MOST_ROWS:
            raise _too_large(f"more than {MOST_ROWS - 1:,} rows and their header")
        own = [row.row.cells[position] for position in self._kept]
        shown = [self._shown(position, row.row.cells[position]) for position in self._kept]
        here = self._list.next_row + 1
        added = [self._readable(row, name) for name in self._added]
        self._list.add([*own, *added, *_beyond(row.row)], shown)
        self._figures.add(row)
        dates = [row.added.get(name, "") for name in self._dates]
        outcome = row.outcome
        is_too_early = isinstance(outcome, Rejected) and outcome.problem.is_too_early
        if isinstance(outcome, Refused | Rejected) and not is_too_early:
            why = [self._at_fault(outcome), *(self._readable(row, name) for name in _WHY)]
            formats = [self._formats.wrapped] * (len(dates) + len(why))
            self._wrong.add([here, row.row.number, *own, *dates, *why], [None, None, *shown, *formats])
        statuses = [row.added.get(name, "") for name in _STATUSES]
        if Status.NO_GRANT.value in statuses:
            words = [self._readable(row, name) for name in _STATUSES]
            step = row.added.get("next_step", "")
            self._to_ask.add([here, row.row.number, *own, *dates, *words, step], [None, None, *shown])

    def _shown(self, position: int, cell: object) -> Format | None:
        """The format of an SSIN or enterprise number that came as a number: it shows leading zeros."""
        columns = self._reader.columns
        if columns is None or isinstance(cell, str):
            return None
        try:
            if position == columns.citizen:
                return self._formats.digits[len(Ssin.parse(cell).digits)]
            if position == columns.represented_enterprise_number:
                return self._formats.digits[len(EnterpriseNumber.parse(cell).digits)]
        except InvalidIdentifier:
            pass
        return None

    def _at_fault(self, outcome: Refused | Rejected) -> str:
        """The names of the columns that must be corrected."""
        columns = self._reader.columns
        if columns is None:
            return ""
        complaints = (
            outcome.violations
            if isinstance(outcome, Refused)
            else [issue.name or "" for issue in outcome.problem.issues]
        )
        positions = dict.fromkeys(column_of(each, columns) for each in complaints)
        return ", ".join(self._names[position] for position in positions if position is not None)

    # --- the end

    def finish(self) -> None:
        for word, figure in self._figures.lines(self._reader.language):
            self._summary.add([word, figure], [self._formats.bold] if figure is None else [])
        self._colour(self._list, len(self._kept), self._added)
        self._colour(self._to_ask, 2 + len(self._kept) + len(self._dates), _STATUSES)
        for page, before in ((self._list, 0), (self._wrong, 2), (self._to_ask, 2)):
            page.finish([before + at for at in self._hidden])
        self._summary.sheet.set_column(0, 1, _SUMMARY_WIDTH)
        self._summary.fit_to_paper()
        self._book.finish()

    def _colour(self, page: Page, before: int, names: Sequence[str]) -> None:
        """Add colours and bars to the columns of `names`, which come after `before` others."""
        for column, name in enumerate(names, before):
            place = (1, column, max(page.next_row - 1, 1), column)
            if name in _STATUSES or name == "outcome":
                for word, shown in self._formats.by_word.items():
                    label = f'"{self._labels[word]}"'
                    rule = {"type": "cell", "criteria": "==", "value": label, "format": shown}
                    page.sheet.conditional_format(*place, rule)
            elif name == _HOURS:
                page.sheet.conditional_format(*place, _BARS)

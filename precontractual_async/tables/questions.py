"""The questions of a list: one for each row and start date; and the columns that its result adds.

Knows which cell is which part of a question. Leaves to others: what the parts mean, and what happens to them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final

from attrs import frozen

from ..model.planning import is_blank
from ..model.questions import Candidate
from .column_names import is_none_of
from .columns import Columns
from .formulas import unforced
from .results import RESULT_COLUMNS
from .table import ABSENT, Row, Table

Pair = tuple[Row, object]
"""A row and its start date; None: the row has its own."""

_NOTHING: Final = Candidate(None, None)


@frozen
class Questions:
    """The questions of a list, in its order; those of one row for several start dates follow each other."""

    table: Table
    columns: Columns
    start_dates: tuple[object, ...] = ()
    """The start dates for every row; when empty, each row has its own."""
    type_of_worker: str | None = None
    """For rows without a type of their own."""
    otherwise: Candidate = _NOTHING
    """Its parts replace those that no column holds."""
    remarks: tuple[str, ...] = ()
    """See `Findings.remarks`."""

    @property
    def times(self) -> int:
        """How many rows the result has for each row of the list."""
        return max(1, len(self.start_dates))

    @property
    def total(self) -> int:
        """The number of rows in the result."""
        return self.table.count * self.times

    @property
    def date_column(self) -> str:
        """The result's column for the start date: a new name, so that the list's own columns stay."""
        is_free = is_none_of(self.table.columns)("start_date")
        return "start_date" if is_free else "asked_start_date"

    @property
    def added(self) -> tuple[str, ...]:
        """The columns of the result after the list's own."""
        return (self.date_column, *RESULT_COLUMNS) if self.start_dates else RESULT_COLUMNS

    def pairs(self) -> Iterator[Pair]:
        """Every row with every start date; the list is read anew each time."""
        for row in self.table.rows():
            for start_date in self.start_dates or (None,):
                yield row, start_date

    def candidate(self, pair: Pair, name: Hashable = None) -> Candidate:
        """The question about a row. `name`: what its outcome carries as its `row`."""
        (row, start_date), columns, otherwise = pair, self.columns, self.otherwise
        if start_date is None:
            start_date = _part(row, columns.start_date, otherwise.start_date)
        return Candidate(
            citizen=_part(row, columns.citizen, otherwise.citizen),
            start_date=start_date,
            represented_enterprise_number=_part(row, columns.represented_enterprise_number),
            type_of_worker=self._type(_part(row, columns.type_of_worker)),
            row=name,
        )

    def _type(self, cell: object) -> object:
        """The option's type for a blank cell, which would otherwise ask about all types."""
        return self.type_of_worker if is_blank(cell) else cell


def _part(row: Row, position: int | None, otherwise: object = None) -> object:
    if position is None:
        return otherwise
    cell = row.cells[position]
    if isinstance(cell, str):
        return unforced(cell)
    return None if cell is ABSENT else cell

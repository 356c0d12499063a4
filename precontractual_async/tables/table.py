"""The common interface of all formats: the source, the table that is read, and the rows that are written.

A list may have a million rows, and is streamed: it is read again from its start whenever it is needed, and
its result is written row by row.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, Final, Protocol

from attrs import evolve, field, frozen

from ..model.errors import InvalidList
from ..model.questions import Outcome

MOST_COLUMNS: Final = 16_384
"""The most columns in a header; no spreadsheet has more."""
MOST_MORE: Final = 1_000
"""The most columns that rows may add to the header, since every row of the result gets all of them."""


_NOT_EXPECTED: Final = ("above the header", "hidden rows")


class Absent(enum.Enum):
    """The cell of a row that does not have this column."""

    ABSENT = enum.auto()


ABSENT: Final = Absent.ABSENT


@frozen
class Choice:
    """What the user chose about a list before it is read."""

    sheet: str | None = None
    """The name of the sheet, for a workbook."""
    citizen: str | None = None
    """The name of the column with the citizens' numbers."""


@frozen
class Style:
    """The style of a text list; its result is written in the same style."""

    delimiter: str = ","
    line_end: str = "\n"
    needs_bom: bool = False
    """Excel recognises UTF-8 only by its byte-order mark."""


@frozen
class Row:
    """One row. `number` is its line in the file, from 1; `problem` says why it cannot be read."""

    number: int
    cells: tuple[object, ...] = field(repr=False)
    """One for each column."""
    problem: str | None = None
    surplus: tuple[object, ...] | Mapping[str, object] = field(default=(), repr=False)
    """What a row with a problem has in addition to the columns: cells, or members by name."""
    origin: object = field(default=None, repr=False, eq=False)
    """The row in its own format, when that holds more than the cells."""


class ListChanged(InvalidList):
    """The list was understood before, but its file has changed since."""


def insist(problems: Sequence[InvalidList]) -> None:
    """Return when there are no problems.

    Raises:
        InvalidList: one error with all problems.
    """
    if problems:
        raise InvalidList(
            "; ".join(each.diagnosis for each in problems), " ".join(each.next_step for each in problems)
        )


def checked_width(count: int) -> int:
    """The number of columns in a header.

    Raises:
        InvalidList: a list cannot have so many.
    """
    if count > MOST_COLUMNS:
        raise InvalidList(
            f"the list has more than {MOST_COLUMNS:,} columns",
            "Check that the right file was given, and its first line.",
        )
    return count


class Source:
    """The bytes of a list, which can be read again from the start; one reader at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def again(self) -> BinaryIO:
        """The file at its start. The caller of `Source` closes it."""
        self._file.seek(0, os.SEEK_END)  # another process may have moved the shared position
        self._file.seek(0)
        return self._file


@frozen
class Table:
    """A list: its columns, the number of its rows, and the rows, which are read again each time."""

    columns: tuple[str, ...]
    count: int
    rows: Callable[[], Iterator[Row]] = field(repr=False)
    style: Style = Style()
    sheet: str | None = None
    """The name of its sheet."""
    hidden: frozenset[int] = frozenset()
    """Positions of the columns that the sheet does not show."""
    is_ragged: bool = False
    """Whether any row has a surplus."""
    types: object = None
    """The types of the columns, when the format has them."""
    read_as: tuple[tuple[str, str], ...] = ()
    """How the file was read, for people: names and values, such as ``("encoding", "UTF-8")``."""

    @property
    def odd(self) -> tuple[str, ...]:
        """The parts of `read_as` that the user may not expect."""
        return tuple(f"{name}: {value}" for name, value in self.read_as if name in _NOT_EXPECTED)

    problem: InvalidList | None = None
    """Why the list cannot be used: it has no rows, or they cannot be read to the end."""

    def with_columns(self, kept: Sequence[int]) -> Table:
        """The list with the columns at these positions only; its rows are still whole."""
        columns = tuple(self.columns[at] for at in kept)
        hidden = frozenset(new for new, old in enumerate(kept) if old in self.hidden)
        return evolve(self, columns=columns, hidden=hidden)


@frozen
class ResultRow:
    """A row of the list with the cells that are added to it."""

    row: Row
    added: Mapping[str, str | int] = field(repr=False)
    outcome: Outcome | None = field(default=None, repr=False)
    """The outcome of the cells, for formats that also count."""


class Results(Protocol):
    """Writes the rows of a result, one after the other."""

    def add(self, row: ResultRow) -> None: ...

    def finish(self) -> None:
        """Write everything to the file, which stays open."""

"""What every format reads from and into, and what it writes.

A list may have a million rows, and is never held whole: it is read from its beginning as often as it is
needed, and its result is written row by row.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, Final, Protocol

from attrs import field, frozen

from ..model.errors import InvalidList
from ..model.questions import Outcome

MOST_COLUMNS: Final = 16_384
"""In a header; no spreadsheet has more."""
MOST_MORE: Final = 1_000
"""Columns that rows may have beyond the header: each row of the result gets them all, however short it is."""


_NOT_EXPECTED: Final = ("above the header", "hidden rows")


class Absent(enum.Enum):
    """The cell of a row that does not have this column at all."""

    ABSENT = enum.auto()


ABSENT: Final = Absent.ABSENT


@frozen
class Choice:
    """What was said about a list before it is read; both where it has sheets."""

    sheet: str | None = None
    """The name of its sheet."""
    citizen: str | None = None
    """The name of the column with the citizens' numbers."""


@frozen
class Style:
    """How a text list was written, so that its result can be written alike."""

    delimiter: str = ","
    line_end: str = "\n"
    needs_bom: bool = False
    """Excel recognises UTF-8 by its byte-order mark only."""


@frozen
class Row:
    """One row. `number` is its line in the file, from 1; `problem` says why it cannot be read."""

    number: int
    cells: tuple[object, ...] = field(repr=False)
    """One for each column."""
    problem: str | None = None
    surplus: tuple[object, ...] | Mapping[str, object] = field(default=(), repr=False)
    """What a row with a problem has beyond the columns: cells, or members by their names."""
    origin: object = field(default=None, repr=False, eq=False)
    """The row as its own format has it, where that says more than the cells."""


class ListChanged(InvalidList):
    """A list that was understood, and is another now: somebody wrote into its file."""


def insist(problems: Sequence[InvalidList]) -> None:
    """Go on when there are no problems.

    Raises:
        InvalidList: there are: all of them in one.
    """
    if problems:
        raise InvalidList(
            "; ".join(each.diagnosis for each in problems), " ".join(each.next_step for each in problems)
        )


def checked_width(count: int) -> int:
    """The number of columns in a header.

    Raises:
        InvalidList: it is none that a list has.
    """
    if count > MOST_COLUMNS:
        raise InvalidList(
            f"the list has more than {MOST_COLUMNS:,} columns",
            "Check that the right file was given, and its first line.",
        )
    return count


class Source:
    """The bytes of a list, from the beginning as often as they are asked for; one reader at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def again(self) -> BinaryIO:
        """The file at its beginning. It stays the giver's to close."""
        self._file.seek(0, os.SEEK_END)  # another process may have moved the position that it shares with us
        self._file.seek(0)
        return self._file


@frozen
class Table:
    """A list: its columns, how many rows it has, and the rows themselves, which are read anew each time."""

    columns: tuple[str, ...]
    count: int
    rows: Callable[[], Iterator[Row]] = field(repr=False)
    style: Style = Style()
    sheet: str | None = None
    """The name of the sheet that it stands on."""
    hidden: frozenset[int] = frozenset()
    """Positions of the columns that the sheet does not show."""
    is_ragged: bool = False
    """Whether any row has a surplus."""
    types: object = None
    """Those of the columns, where its format has them."""
    read_as: tuple[tuple[str, str], ...] = ()
    """How the format understood it, for a person: names and values, such as ``("encoding", "UTF-8")``."""

    @property
    def odd(self) -> tuple[str, ...]:
        """What of `read_as` its giver may not expect."""
        return tuple(f"{name}: {value}" for name, value in self.read_as if name in _NOT_EXPECTED)

    problem: InvalidList | None = None
    """Why it cannot be taken as it is: it has no rows, or they cannot be read to the end."""


@frozen
class ResultRow:
    """A row of the list with the cells that are added to it."""

    row: Row
    added: Mapping[str, str | int] = field(repr=False)
    outcome: Outcome | None = field(default=None, repr=False)
    """What the cells tell, for those formats that also count."""


class Results(Protocol):
    """Takes the rows of a result, one after the other."""

    def add(self, row: ResultRow) -> None: ...

    def finish(self) -> None:
        """Everything is handed to the file, which stays open."""

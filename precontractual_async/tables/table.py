"""What every format reads into and writes from."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen


class Absent(enum.Enum):
    """The cell of a row that does not have this column at all."""

    ABSENT = enum.auto()


ABSENT: Final = Absent.ABSENT


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
    problem: str | None = None


@frozen
class Table:
    """A list: the names of its columns and its rows, in order."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)
    style: Style = Style()


@frozen
class ResultRow:
    """A row of the list with the cells that are added to it."""

    row: Row
    added: Mapping[str, str] = field(repr=False)

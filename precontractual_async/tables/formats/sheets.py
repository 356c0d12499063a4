"""Finds the sheet of a workbook that is the list, and its header. Pure.

Knows that workbooks have other sheets, titles above the header, and names that span several rows. A sheet can
be the list when it is visible, holds rows, and has a column with the name of a citizen's number. When several
sheets can be the list, the user must choose. Leaves to others: where the rows come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen

from ...model.errors import InvalidList
from ...model.planning import folded
from ...words import LANGUAGES, translated
from ..cells import as_text
from ..column_names import listed
from ..columns import is_citizen, speaks_of_a_citizen

HEAD: Final = 50
"""The search for the header covers so many rows with content."""
_MOST_MERGED: Final = 500
"""The most merged cells of a header."""

OUR_SHEETS: Final = ("Summary", "To correct", "To ask the citizen")
"""The other sheets of a result: when the result is screened again, they are not the list."""


@frozen
class Merged:
    """A merged cell: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def covers(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@frozen
class Header:
    """The names of the columns, by position; the rows of the list are below the row `bottom`."""

    names: tuple[str, ...]
    bottom: int
    is_ours: bool
    """Whether one of the names is that of a citizen's number."""
    above: int = 0
    """Rows with content above the header, which are left out."""


@frozen
class Sheet:
    """A sheet with content."""

    name: str
    visible: bool
    place: int
    """The position of its first row in what the reader wrote."""
    header: Header
    hidden: frozenset[int] = frozenset()
    """Positions of hidden columns, from 0."""


# --- the choice of the sheet ------------------------------------------------------------------------


def choose(sheets: Iterable[Sheet], name: str | None) -> Sheet:
    """The sheet that is the list: the one with this name, or the only possible one.

    Raises:
        InvalidList: the choice is not clear; it lists the names, and says how to choose.
    """
    sheets = list(sheets)
    if name is not None:
        return _named(sheets, name)
    visible = [sheet for sheet in sheets if sheet.visible]
    ours = {translated(each, language) for each in OUR_SHEETS for language in LANGUAGES}
    others = [sheet for sheet in visible if sheet.name not in ours] or visible
    candidates = [sheet for sheet in others if sheet.header.is_ours]
    if len(candidates) == 1:
        return candidates[0]
    if len(others) == 1:  # others report its missing columns
        return others[0]
    raise _undecided(candidates, visible or sheets)


def _named(sheets: Sequence[Sheet], name: str) -> Sheet:
    same = [sheet for sheet in sheets if sheet.name == name]
    alike = same or [sheet for sheet in sheets if folded(sheet.name) == folded(name)]
    if len(alike) != 1:
        raise InvalidList(f"there is no sheet {listed((name,))} with rows", f"There are: {_names(sheets)}.")
    return alike[0]


def _undecided(candidates: Sequence[Sheet], others: Sequence[Sheet]) -> InvalidList:
    if candidates:
        return InvalidList(
            f"several sheets could be the list: {_names(candidates)}", "Choose one with --sheet."
        )
    if others:
        return InvalidList(
            f"no sheet has a column with the citizens' numbers: {_names(others)}",
            "Choose the sheet with --sheet, or name the column with --citizen-column.",
        )
    return InvalidList("the workbook is empty", "Check that the right file was given.")


def _names(sheets: Sequence[Sheet]) -> str:
    return listed(tuple(sheet.name for sheet in sheets))


# --- the header -------------------------------------------------------------------------------------

Rows = Mapping[int, Sequence[object]]
"""Cells by row number."""


def find_header(head: Rows, merged: Sequence[Merged], citizen: str | None) -> Header:
    """The header in the first rows of a list; the first row when none has a citizen's column.

    A citizen's column has the name `citizen` or a known name. A known name among other words counts only
    beside another name, since a title may contain it too.
    """
    for number, cells in head.items():
        for column, cell in enumerate(cells):
            if is_wanted(as_text(cell), citizen):
                return _header(head, merged, number, column)
    for number, cells in head.items():
        speaking = [
            at for at, cell in enumerate(cells) if citizen is None and speaks_of_a_citizen(as_text(cell))
        ]
        if speaking and sum(bool(as_text(cell).strip()) for cell in cells) > 1:
            return _header(head, merged, number, speaking[0])
    number, cells = next(iter(head.items()))
    return Header(tuple(map(as_text, cells)), number, is_ours=False)


def is_wanted(name: str, citizen: str | None) -> bool:
    """Whether it is the name `citizen`, or, without `citizen`, a known name."""
    return is_citizen(name) if citizen is None else bool(name) and folded(name) == folded(citizen)


def read_as(header: Header) -> tuple[tuple[str, str], ...]:
    """The position of the header, for people: see `Table.read_as`."""
    above = (("above the header", f"{header.above} left out"),) if header.above else ()
    return ("header", f"line {header.bottom}"), *above


def _header(head: Rows, merged: Sequence[Merged], number: int, column: int) -> Header:
    """The header around the citizen's cell: from the top of the cells beside it to its own bottom."""
    beside = [each for each in merged if each.top <= number <= each.bottom][:_MOST_MERGED]
    top = min((each.top for each in beside), default=number)
    bottom = max((each.bottom for each in beside if each.covers(number, column)), default=number)
    over = [each for each in merged if each.top <= bottom and top <= each.bottom][:_MOST_MERGED]
    rows = {row: cells for row, cells in head.items() if top <= row <= bottom}
    columns = range(max(map(len, rows.values())))
    names = _told_apart([_parts(rows, over, each) for each in columns])
    return Header(names, bottom, is_ours=True, above=sum(row < top for row in head))


def _parts(rows: Rows, merged: Sequence[Merged], column: int) -> tuple[str, ...]:
    """The names above a column, from top to bottom, including merged cells.

    In the lowest row the name of a merged cell belongs only to its first column.
    """
    parts: dict[str, None] = {}
    for row in rows:
        whole = next((each for each in merged if each.covers(row, column)), Merged(row, column, row, column))
        cells = rows.get(whole.top, ())
        if whole.left < len(cells) and (whole.left == column or row < max(rows)):
            parts[as_text(cells[whole.left])] = None
    return tuple(part for part in parts if part.strip())


def _told_apart(columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The lowest name of each column; columns with the same name also get the names above it."""
    lowest = [parts[-1] if parts else "" for parts in columns]
    times = Counter(lowest)
    return tuple(
        " ".join(parts) if times[name] > 1 else name for name, parts in zip(lowest, columns, strict=True)
    )

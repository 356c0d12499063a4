"""Reads a list on a sheet of a workbook (XLSX, XLS, ODS).

Knows that a workbook is opened in a separate process (see `isolated_reader`), and reads its output. The
list's rows are the rows with content below its header; its columns are those with a name or a cell. Rows
above the header are left out. Leaves to others: the formats, and what the cells mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

# The separate process needs them; importing them here reports a missing one.
import olefile  # noqa: F401
import python_calamine  # noqa: F401

from ..cells import as_text
from ..column_names import shown
from ..table import Choice, Row, Source, Style, Table, checked_width
from .cell_json import read as read_cell
from .isolated_reader import Found, found_by
from .sheets import HEAD, Merged, Sheet, choose, find_header, read_as

_FOR_EXCEL: Final = Style(";", "\r\n", needs_bom=True)
"""The style of a CSV result from a workbook: users will open it in Excel, in Belgium."""

_OF_SHEET: Final = b"{"
"""The first byte of the line of a sheet; lines of rows are arrays."""


def read(source: Source, choice: Choice) -> Table:
    """The table on that sheet of the workbook in `source` which is the list.

    Raises:
        InvalidList: the workbook cannot be opened, or it is not clear which sheet is the list.
    """
    found = found_by("workbook_reader", source)
    sheet = choose(_sheets(found, choice.citizen), choice.sheet)
    count, hidden, used = _measured(found, sheet)
    names = sheet.header.names
    checked_width(len(used))
    columns = tuple(names[at] if at < len(names) else "" for at in used)
    rows = partial(_rows, found, sheet, used)
    facts = (
        ("format", "workbook"),
        ("sheet", shown(sheet.name)),
        *read_as(sheet.header),
        *([("hidden rows", f"{hidden} screened like the others")] if hidden else []),
    )
    unseen = frozenset(at for at, column in enumerate(used) if column in sheet.hidden)
    return Table(columns, count, rows, _FOR_EXCEL, read_as=facts, sheet=sheet.name, hidden=unseen)


def names(source: Source) -> tuple[str, ...]:
    """The names of the sheets that hold anything.

    Raises:
        InvalidList: the workbook cannot be opened.
    """
    return tuple(sheet.name for sheet in _sheets(found_by("workbook_reader", source), None))


def _sheets(found: Found, citizen: str | None) -> Iterator[Sheet]:
    """The sheets with content; only the first rows of each are in memory."""
    about: dict[str, Any] = {}
    head: dict[int, list[object]] = {}
    for after, line in found.lines():
        if line.startswith(_OF_SHEET):
            if head:
                yield _sheet(about, head, citizen)
            about, head = {**json.loads(line), "place": after}, {}
        elif len(head) < HEAD:
            number, cells, _ = json.loads(line)
            head[number] = list(map(read_cell, cells))
    if head:
        yield _sheet(about, head, citizen)


def _sheet(about: dict[str, Any], head: dict[int, list[object]], citizen: str | None) -> Sheet:
    header = find_header(head, [Merged(*each) for each in about["merged"]], citizen)
    return Sheet(about["sheet"], about["visible"], about["place"], header, frozenset(about["hidden"]))


def _below(found: Found, sheet: Sheet) -> Iterator[tuple[int, list[object], bool]]:
    """The rows below the header: number, cells as JSON values, and whether the row is hidden."""
    for _, line in found.lines(sheet.place):
        if line.startswith(_OF_SHEET):  # the next sheet
            return
        number, cells, is_hidden = json.loads(line)
        if number > sheet.header.bottom:
            yield number, cells, is_hidden


def _measured(found: Found, sheet: Sheet) -> tuple[int, int, tuple[int, ...]]:
    """The numbers of rows and of hidden rows, and the positions of the columns with a name or a cell."""
    count = hidden = 0
    used = {at for at, name in enumerate(sheet.header.names) if name.strip()}
    for _, cells, is_hidden in _below(found, sheet):
        count, hidden = count + 1, hidden + is_hidden
        used.update(
            at
            for at, cell in enumerate(cells)
            if not isinstance(cell, str) or as_text(read_cell(cell)).strip()
        )
    return count, hidden, tuple(sorted(used))


def _rows(found: Found, sheet: Sheet, used: tuple[int, ...]) -> Iterator[Row]:
    for number, cells, _ in _below(found, sheet):
        yield Row(number, tuple(read_cell(cells[at]) if at < len(cells) else "" for at in used))

"""Writes workbooks (XLSX, XLS, ODS) as lines of JSON; runs in the separate process of
`isolated_reader`.

Knows python-calamine, and writes one line for each sheet and one for each of its rows with content.
Leaves to others: which sheet is the list, and what its cells mean.

The lines: `{"sheet": name, "visible": bool, "merged": [[first row, first column, last row, last column]],
"hidden": [columns]}` and `[row, cells, is hidden]`; rows from 1, columns from 0, cells from `spelled`.
"""

from __future__ import annotations

import json
import tempfile
from itertools import zip_longest
from typing import BinaryIO, Final

import python_calamine as calamine

from ...model.errors import InvalidList
from ...model.planning import NOT_CALCULATED
from .archive import DAMAGED, sheets_only
from .biff import unseen_in
from .cell_json import EMPTIED, spelled
from .workbook_xml import Unseen

MOST_CELLS: Final = 5_000_000
"""The most cells of the used range of a sheet, since the reader holds all of them in memory."""
_SMALLER: Final = "Keep the list alone in it, or save the list as CSV (UTF-8) or Parquet."
_MOST_SHEETS: Final = 200
_MOST_OF_A_ROW: Final = 4 << 20
"""The most bytes of the line of a row."""
_MOST_MERGED: Final = 10_000
"""The most merged cells of a sheet that are written; those of a header are among the first."""
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"


def find(file: BinaryIO, found: BinaryIO) -> None:
    """Write what is in the workbook `file`.

    Raises:
        InvalidList: it is no workbook, it is protected, or it is too large.
    """
    try:
        checked, unseen = _checked(file)
        with calamine.load_workbook(checked) as workbook:
            if len(workbook.sheets_metadata) > _MOST_SHEETS:
                raise InvalidList(f"the workbook has more than {_MOST_SHEETS} sheets", _SMALLER)
            for index, (sheet, about) in enumerate(zip_longest(workbook.sheets_metadata, unseen)):
                if sheet is not None and sheet.typ == calamine.SheetTypeEnum.WorkSheet:
                    _write(workbook.get_sheet_by_index(index), sheet, about or Unseen(), found)
    except calamine.CalamineError:
        pass
    except OSError as error:
        if error.errno is not None:  # an error of the system, not of the reader
            raise
    else:
        return
    raise InvalidList(*DAMAGED)


def _checked(file: BinaryIO) -> tuple[BinaryIO, list[Unseen]]:
    """The file for the reader, and what the reader misses, by sheet."""
    start = file.read(4)
    file.seek(0)
    if start == _ZIP:
        sheets = tempfile.TemporaryFile()  # noqa: SIM115 (this process ends soon)
        unseen = sheets_only(file, sheets)
        sheets.seek(0)
        return sheets, unseen
    if start == _OLE:
        unseen = unseen_in(file)
        file.seek(0)
        return file, unseen
    raise InvalidList(
        "the list is no workbook, whatever its name says",
        "Use --format csv when it is text; else open it and save it as XLSX or CSV (UTF-8).",
    )


def _write(
    sheet: calamine.CalamineSheet, about: calamine.SheetMetadata, unseen: Unseen, found: BinaryIO
) -> None:
    start, end = sheet.start, sheet.end
    if start is None or end is None:
        return
    _check_size(end)
    visible = about.visible == calamine.SheetVisibleEnum.Visible
    ranges = (sheet.merged_cell_ranges or [])[:_MOST_MERGED]
    merged = [[first[0] + 1, first[1], last[0] + 1, last[1]] for first, last in ranges]
    hidden = sorted(at for at in unseen.columns if at <= end[1])
    found.write(_line({"sheet": about.name, "visible": visible, "merged": merged, "hidden": hidden}))
    before: list[object] = [""] * start[1]
    for number, cells in enumerate(sheet.iter_rows()):  # it starts at row 0, but at the first used column
        if row := _trimmed(_with_unseen(before + cells, number, unseen)):
            found.write(_checked_line(number + 1, row, number in unseen.rows))


def _with_unseen(row: list[object], number: int, unseen: Unseen) -> list[object]:
    for column, error in unseen.errors.get(number, {}).items():
        if column < len(row):
            row[column] = error
    for span in unseen.spans:
        if span.top <= number + 1 <= span.bottom:
            columns = slice(span.left, span.right + 1)
            row[columns] = [NOT_CALCULATED if cell == "" else cell for cell in row[columns]]
    return row


def _checked_line(number: int, row: list[object], is_hidden: bool) -> bytes:
    line = _line([number, row, is_hidden])
    if len(line) > _MOST_OF_A_ROW:
        raise InvalidList(f"line {number} of a sheet holds more than {_MOST_OF_A_ROW >> 20} MB", _SMALLER)
    return line


def _check_size(end: tuple[int, int]) -> None:
    if (end[0] + 1) * (end[1] + 1) > MOST_CELLS:
        raise InvalidList(
            f"a sheet of the workbook spans {end[0] + 1:,} rows and {end[1] + 1:,} columns, "
            f"more than {MOST_CELLS:,} cells",
            _SMALLER,
        )


def _trimmed(cells: list[object]) -> list[object]:
    """The cells up to the last one with content; none when all are blank."""
    if all(isinstance(cell, str) and (cell == EMPTIED or not cell.strip()) for cell in cells):
        return []
    last = next(at for at in range(len(cells), 0, -1) if cells[at - 1] != "")
    return [spelled(cell) for cell in cells[:last]]


def _line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"

"""The pages of a workbook that is written, and their formats.

Knows XlsxWriter, which holds one row at a time, and writes temporary files into a folder for the owner only.
Leaves to others: what cells mean.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO, Final

from attrs import define, field
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from .sheet_cells import Cells, sheet_name
from .styles import HEADING, STYLES, Style

_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_A4: Final = 9
_WIDTHS: Final = (8, 60)
"""The least and the greatest width of a column, in characters."""
_HEADING_WIDTH: Final = 20
_BUTTON: Final = 3
"""The width of the filter's button."""
_MEASURED: Final = 1_000
"""The width of a column is chosen by so many rows."""


@define
class Page:
    """A sheet that is filled from top to bottom."""

    sheet: Worksheet
    cells: Cells
    next_row: int = 0
    widths: list[int] = field(factory=list)

    def add(self, values: Sequence[object], shown: Sequence[Format | None] = ()) -> None:
        """Add one row; `shown` are the formats of its first cells."""
        for column, value in enumerate(values):
            look = shown[column] if column < len(shown) else None
            self._measure(column, self.cells.put(self.sheet, self.next_row, column, value, look))
        self.next_row += 1

    def _measure(self, column: int, text: str) -> None:
        if column >= len(self.widths):
            self.widths.append(0)
        if self.next_row < _MEASURED:
            longest = max(map(len, text.splitlines()), default=0)
            if not self.next_row:
                longest = min(longest, _HEADING_WIDTH) + _BUTTON
            self.widths[column] = max(self.widths[column], longest + 1)

    def finish(self, hidden: Sequence[int]) -> None:
        """Set what needs all rows: widths, hidden columns, and the filter."""
        for column, width in enumerate(self.widths):
            options = {"hidden": True} if column in hidden else {}
            self.sheet.set_column(column, column, min(max(width, _WIDTHS[0]), _WIDTHS[1]), None, options)
        last_row, last_column = max(self.next_row - 1, 0), max(len(self.widths) - 1, 0)
        self.sheet.autofilter(0, 0, last_row, last_column)
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        self.fit_to_paper()
        everything = xl_range(0, 0, last_row, last_column)
        self.sheet.ignore_errors({"number_stored_as_text": everything, "two_digit_text_year": everything})

    def fit_to_paper(self) -> None:
        """Print the sheet one page wide, and as many pages long as needed."""
        self.sheet.set_landscape()
        self.sheet.set_paper(_A4)
        self.sheet.fit_to_pages(1, 0)


class _Target:
    """A file that ignores writes after an error, and keeps it; the writer would retry, and report nothing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failed: OSError | None = None

    def write(self, data: bytes) -> int:
        if self.failed is None:
            try:
                self._file.write(data)
            except OSError as error:
                self.failed = error
        return len(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


class Formats:
    """The cell formats of a result."""

    def __init__(self, book: Workbook) -> None:
        self.bold: Format = book.add_format({"bold": True})
        self.wrapped: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.heading: Format = book.add_format(
            {**_dress(HEADING), "bold": True, "text_wrap": True, "valign": "top"}
        )
        self.digits: Mapping[int, Format] = {
            width: book.add_format({"num_format": "0" * width}) for width in (10, 11)
        }
        self.by_word: Mapping[str, Format] = {
            word: book.add_format(_dress(look)) for word, look in STYLES.items()
        }


def _dress(look: Style) -> dict[str, object]:
    return {"bg_color": look.ground, "font_color": look.text}


def _clear_away(book: Workbook, folder: str) -> None:
    """Remove the temporary files, even when a result was abandoned."""
    for sheet in book.worksheets():
        with suppress(OSError):  # the disk may be full
            sheet.row_data_fh.close()
    shutil.rmtree(folder, ignore_errors=True)


class Book:
    """A workbook that is written into a file. One that nobody finished leaves nothing, when it goes."""

    def __init__(self, file: BinaryIO) -> None:
        folder = tempfile.mkdtemp(prefix="precontractual-")  # 0700
        self._target = _Target(file)
        self._book = Workbook(self._target, {**_OPTIONS, "tmpdir": folder})
        self._give_up = weakref.finalize(self, _clear_away, self._book, folder)
        self._book.use_zip64()
        self._cells = Cells(self._book)
        self.formats: Formats = Formats(self._book)

    def page(self, name: str, headings: Sequence[str]) -> Page:
        """A sheet with a heading; its name is changed when another has it."""
        taken = {sheet.get_name().casefold() for sheet in self._book.worksheets()}
        sheet = self._book.add_worksheet(sheet_name(name, lambda each: each.casefold() in taken))
        page = Page(sheet, self._cells)
        page.add(headings, [self.formats.heading] * len(headings))
        return page

    def finish(self) -> None:
        """All of it is in the file, which stays open.

        Raises:
            OSError: it could not be written.
        """
        self._book.close()
        self._give_up()
        if self._target.failed is not None:
            raise self._target.failed

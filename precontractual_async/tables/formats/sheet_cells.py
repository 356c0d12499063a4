"""Writes values into cells of an Excel sheet, and makes texts valid names of sheets.

Knows what Excel can hold, and that text always stays text in its cell, and never becomes a formula, a link, a
number or markup. Leaves to others: what a column is for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ..cells import as_text, plain, writable

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
MOST_CHARACTERS: Final = 32_767
"""Of a cell, in UTF-16 units. Source of these three: Microsoft, "Excel specifications and limits"."""

_EXACT: Final = 10**15
_FIRST_DAY: Final = date(1900, 3, 1)
"""Before this day Excel counts 29 February 1900, which did not exist."""

_SHOWN: Final[Mapping[type, str]] = {
    datetime: "dd/mm/yyyy hh:mm:ss",  # before date, its base class
    date: "dd/mm/yyyy",
    time: "hh:mm:ss",
    timedelta: "[h]:mm:ss",
}

_NAME: Final = 31
_NOT_IN_NAMES: Final = frozenset("[]:*?/\\")


class Cells:
    """Writes values into cells, with the number format of their type."""

    def __init__(self, workbook: Workbook) -> None:
        kinds = {
            date: "dd/mm/yyyy",
            datetime: "dd/mm/yyyy hh:mm:ss",
            time: "hh:mm:ss",
            timedelta: "[h]:mm:ss",
        }
        self._shown: Mapping[type, Format] = {
            kind: workbook.add_format({"num_format": shown}) for kind, shown in kinds.items()
        }
        self._rich = workbook.add_format()

    def put(self, sheet: Worksheet, row: int, column: int, value: object, shown: Format | None = None) -> str:
        """Write a value; returns the text that Excel shows for it, approximately."""
        match value:
            case bool():
                sheet.write_boolean(row, column, value, shown)
            case int() | float() | Decimal() if _is_exact(value):
                sheet.write_number(row, column, value, shown)
            case datetime() | date() | time() | timedelta() if _is_on_the_calendar(value):
                kind = next(kind for kind in _SHOWN if isinstance(value, kind))
                sheet.write_datetime(row, column, value, shown or self._shown[kind])
            case _:
                return self._text(sheet, row, column, as_text(value), shown)
        return str(plain(value))

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, shown: Format | None) -> str:
        """Write text, cut to the length of a cell; lists with longer cells were refused before."""
        text = writable(text)
        if text.startswith("<r>") and text.endswith("</r>"):  # the writer would take it for markup
            formats = (shown,) if shown else ()
            sheet.write_rich_string(row, column, text[0], self._rich, text[1:], *formats)
        elif text:
            sheet.write_string(row, column, text, shown)
        return text


def _is_exact(number: float | Decimal) -> bool:
    """Whether a spreadsheet, which keeps fifteen digits, holds this number exactly."""
    if isinstance(number, float):
        return math.isfinite(number)
    return math.isfinite(number) and abs(number) < _EXACT and Decimal(str(float(number))) == number


def _is_on_the_calendar(value: date | time | timedelta) -> bool:
    if isinstance(value, timedelta):
        return value >= timedelta(0)
    if isinstance(value, datetime | time) and value.tzinfo is not None:
        return False  # a cell has no time zone: write text
    day = value.date() if isinstance(value, datetime) else value
    return isinstance(day, time) or day >= _FIRST_DAY


def sheet_name(text: str, taken: Callable[[str], bool]) -> str:
    """A valid and unused name for a sheet, made from a text.

    >>> sheet_name("'a/b: c\\u202e'", lambda name: name == "a_b_ c_"), sheet_name("x" * 40, lambda _: False)
    ('a_b_ c_ (2)', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
    """
    shown = "".join("_" if c in _NOT_IN_NAMES or not c.isprintable() else c for c in text)
    bare = _short(shown.strip("' "), _NAME) or "_"
    if bare.casefold() == "history":  # Excel reserves this name
        bare += "_"
    name, times = bare, 1
    while taken(name):
        times += 1
        name = f"{_short(bare, _NAME - 5)} ({times})"
    return name


def _short(text: str, most: int) -> str:
    """The start of a text, with at most `most` UTF-16 units."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore").strip("' ")


def utf16_length(text: str) -> int:
    """The length in UTF-16 units, which Excel counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", errors="surrogatepass")) // 2

"""Values as cells of an Excel sheet, and texts as names of one.

Knows what Excel can hold, and that a text is only ever a text in its cell: never a formula, a link, a number
or markup, whatever it says. Refuses to know what a column is for.
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
"""In a cell, in units of UTF-16. These three are Microsoft's "Excel specifications and limits"."""

_EXACT: Final = 10**15
_FIRST_DAY: Final = date(1900, 3, 1)
"""Before it Excel counts a day that never was."""

_SHOWN: Final[Mapping[type, str]] = {
    datetime: "dd/mm/yyyy hh:mm:ss",  # which is a date too
    date: "dd/mm/yyyy",
    time: "hh:mm:ss",
    timedelta: "[h]:mm:ss",
}

_NAME: Final = 31
_NOT_IN_NAMES: Final = frozenset("[]:*?/\\")


class Cells:
    """Writes values into cells, each in the way that its kind is shown in."""

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
        """Write a value; the text that is seen of it, as far as that can be told."""
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
        """What is longer than a cell can be is cut; a list with such a cell was refused before."""
        text = writable(text)
        if text.startswith("<r>") and text.endswith("</r>"):  # which the writer would take for its own markup
            formats = (shown,) if shown else ()
            sheet.write_rich_string(row, column, text[0], self._rich, text[1:], *formats)
        elif text:
            sheet.write_string(row, column, text, shown)
        return text


def _is_exact(number: float | Decimal) -> bool:
    """A spreadsheet keeps fifteen digits; a float has them already, or came from one."""
    if isinstance(number, float):
        return math.isfinite(number)
    return math.isfinite(number) and abs(number) < _EXACT and Decimal(str(float(number))) == number


def _is_on_the_calendar(value: date | time | timedelta) -> bool:
    if isinstance(value, timedelta):
        return value >= timedelta(0)
    if isinstance(value, datetime | time) and value.tzinfo is not None:
        return False  # a cell has no time zone, so text keeps it
    day = value.date() if isinstance(value, datetime) else value
    return isinstance(day, time) or day >= _FIRST_DAY


def sheet_name(text: str, taken: Callable[[str], bool]) -> str:
    """A text as a name that Excel takes for a sheet, and that no other has.

    >>> sheet_name("'a/b: c\\u202e'", lambda name: name == "a_b_ c_"), sheet_name("x" * 40, lambda _: False)
    ('a_b_ c_ (2)', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
    """
    shown = "".join("_" if c in _NOT_IN_NAMES or not c.isprintable() else c for c in text)
    bare = _short(shown.strip("' "), _NAME) or "_"
    if bare.casefold() == "history":  # a name that Excel keeps for itself
        bare += "_"
    name, times = bare, 1
    while taken(name):
        times += 1
        name = f"{_short(bare, _NAME - 5)} ({times})"
    return name


def _short(text: str, most: int) -> str:
    """So much of it as has no more units of UTF-16."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore").strip("' ")


def utf16_length(text: str) -> int:
    """As Excel counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", errors="surrogatepass")) // 2

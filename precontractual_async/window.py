"""The start date: how people write it, and from which day it may be asked.

Knows the window of manual §3.3.11-12 on the calendar of Brussels and the ways a list writes a date.
Refuses to know what day it is: today is always passed in. The check is advisory: near midnight the
gateway's own clock decides, and its 400 is understood as well.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from attrs import frozen

# The tzdata package is a dependency, so this works on a machine without a time-zone database.
BRUSSELS = ZoneInfo("Europe/Brussels")

_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_COMPACT = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})(?: 0{1,2}:00(?::00)?)?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})")
_MOMENT = "start date: a moment of the day, not a day"


def read_start_date(value: object) -> date:
    """A start date from a cell: ``2026-12-01``, ``1/12/2026``, ``01.12.26``, a `date`.

    Text is read day first, as Belgium writes it; a two-digit year is of this century. A `datetime`
    counts by its own calendar day when it is midnight, as spreadsheets write dates; with a time zone it is
    the day in Brussels, when it is midnight there, or in its zone on that same day.

    A number is read as ``20261201`` alone. What a spreadsheet keeps of a date whose cell lost its format is
    refused: 46357 is one day in most workbooks, another in those that count from 1904, and perhaps none.

    Raises:
        ValueError: it is not a date; the text does not repeat the value.

    >>> read_start_date("1/12/2026")
    datetime.date(2026, 12, 1)
    """
    match value:
        case datetime() if value.tzinfo is not None:
            return _day_in_brussels(value)
        case datetime() if _is_midnight(value):
            return value.date()
        case datetime():
            raise ValueError(_MOMENT)
        case date():
            return value
        case str():
            return _from_text(value.strip().lstrip("'").strip())
        case None:
            raise ValueError("start date: empty")
        case int() | float() if not isinstance(value, bool):
            return _from_number(value)
        case _:
            raise ValueError("start date: neither text nor a date")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("start date: no such day on the calendar (it is read day first, then month)")


def _from_number(value: float) -> date:
    if 20_000_000 <= value <= 20_991_231 and value == int(value):
        return _from_text(str(int(value)))
    raise ValueError("start date: a number; if it was a date, its cell has lost the format of one")


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)


def _day_in_brussels(moment: datetime) -> date:
    """Midnight UTC is how many programs keep a day; it is one or two in the morning in Brussels."""
    try:
        there = moment.astimezone(BRUSSELS)
    except OverflowError:  # the last day of the year 9999 stands for "never" in many a program
        there = moment
    if _is_midnight(there) or (_is_midnight(moment) and moment.date() == there.date()):
        return there.date()
    raise ValueError(_MOMENT)


def _from_text(text: str) -> date:
    if not text:
        raise ValueError("start date: empty")
    if _INSTANT.fullmatch(text):
        return _day_in_brussels(_instant(text))
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
        year += 2000 if year < 100 else 0
    else:
        raise ValueError("start date: not a date such as 2026-12-01 or 1/12/2026")
    try:
        return date(year, month, day)
    except ValueError:
        pass
    raise ValueError("start date: no such day on the calendar (it is read day first, then month)")


def _quarter_start(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _next_quarter_start(day: date) -> date:
    start = _quarter_start(day)
    return date(start.year + (start.month == 10), start.month % 12 + 3 if start.month != 10 else 1, 1)


def opens_on(start_date: date) -> date:
    """The first day (Brussels) on which the window reaches `start_date`.

    That is the first day of the last month of the quarter before it.

    >>> opens_on(date(2027, 2, 14))
    datetime.date(2026, 12, 1)
    """
    return (_quarter_start(start_date) - timedelta(days=1)).replace(day=1)


@frozen
class StartDateWindow:
    """The start dates that may be asked on the day `first`; both ends included.

    From today to the end of the quarter; in a quarter's last month, to the end of the next quarter.

    >>> window = StartDateWindow.on(date(2026, 11, 24))
    >>> window.last, date(2027, 1, 4) in window
    (datetime.date(2026, 12, 31), False)
    >>> StartDateWindow.on(date(2026, 12, 1)).last
    datetime.date(2027, 3, 31)
    """

    first: date
    last: date

    @classmethod
    @lru_cache(maxsize=4)
    def on(cls, today: date) -> Self:
        """The window of the Brussels calendar day `today`."""
        end = _next_quarter_start(today)
        if today.month % 3 == 0:
            end = _next_quarter_start(end)
        return cls(today, end - timedelta(days=1))

    @classmethod
    def at(cls, instant: datetime) -> Self:
        """The window at an aware `instant`, on whatever day that is in Brussels."""
        return cls.on(instant.astimezone(BRUSSELS).date())

    def __contains__(self, start_date: date) -> bool:
        return self.first <= start_date <= self.last

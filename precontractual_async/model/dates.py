"""The start date: how people write it, and from which day the gateway can be asked about it.

Knows the window of manual §3.3.11-12 on the calendar of Brussels, and how lists write dates. Leaves to
others: which day it is; today is always a parameter. The check only saves calls: near midnight the gateway's
clock decides, and its 400 is handled too.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from attrs import frozen

from .month_names import days_of_the_week, months_of

# The tzdata package is a dependency, so this works on a machine without a time-zone database.
BRUSSELS = ZoneInfo("Europe/Brussels")

_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_COMPACT = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?: ?[-/.] ?| )([0-9]{1,2})(?: ?[-/.] ?| )([0-9]{4}|[0-9]{2})")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
_QUOTES = "'\"\u2018\u2019 "
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})")
# A time of day without a zone, after a day.
_CLOCK = r"(?:[01]?[0-9]|2[0-4])(?:[:.][0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?| ?[hu](?:[0-5][0-9])?)"
_WITH_TIME = re.compile(
    rf"(.*[0-9])(?:T|[, ] *(?:om |\u00e0 |um |at )?)({_CLOCK}(?: ?(?:[ap]\.?m\.?|uhr|uur))?)", re.IGNORECASE
)
# Months as words (see `month_names`), ordinals of days, and a day of the week before the date.
_ORDINAL = r"([0-9]{1,2})(?:(?:er|ste|de|e|st|nd|rd|th)(?![^\W\d_]))?"
_GAP = r"(?:[-/., ]| de | van )*"
_WORD = r"([^\W\d_]+)"
_DAY_AND_WORD = re.compile(rf"{_ORDINAL}{_GAP}{_WORD}{_GAP}([0-9]{{4}}|[0-9]{{2}})", re.IGNORECASE)
_WORD_AND_DAY = re.compile(rf"{_WORD}{_GAP}{_ORDINAL}{_GAP}([0-9]{{4}})", re.IGNORECASE)
_DAY_OF_THE_WEEK = re.compile(rf"{_WORD}[., ]+(?:(?:the|le|de|den|der) )?(.*[0-9].*)", re.IGNORECASE)

_LONGEST = 60
"""The most characters of a date in words, with a day of the week and a time."""

_MOMENT = "start date: a moment of the day, not a day"
_NO_DATE = "start date: not a date such as 2026-12-01 or 1/12/2026"
_NO_SUCH_DAY = "start date: no such day on the calendar (it is read day first, then month)"


def read_start_date(value: object) -> date:
    """A start date from a cell: ``2026-12-01``, ``1/12/2026``, ``01.12.26``, a `date`.

    Text is read day first, as Belgium writes it; a two-digit year is in this century. A month may be a word,
    whole or shortened, in Dutch, French, German or English; a day of the week may precede the date. A time
    without a zone is ignored. A time with a zone gives the day in Brussels, but only when it is midnight in
    Brussels, or midnight in its own zone on the same day.

    A number is read only in the form ``20261201``. The serial number of a spreadsheet date is refused: 46357
    is one day in most workbooks and another day in those that count from 1904, or it is not a date at all.

    Raises:
        ValueError: it is not a date; the text does not repeat the value.

    >>> read_start_date("1/12/2026") == read_start_date("mardi 1er d\u00e9c. 2026 8h30")
    True
    """
    if is_missing(value):
        raise ValueError("start date: empty")
    match value:
        case datetime() if value.tzinfo is not None:
            return _day_in_brussels(value)
        case datetime():
            return value.date()
        case date():
            return value
        case str():
            return _from_text(_as_typed(value))
        case int() | float() if not isinstance(value, bool):
            return _from_number(value)
        case _:
            raise ValueError("start date: neither text nor a date")


def is_missing(value: object) -> bool:
    """Whether `value` is a library's missing value: None; NaN or NaT, which are not equal to themselves; or
    pandas' NA, whose comparison has no truth value.
    """
    try:
        return value is None or bool(value != value)  # noqa: PLR0124
    except TypeError:
        return True
    except Exception:  # noqa: BLE001 (any class may come here: an array compares each element)
        return False


def _as_typed(text: str) -> str:
    """The text with one kind of blank and of hyphen, without invisible characters and outer quotes."""
    return " ".join(_HYPHENS.sub("-", _UNSEEN.sub("", text)).split()).strip(_QUOTES)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(_NO_SUCH_DAY)


def _from_number(value: float) -> date:
    if 20_000_000 <= value <= 20_991_231 and value == int(value):
        return _from_text(str(int(value)))
    raise ValueError("start date: a number; if it was a date, its cell has lost the format of one")


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)


def _day_in_brussels(moment: datetime) -> date:
    """Many programs store a day as midnight UTC, which is one or two in the morning in Brussels."""
    try:
        there = moment.astimezone(BRUSSELS)
    except OverflowError:  # in many programs the last day of the year 9999 means "never"
        there = moment
    if _is_midnight(there) or (_is_midnight(moment) and moment.date() == there.date()):
        return there.date()
    raise ValueError(_MOMENT)


@lru_cache(maxsize=256)  # the dates of a list repeat; what is none raises, and is not kept
def _from_text(text: str) -> date:
    if not text:
        raise ValueError("start date: empty")
    if len(text) > _LONGEST:
        raise ValueError(_NO_DATE)
    if _INSTANT.fullmatch(text):
        return _day_in_brussels(_instant(text))
    parts = _in_figures(text) or _in_figures(_without_time(text))
    if parts is None:
        return _in_words(_without_time(text))
    try:
        return date(*parts)
    except ValueError:
        pass
    raise ValueError(_NO_SUCH_DAY)


def _without_time(text: str) -> str:
    match = _WITH_TIME.fullmatch(text)
    if match is None:
        return text
    if match[2].startswith("24"):  # the end of this day, or the beginning of the next
        raise ValueError(_MOMENT)
    return match[1].rstrip(" ,")


def _in_figures(text: str) -> tuple[int, int, int] | None:
    """Year, month and day; None when the date is not written in figures."""
    if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
        year += 2000 if year < 100 else 0
    else:
        return None
    return year, month, day


def _in_words(text: str) -> date:
    """A date whose month is a word; or a date after a day of the week, on which it must fall."""
    text = unicodedata.normalize("NFC", text)
    if match := _DAY_AND_WORD.fullmatch(text):
        day, word, year = match.groups()
    elif match := _WORD_AND_DAY.fullmatch(text):
        word, day, year = match.groups()
    elif match := _DAY_OF_THE_WEEK.fullmatch(text):
        return _on_weekday(days_of_the_week(match[1]), _from_text(match[2].strip()))
    else:
        raise ValueError(_NO_DATE)
    months = months_of(word)
    if len(months) > 1:
        raise ValueError("start date: the word for the month may mean several; write the month as a number")
    if not months:
        raise ValueError(_NO_DATE)
    return _from_text(f"{day}/{min(months)}/{year}")


def _on_weekday(weekdays: frozenset[int], day: date) -> date:
    if not weekdays:
        raise ValueError(_NO_DATE)
    if day.weekday() not in weekdays:
        raise ValueError("start date: it is not on the day of the week that stands with it")
    return day


def midnight(day: date) -> datetime:
    """When `day` begins in Brussels."""
    return datetime.combine(day, time.min, BRUSSELS)


def day_in_brussels(instant: datetime) -> date:
    """The day on which an aware `instant` falls in Brussels."""
    return instant.astimezone(BRUSSELS).date()


def _quarter_start(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _next_quarter_start(day: date) -> date:
    start = _quarter_start(day)
    return date(start.year + (start.month == 10), start.month % 12 + 3 if start.month != 10 else 1, 1)


def opens_on(start_date: date) -> date:
    """The first day (Brussels) on which the window reaches `start_date`.

    That is the first day of the last month of the previous quarter.

    >>> opens_on(date(2027, 2, 14))
    datetime.date(2026, 12, 1)
    """
    return (_quarter_start(start_date) - timedelta(days=1)).replace(day=1)


@frozen
class StartDateWindow:
    """The start dates that can be asked on the day `first`; both ends are included.

    The window goes from today to the end of the quarter; in its last month, to the end of the next quarter.

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
        """The window of the day on which an aware `instant` falls in Brussels."""
        return cls.on(day_in_brussels(instant))

    def __contains__(self, start_date: date) -> bool:
        return self.first <= start_date <= self.last

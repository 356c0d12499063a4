"""Start dates: how they are written, and from when they may be asked."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from precontractual_async import StartDateWindow, opens_on
from precontractual_async.model.dates import BRUSSELS, read_start_date
from precontractual_async.model.month_names import _MONTHS

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 2, 28), date(2026, 3, 31)),
        (date(2026, 3, 1), date(2026, 6, 30)),
        (date(2026, 6, 30), date(2026, 9, 30)),
        (date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 9, 15), date(2026, 12, 31)),
        (date(2026, 11, 24), date(2026, 12, 31)),
        (date(2026, 12, 1), date(2027, 3, 31)),
        (date(2026, 12, 31), date(2027, 3, 31)),
    ],
)
def test_the_last_day_of_the_window(today: date, last: date) -> None:
    """To the end of the quarter; in its last month to the end of the next (manual §3.3.12)."""
    assert StartDateWindow.on(today) == StartDateWindow(today, last)


@given(DAYS, DAYS)
def test_opens_on_is_the_first_day_that_admits(today: date, start_date: date) -> None:
    """On the day it opens a date is in the window, and on the day before it is not."""
    opening = opens_on(start_date)
    assert start_date in StartDateWindow.on(opening)
    assert start_date not in StartDateWindow.on(opening - timedelta(days=1))
    if start_date > StartDateWindow.on(today).last:
        assert today < opening


@pytest.mark.parametrize(
    ("instant", "today"),
    [
        (datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_the_day_is_the_day_in_brussels(instant: datetime, today: date) -> None:
    """Midnight is Brussels' midnight, in winter and in summer."""
    assert StartDateWindow.at(instant).first == today


def test_no_time_zone_database_is_needed() -> None:
    """On a machine without one the tzdata package serves."""
    code = (
        "import zoneinfo; zoneinfo.reset_tzpath(()); "
        "from precontractual_async.model.dates import BRUSSELS; print(BRUSSELS.key)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Europe/Brussels"


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-01",
        "1\u00a0december\u202f2026",
        "01 /12/ 2026\ufeff",
        "1 - 12 - 2026",
        "01DEC2026",
        "1dec26",
        "1er d\u00e9cembre 2026",
        "1ste december 2026",
        "01\u201112\u20132026",
        '"01/12/2026"',
        "\u201901/12/2026",
        "1/12/2026",
        "01/12/2026",
        "1-12-2026",
        "01.12.2026",
        "1.12.26",
        "1/12/26",
        "20261201",
        "2026/12/1",
        "2026-12-01T00:00:00",
        "2026-12-01 00:00:00",
        "01/12/2026 00:00:00",
        "1/12/2026 0:00",
        " 1/12/2026 ",
        "2026-11-30T23:00:00Z",
        "2026-12-01 00:00:00+00:00",
        "2026-12-01T00:00:00.000-05:00",
        20261201,
        20261201.0,
        datetime(2026, 11, 30, 23, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=BRUSSELS),
        datetime(2026, 12, 1, tzinfo=UTC),
        "01/12/2026 08:30",
        "1.12.2026 8.30",
        "1/12/26 8h30",
        "1/12/2026, 8 u",
        "2026-12-01T08:30",
        "2026-12-01 08:30:00.123",
        "01/12/2026 11:59:59 PM",
        "1 december 2026",
        "1 d\u00e9cembre 2026",
        "1 de\u0301cembre 2026",
        "1er DECEMBRE 2026",
        "1. Dezember 2026",
        "1-dec-26",
        "1 d\u00e9c. 2026",
        "December 1st, 2026",
        "dinsdag 1 december 2026 om 8u30",
        "Di., 1. Dez. 2026",
        "mar. 01/12/2026",
        "Tuesday, December 1, 2026",
        datetime(2026, 12, 1, 8, 30),  # noqa: DTZ001 (what a planning program exports)
        date(2026, 12, 1),
        datetime(2026, 12, 1),  # noqa: DTZ001 (what a spreadsheet's reader gives)
    ],
)
def test_dates_as_lists_write_them(written: object) -> None:
    """Year first, or day first as Belgium writes it; an instant by the day in Brussels."""
    assert read_start_date(written) == date(2026, 12, 1)


@pytest.mark.parametrize("missing", [None, "", "\u00a0\u200b", math.nan, np.datetime64("NaT"), pd.NaT, pd.NA])
def test_what_is_missing_is_no_date(missing: object) -> None:
    """NaT is even a `datetime`."""
    with pytest.raises(ValueError, match="^start date: empty$"):
        read_start_date(missing)


@pytest.mark.parametrize(
    "written",
    ["", " ", "12/31/2026", "2026-02-30", "soon", "1/12", None, 46357, 46357.0, True, "2026-12-01T08:30:00Z",
     "0000-01-01", "1/1/1/2026", "²026-12-01", "1 december", "31 februari 2027", "december 2026", "1 x 2026",
     "x 1/12/2026", "1/12/2026 25:00", "1/12/2026 8:61", "2026-12-01 " + "0" * 10**5, "maandag",
     20261301, 20261201.5, 10**400, "2026-12-01T00:00:00+09:00", "2026-12-01T99:00:00Z", "9999-12-31T23:59:59Z",
     datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)],
)  # fmt: skip
def test_what_is_no_date_is_refused(written: object) -> None:
    """A ValueError, which does not repeat what was written."""
    with pytest.raises(ValueError, match="^start date: "):
        read_start_date(written)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("1 mar. 2027", "may mean several"),  # maart, mars, or mardi
        ("1 jui 2027", "may mean several"),  # juin or juillet
        ("woensdag 1 december 2026", "not on the day of the week"),
        ("lun 01/12/2026", "not on the day of the week"),
        ("1/12/2026 24:00", "a moment of the day"),  # which of the two days?
        ("2026-12-01T08:30+01:00", "a moment of the day"),
    ],
)
def test_what_could_be_two_days_is_not_guessed(written: str, why: str) -> None:
    """Refused with the reason, so that whoever wrote it can say which."""
    with pytest.raises(ValueError, match=why):
        read_start_date(written)


def test_every_month_in_four_languages() -> None:
    """Whole, and as Excel and people shorten it."""
    shortened = "jan f\u00e9v mrt apr mai juin juil ao\u00fb sept okt nov dez"
    assert [read_start_date(f"3 {word}. 27").month for word in shortened.split()] == list(range(1, 13))
    for month, words in enumerate(_MONTHS.strip().splitlines(), 1):
        assert {read_start_date(f"3 {word.upper()} 2027").month for word in words.split()} == {month}


MOMENTS = st.datetimes(timezones=st.timezones())


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.datetimes(), MOMENTS, st.dates()))
def test_anything_is_a_date_or_a_value_error(value: object) -> None:
    """Whatever stands in a cell: a date, or ValueError."""
    try:
        assert isinstance(read_start_date(value), date)
    except ValueError as error:
        assert str(error).startswith("start date: ")

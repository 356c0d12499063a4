"""Values of options: durations, days and labels, and the message when a value is wrong.

Knows that a wrong value ends the command before anything is read or asked. Leaves to others: the options.
"""

from __future__ import annotations

import argparse
import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

from ..model.dates import BRUSSELS, read_start_date
from ..model.privacy import masked

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}

_LONGEST: Final = timedelta(days=36_525)
"""A hundred years: a longer duration could lead outside the calendar."""

_WITHOUT_UNIT: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_HOURS: Final = re.compile(r"[1-9][0-9]{0,3}")
_MOMENTS: Final = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
"""Ways to write a minute in Brussels."""
_TO_ITS_END: Final = timedelta(seconds=59)
_SHORT: Final = 5
"""The most characters of a value that a message repeats: too few for a citizen's number."""

_LONGEST_LABEL: Final = 100

_SUCH_AS_A_RUN: Final = "Give when a run began, such as 20/11/2026 02:30, or a day, such as 20/11/2026."
_SUCH_AS: Final = "Give a day from today on, such as 2026-12-01 or 1/12/2026."


class Refusal(Exception):
    """The command line cannot be accepted."""

    def __init__(self, diagnosis: str, next_step: str = "") -> None:
        super().__init__(diagnosis)
        self.next_step = next_step


def hours(text: str) -> int:
    """A whole number of hours, from 1 on."""
    if not _HOURS.fullmatch(text):
        raise argparse.ArgumentTypeError("hours are a whole number from 1 to 9999")
    return int(text)


def moment(text: str) -> date | datetime:
    """Parse the beginning of a run, as `journal runs` shows it, or a day. A minute counts to its end."""
    for form in _MOMENTS:
        with suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=BRUSSELS) + _TO_ITS_END
    with suppress(ValueError):
        if ":" in text:
            at = datetime.fromisoformat(text)
            return at if at.tzinfo is not None else at.replace(tzinfo=BRUSSELS)
        return read_start_date(text)
    raise Refusal("--since: neither a moment nor a day", _SUCH_AS_A_RUN)


def duration(text: str) -> timedelta:
    """Parse ``90d``, ``12h``, ``30m`` or ``45s``. A unit is required: seconds for days would delete all."""
    if _WITHOUT_UNIT.fullmatch(text):
        said = text if len(text) <= _SHORT else "N"
        units = ", ".join(f"{said}{unit} for {name}" for unit, name in _UNITS.items())
        raise Refusal(f"a duration without a unit: {said} what?", f"Write {units}.")
    try:
        lapse = timedelta(**{_UNITS[text[-1:]]: float(text[:-1])})
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError("a duration is a number with d, h, m or s behind it") from None
    except OverflowError:
        lapse = timedelta.max
    if not timedelta(0) <= lapse <= _LONGEST:
        raise argparse.ArgumentTypeError("a duration lies between nothing and a hundred years")
    return lapse


def start_date(text: str) -> str:
    """Check that `text` is a start date, and return it as typed: the result repeats it."""
    try:
        read_start_date(text)
    except ValueError as error:
        raise Refusal(f"--start-date: {str(error).removeprefix('start date: ')}", _SUCH_AS) from None
    return text


def metrics_label(text: str) -> str:
    """Check a label for metrics: all users can read it, so it must not look like a citizen's number."""
    if not (text.isprintable() and 0 < len(text) <= _LONGEST_LABEL):
        raise argparse.ArgumentTypeError(f"a label has 1 to {_LONGEST_LABEL} printable characters")
    if masked(text) != text:
        raise argparse.ArgumentTypeError("a label holds no number that could be a person's")
    return text


def refuse_the_past(arguments: argparse.Namespace, today: date) -> None:
    """Refuse start dates that are all past: each row would be refused. `today`: the date in Brussels.

    Raises:
        Refusal: all start dates are past.
    """
    dates = getattr(arguments, "start_date", None)
    if isinstance(dates, list) and not arguments.no_window_check and max(map(read_start_date, dates)) < today:
        raise Refusal("--start-date: in the past", _SUCH_AS)

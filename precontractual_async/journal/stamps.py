"""Instants as numbers that a database sorts and compares: microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from .encryption import damaged

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST: Final = 62_000_000_000_000_000
"""The most microseconds before or after 1970 that fit the calendar: from the year 6 to 3934."""


def stamp_of(at: datetime) -> int:
    """The stamp of an aware instant."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(stamp: object) -> datetime:
    """The instant of a stamp, in UTC.

    Raises:
        JournalFailed: it is not a stamp, so somebody changed it.
    """
    if isinstance(stamp, int) and abs(stamp) < _MOST:
        return _EPOCH + stamp * _MICROSECOND
    raise damaged()

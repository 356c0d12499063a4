"""Converts the value of a cell to text and to JSON.

Knows the values that spreadsheets and Parquet files have besides text: dates, times, decimals, bytes, lists.
Values that JSON has do not change; the others become text that can be read as the same value. Leaves to
others: what cells mean.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from .table import ABSENT


def plain(cell: object) -> object:
    """The cell as a value that JSON has.

    >>> plain(date(2026, 12, 1)), plain([Decimal("7010189901"), b"x", timedelta(hours=25)])
    ('2026-12-01', [7010189901, 'x', '25:00:00'])
    """
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    return next(made(cell) for kind, made in _MADE if isinstance(cell, kind))


def as_text(cell: object) -> str:
    """The cell as text; an absent cell is empty text."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell is ABSENT:
        return ""
    if type(cell) is int:
        return str(cell)
    value = plain(cell)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def instant_text(at: datetime) -> str:
    """An aware instant as text, in UTC and whole seconds.

    >>> instant_text(datetime(2026, 12, 1, 8, 30, tzinfo=UTC))
    '2026-12-01T08:30:00Z'
    """
    return at.astimezone(UTC).isoformat("T", "seconds").replace("+00:00", "Z")


def _duration(lapse: timedelta) -> str:
    """A duration as spreadsheets show it; hours may exceed 24."""
    minutes, rest = divmod(abs(lapse), timedelta(minutes=1))
    sign = "-" if lapse < timedelta(0) else ""
    fraction = f".{rest.microseconds:06}" if rest.microseconds else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{rest.seconds:02}{fraction}"


def _of_bytes(data: bytes) -> str:
    """Bytes as text, since old programs write text as bytes; other bytes as base64."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


_MADE: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (float, lambda number: number if math.isfinite(number) else str(number)),
    (Decimal, lambda number: int(number) if number.as_tuple().exponent == 0 else str(number)),
    (date, lambda day: day.isoformat()),  # also a datetime, a subclass of date
    (time, time.isoformat),
    (timedelta, _duration),
    (bytes, _of_bytes),
    (list, lambda cells: [plain(each) for each in cells]),
    (tuple, lambda cells: [plain(each) for each in cells]),
    (Mapping, lambda members: {str(name): plain(value) for name, value in members.items()}),
    (object, str),
)
"""The conversion for each type that JSON does not have; the first match counts."""


def writable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold: an error here would lose known answers."""
    return text if text.isascii() else text.encode(errors="replace").decode()

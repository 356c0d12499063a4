"""What a cell may hold, and what it is as text and in JSON.

Knows the values that spreadsheets and Parquet files have beside text: dates, times, decimals, bytes, lists.
Refuses to know what they mean. Those that JSON has too stay what they are; the others become text that is
read as the same again.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Final

from .table import ABSENT


def plain(cell: object) -> object:
    """The cell as JSON can hold it.

    >>> plain(date(2026, 12, 1)), plain([Decimal("7010189901"), b"x", timedelta(hours=25)])
    ('2026-12-01', [7010189901, 'x', '25:00:00'])
    """
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    return next(made(cell) for kind, made in _MADE if isinstance(cell, kind))


def as_text(cell: object) -> str:
    """The cell as text; empty where there is nothing."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell is ABSENT:
        return ""
    value = plain(cell)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _duration(lapse: timedelta) -> str:
    """As spreadsheets show it: hours, which may be many."""
    minutes, rest = divmod(abs(lapse), timedelta(minutes=1))
    sign = "-" if lapse < timedelta(0) else ""
    fraction = f".{rest.microseconds:06}" if rest.microseconds else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{rest.seconds:02}{fraction}"


def _of_bytes(data: bytes) -> str:
    """Text, as old programs write it into a column of bytes; else in base64."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


_MADE: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (float, lambda number: number if math.isfinite(number) else str(number)),
    (Decimal, lambda number: int(number) if number.as_tuple().exponent == 0 else str(number)),
    (date, lambda day: day.isoformat()),  # and a datetime, which is one too
    (time, time.isoformat),
    (timedelta, _duration),
    (bytes, _of_bytes),
    (list, lambda cells: [plain(each) for each in cells]),
    (tuple, lambda cells: [plain(each) for each in cells]),
    (Mapping, lambda members: {str(name): plain(value) for name, value in members.items()}),
    (object, str),
)
"""What is made of each kind of value that JSON has not; the first that fits."""


def writable(text: str) -> str:
    """Without halves of surrogate pairs, which UTF-8 cannot hold: by now the answers are known."""
    return text if text.isascii() else text.encode(errors="replace").decode()

"""Converts the columns of Arrow to cells, from a file or from a frame.

Knows the values that Python does not have: nanoseconds, years after 9999, unknown time zones, text that is
not UTF-8. Only these become text; other values of the column do not change. Leaves to others: what cells
mean.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import pyarrow as pa

_NO_VALUE: Final = (ValueError, OverflowError, LookupError, pa.ArrowException)


def cells_of(column: pa.Array) -> list[object]:
    """A column's cells; values that Python does not have become text or the name of their type."""
    with suppress(*_NO_VALUE):
        return list(_coarser(column).to_pylist())
    return [_cell(value) for value in column]


def _cell(value: pa.Scalar) -> object:
    with suppress(*_NO_VALUE):
        return _coarser(value).as_py()
    with suppress(*_NO_VALUE):
        return value.cast(pa.string()).as_py()
    if hasattr(value, "as_buffer"):
        return value.as_buffer().to_pybytes().decode(errors="replace")
    return str(value.type)  # from Parquet to Parquet the value does not change


def _coarser(values: Any) -> Any:
    """A column or a value in nanoseconds converted to microseconds, which Python supports.

    Raises:
        ArrowInvalid: it is no whole number of microseconds.
    """
    kind = values.type
    if getattr(kind, "unit", None) != "ns":
        return values
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp("us", kind.tz))
    return values.cast(pa.time64("us") if pa.types.is_time(kind) else pa.duration("us"))

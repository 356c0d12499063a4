"""Arrow's columns as cells, whether they come from a file or from a frame.

Knows for which values Python has none: nanoseconds, years beyond its calendar, zones that nobody knows, text
that is not UTF-8. They become text one by one, and the others of the column stay what they are. Refuses to
know what the cells mean.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import pyarrow as pa

_NO_VALUE: Final = (ValueError, OverflowError, LookupError, pa.ArrowException)


def cells_of(column: pa.Array) -> list[object]:
    """A column's cells; what Python has no value for as text, or as the name of its type."""
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
    return str(value.type)  # a result in Parquet has it as it is, where the list is Parquet too


def _coarser(values: Any) -> Any:
    """A column or a value of nanoseconds in microseconds, which Python can count.

    Raises:
        ArrowInvalid: there are fractions of them.
    """
    kind = values.type
    if getattr(kind, "unit", None) != "ns":
        return values
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp("us", kind.tz))
    return values.cast(pa.time64("us") if pa.types.is_time(kind) else pa.duration("us"))

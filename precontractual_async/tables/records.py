"""Records and the frames of other libraries as a table: pandas, polars, Arrow, mappings, or bare numbers.

Knows by which way each is gone through row by row, and what each has for a missing value and for a day;
needs none of these libraries, and imports pyarrow only when it is there. Refuses to know what the columns
hold.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final, Protocol, cast

from ..errors import InvalidList
from ..model import Candidate
from .columns import ROLES, find_columns
from .names import listed
from .questions import Questions
from .table import ABSENT, Row, Table

_OPTIONS: Final = {role: f"columns={{{role!r}: ...}}" for role in ROLES} | {"all_dates": "start_dates"}


class ArrowStream(Protocol):
    """Anything that gives its rows by the Arrow PyCapsule interface, as most frames do."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


Candidates = Iterable[object] | ArrowStream
"""A frame, records, or numbers."""

_Parts = tuple[Iterable[object], Iterable[Sequence[object]]]
"""The names of the columns, and the rows with one cell for each."""


def questions_of(
    candidates: Candidates, start_dates: tuple[object, ...], chosen: Mapping[str, object]
) -> Questions:
    """What is asked about `candidates`, read whole: see `screen`.

    Raises:
        InvalidList: nobody could be asked about: with all that is wrong with the columns.
    """
    if unknown := tuple(str(role) for role in chosen if role not in ROLES):
        raise InvalidList(f"columns do not hold a {listed(unknown)}", f"They can hold {', '.join(ROLES)}.")
    table = _table(*_parts(candidates))
    named = {role: str(name) for role, name in chosen.items()}
    columns = find_columns(table.columns, named, needs_date=not start_dates, options=_OPTIONS)
    return Questions(table, columns, start_dates)


def _table(names: Iterable[object], rows: Iterable[Sequence[object]]) -> Table:
    read = [Row(number, tuple(map(plain, cells))) for number, cells in enumerate(rows, 1)]
    return Table(tuple(map(str, names)), len(read), partial(iter, read))


def _parts(candidates: Candidates) -> _Parts:
    for take_apart in (_of_pandas, _of_polars, _of_arrow):
        if (parts := take_apart(candidates)) is not None:
            return parts
    if not isinstance(candidates, Iterable) or isinstance(candidates, str | Mapping):
        raise InvalidList(
            f"candidates cannot be gone through one by one: a {type(candidates).__name__} was given",
            "Give a frame (a lazy one: collect it first), records or numbers; for what speaks Arrow alone: "
            "pip install 'precontractual-async[frames]'",
        )
    items = list(candidates)
    return _of_mappings(items) if items and isinstance(items[0], Mapping) else _of_numbers(items)


# Both speak Arrow too, but less well than their own tongue: pandas' index becomes a column, and text beside
# numbers an error; polars' Python objects become addresses.


def _of_pandas(frame: Any) -> _Parts | None:
    if not hasattr(frame, "itertuples"):
        return None
    return frame.columns, frame.itertuples(index=False, name=None)


def _of_polars(frame: Any) -> _Parts | None:
    if not hasattr(frame, "iter_rows"):
        return None
    return frame.columns, frame.iter_rows()


def _of_arrow(stream: Any) -> _Parts | None:
    if not hasattr(stream, "__arrow_c_stream__"):
        return None
    try:
        pyarrow = importlib.import_module("pyarrow")
    except ImportError:
        return None
    try:
        reader = pyarrow.RecordBatchReader.from_stream(stream)
    except pyarrow.ArrowException:  # one column alone: to be gone through as it is
        return None
    return reader.schema.names, _rows_of(reader)


def _rows_of(batches: Iterable[Any]) -> Iterator[Sequence[object]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _of_mappings(records: Sequence[object]) -> _Parts:
    """All names that occur, in the order of their first occurrence."""
    names: dict[object, None] = {}
    for number, record in enumerate(records, 1):
        if not isinstance(record, Mapping):
            raise InvalidList(
                f"record {number} is no mapping, and the first is one", "Give records only, or numbers only."
            )
        names.update(dict.fromkeys(record))
    mappings = cast("Sequence[Mapping[object, object]]", records)
    return tuple(names), ([record.get(name, ABSENT) for name in names] for record in mappings)


def _of_numbers(items: Sequence[object]) -> _Parts:
    """Citizens, or `Candidate`s: their parts are the columns, but for those that none has."""
    candidates = [each if isinstance(each, Candidate) else Candidate(each, None) for each in items]
    rows = [[getattr(each, role) for role in ROLES] for each in candidates]
    used = [at for at in range(len(ROLES)) if not at or not rows or any(row[at] is not None for row in rows)]
    return [ROLES[at] for at in used], ([row[at] for at in used] for row in rows)


# --- cells

_MOST: Final = 10**18
"""Beyond every number that we read: an int of a million digits is easily written as a `Decimal`."""
_PLAIN: Final = frozenset({str, int, bool, date, datetime, type(None), type(ABSENT)})


def plain(cell: object) -> object:
    """A cell without its library: missing ones as None, scalars of numpy and Arrow as Python has them.

    Whole numbers that are `Decimal`s become ints, as which numbers of people and enterprises are read.

    >>> plain(float("nan")), plain(Decimal("7010189901.0"))
    (None, 7010189901)
    """
    if type(cell) in _PLAIN:
        return cell
    if hasattr(cell, "as_py"):
        return plain(cell.as_py())
    if isinstance(cell, Decimal):
        return _of_decimal(cell)
    if _is_missing(cell):
        return None
    if getattr(cell, "shape", None) == () and hasattr(cell, "dtype"):
        return _of_numpy(cell)
    return cell


def _of_decimal(cell: Decimal) -> object:
    if cell.is_nan():
        return None
    is_whole = cell.is_finite() and abs(cell) < _MOST and cell == cell.to_integral_value()
    return int(cell) if is_whole else cell


def _is_missing(cell: object) -> bool:
    """NaN and NaT, which do not even equal themselves, and pandas' NA, which does not say."""
    try:
        return bool(cell != cell)  # noqa: PLR0124
    except TypeError:
        return True
    except ValueError:  # an array, which says it of each of its own
        return False


def _of_numpy(cell: Any) -> object:
    """A day in nanoseconds would be a bare number; no day needs them."""
    return cell.astype("datetime64[us]").item() if cell.dtype.kind == "M" else cell.item()

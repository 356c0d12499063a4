"""Converts records and frames of other libraries to a table: pandas, polars, Arrow, mappings, or numbers.

Knows how to iterate over the rows of each, and how each represents missing values and dates. It needs none of
these libraries, and imports pyarrow only when it is installed. Leaves to others: what the columns hold.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, Final, Protocol, TypeVar, cast

from ...model.dates import is_missing
from ...model.errors import InvalidList
from ...model.questions import Candidate
from ..column_names import listed
from ..columns import ROLES, find_columns
from ..questions import Questions
from ..table import ABSENT, Row, Table
from .column_union import ColumnUnion

_OPTIONS: Final = {role: f"columns={{{role!r}: ...}}" for role in ROLES} | {"all_dates": "start_dates"}


class ArrowStream(Protocol):
    """Any object with the Arrow PyCapsule interface, such as most frames."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


Candidates = Iterable[object] | ArrowStream
"""A frame, records, or numbers."""

_T = TypeVar("_T")
_BYTES: Final = str | bytes | bytearray | memoryview
"""Types that can be iterated but are single values."""
_FRAMES: Final = ("columns", "collect_schema", "fetchall")
"""Attributes of a frame (pandas or polars), a lazy frame, a relation; a single column has none of them."""
_Parts = tuple[Iterable[object], Iterable[Sequence[object]]]
"""The names of the columns, and the rows with one cell for each."""


def questions_of(candidates: Candidates, start_dates: object, chosen: Mapping[str, object]) -> Questions:
    """The questions about `candidates`, which are read completely: see `screen`.

    Raises:
        InvalidList: nobody can be asked about; it lists all problems of the columns.
    """
    if unknown := tuple(str(role) for role in chosen if role not in ROLES):
        raise InvalidList(f"columns do not hold a {listed(unknown)}", f"They can hold {', '.join(ROLES)}.")
    table = _safely("candidates", partial(_table_of, candidates))
    named = {role: str(name) for role, name in chosen.items()}
    dates = _safely("start dates", partial(_dates, start_dates))
    columns = find_columns(table.columns, named, needs_date=not dates, options=_OPTIONS, rows=table.rows())
    return Questions(table, columns, dates)


def _dates(given: object) -> tuple[object, ...]:
    """Each date as a cell, or a single one. A missing date is empty text, since None means the row's own."""
    if isinstance(given, Mapping) or any(hasattr(given, name) for name in _FRAMES):
        raise InvalidList(
            f"start dates cannot be gone through one by one: a {type(given).__name__} was given",
            "Give one day, or a list of days.",
        )
    is_one = isinstance(given, _BYTES | date) or not isinstance(given, Iterable) or _has_no_length(given)
    dates: Iterable[object] = (given,) if is_one else cast("Iterable[object]", given)
    return tuple("" if (read := _cell(each)) is None else read for each in dates)


def _has_no_length(array: object) -> bool:
    """Whether it is a numpy array that holds one value only."""
    return getattr(array, "shape", None) == ()


def _safely(what: str, read: Callable[[], _T]) -> _T:
    """Call `read`, which may run foreign code, and hide foreign errors: they may hold national numbers."""
    try:
        return read()
    except InvalidList:
        raise
    except Exception as error:  # noqa: BLE001 (see above)
        kind = type(error).__name__
    raise InvalidList(
        f"the {what} cannot be read: going through them ended with {kind}",
        "Look at what gives them; a list of what it gave so far can be screened as it is.",
    )


def _table_of(candidates: Candidates) -> Table:
    for take_apart in (_of_pandas, _of_polars, _of_arrow):
        if (parts := take_apart(candidates)) is not None:
            return _table(*parts)
    if not isinstance(candidates, Iterable) or isinstance(candidates, _BYTES | Mapping):
        raise InvalidList(
            f"candidates cannot be gone through one by one: a {type(candidates).__name__} was given",
            "Give a frame (a lazy one: collect it first), records or numbers; for what speaks Arrow alone: "
            "pip install 'precontractual-async[frames]'",
        )
    items = list(candidates)
    is_of_records = items and isinstance(items[0], Mapping)
    return _of_mappings(items) if is_of_records else _table(*_of_numbers(items))


def _table(names: Iterable[object], rows: Iterable[Sequence[object]]) -> Table:
    read = [Row(number, tuple(map(_cell, cells))) for number, cells in enumerate(rows, 1)]
    return Table(tuple(map(str, names)), len(read), partial(iter, read))


# Both also support Arrow, but with losses: the index of pandas becomes a column, a column of text and numbers
# an error, and Python objects of polars become addresses.


def _of_pandas(frame: Any) -> _Parts | None:
    if not hasattr(frame, "itertuples"):
        return None
    with _no_value():
        return frame.columns, list(frame.itertuples(index=False, name=None))
    columns = (frame.iloc[:, at] for at in range(len(frame.columns)))
    return frame.columns, _rows_of(_cells(column, _of_series) for column in columns)


def _of_polars(frame: Any) -> _Parts | None:
    if not (hasattr(frame, "iter_rows") and hasattr(frame, "get_columns")):  # DuckDB has one of them too
        return None
    return frame.columns, _rows_of(_cells(column, _of_polars_series) for column in frame.get_columns())


def _rows_of(columns: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    return zip(*columns, strict=True)


def _cells(column: Any, ways: Sequence[Callable[[Any, int], object]]) -> Sequence[object]:
    """A column's cells; a cell that Python cannot represent does not affect the others."""
    with _no_value():
        return cast("list[object]", column.to_list())
    return [_by_one_of(ways, column, at) for at in range(len(column))]


def _by_one_of(ways: Sequence[Callable[[Any, int], object]], column: Any, at: int) -> object:
    for way in ways:
        with _no_value():
            return way(column, at)
    return str(column.dtype)


def _no_value() -> suppress:
    """Ignore the error for a cell that Python cannot represent; each library has its own error."""
    exceptions = getattr(sys.modules.get("polars"), "exceptions", None)
    return suppress(Exception, getattr(exceptions, "PanicException", Exception))  # polars up to 1.33 panics


_of_series: Final = (
    lambda column, at: column.iloc[at],
    lambda column, at: column.iloc[at : at + 1].astype(str).iloc[0],
)
_of_polars_series: Final = (
    lambda column, at: column[at],
    lambda column, at: column[at : at + 1].cast(str)[0],
)
"""Functions that get one cell: as a value, or else as text."""


def _of_arrow(stream: Any) -> _Parts | None:
    if not hasattr(stream, "__arrow_c_stream__"):
        return None
    try:
        pyarrow = importlib.import_module("pyarrow")
    except ImportError:
        return None
    try:
        reader = pyarrow.RecordBatchReader.from_stream(stream)
    except pyarrow.ArrowException:  # a single column: iterate over it
        return None
    from .arrow import cells_of  # noqa: PLC0415 (it needs pyarrow, which is optional)

    rows = (_rows_of(map(cells_of, batch.columns)) for batch in reader)
    return reader.schema.names, chain.from_iterable(rows)


def _of_mappings(records: Sequence[object]) -> Table:
    """A table of mappings; a row gets cells for all names only when it is read."""
    members, read = ColumnUnion(), list[Mapping[object, object]]()
    for number, record in enumerate(records, 1):
        if not isinstance(record, Mapping):
            raise InvalidList(
                f"record {number} is no mapping, and the first is one", "Give records only, or numbers only."
            )
        read.append({name: _cell(cell) for name, cell in record.items()})
        members.add(read[-1])
    rows = partial(_widened, read, members)
    return Table(members.columns, len(read), rows, is_ragged=members.is_ragged)


def _widened(read: Sequence[Mapping[object, object]], members: ColumnUnion) -> Iterator[Row]:
    for number, record in enumerate(read, 1):
        yield members.row(number, record, f"record {number}")


def _of_numbers(items: Sequence[object]) -> _Parts:
    """Citizens or `Candidate`s: the columns are the parts that at least one of them has."""
    candidates = [each if isinstance(each, Candidate) else Candidate(each, None) for each in items]
    rows = [[getattr(each, role) for role in ROLES] for each in candidates]
    used = [at for at in range(len(ROLES)) if not at or not rows or any(row[at] is not None for row in rows)]
    return [ROLES[at] for at in used], ([row[at] for at in used] for row in rows)


# --- cells

_MOST_DIGITS: Final = 18
"""More than any number that we read; a `Decimal` can easily stand for an int of a million digits."""
_PLAIN: Final = frozenset({str, int, bool, date, datetime, type(None), type(ABSENT)})


def _cell(cell: object) -> object:
    """A plain cell; one that cannot be read becomes a text without its content, and the others stay."""
    try:
        return plain(cell)
    except Exception:  # noqa: BLE001 (foreign code may raise anything)
        return f"<a {type(cell).__name__} that cannot be read>"


def plain(cell: object) -> object:
    """A cell as a Python value: missing values become None, scalars of numpy and Arrow become Python's.

    A `Decimal` that is a whole number becomes an int, as SSINs and enterprise numbers are read.

    >>> plain(float("nan")), plain(Decimal("7010189901.0"))
    (None, 7010189901)
    """
    if type(cell) in _PLAIN:
        return cell
    if hasattr(cell, "as_py"):
        return plain(cell.as_py())
    if isinstance(cell, Decimal):
        return _of_decimal(cell)
    shape = getattr(cell, "shape", None)
    if shape:  # an array
        return cell
    if is_missing(cell):
        return None
    return _of_numpy(cell) if shape == () and hasattr(cell, "dtype") else cell


def _of_decimal(cell: Decimal) -> object:
    if cell.is_nan():
        return None
    is_short = cell.is_finite() and cell.adjusted() < _MOST_DIGITS
    is_whole = is_short and cell == cell.to_integral_value()
    return int(cell) if is_whole else cell


def _of_numpy(cell: Any) -> object:
    """A numpy scalar as a Python value; dates lose nanoseconds, which would make them plain numbers."""
    if cell.dtype.kind != "M":
        return cell.item()
    moment = cell.astype("datetime64[us]").item()
    return str(cell) if isinstance(moment, int) else moment  # numpy returns an int for years after 9999

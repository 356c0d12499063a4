"""Parquet: a list by record batches, a result by row groups.

Knows that the file says how large its pieces are once they are unpacked, and may lie: all of it is first read
in a process of its own (see `apart`), batch for batch as it is read here afterwards. A column of the list
goes into a Parquet result as it came, whatever its type. Refuses to know what the cells mean.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen

from ..errors import InvalidList
from .apart import found_by
from .arrow import cells_of
from .cells import as_text, plain, writable
from .names import distinct, is_none_of
from .reader import Reader
from .table import ABSENT, Choice, ResultRow, Row, Source, Table, checked_width

MOST_ROWS: Final = 20_000_000
"""Twice as many as there are citizens."""
_BATCH: Final = 1_000
"""Rows that are read together."""
_PIECE: Final = 1 << 20
"""Bytes that are read at once."""
_OF_BYTES: Final = ("binary", "large_binary", "binary_view")
_DAMAGED: Final = ("the list is no Parquet file, or is damaged", "Check that the right file was given.")


@frozen
class _Origin:
    """Where a row stands in what was read."""

    batch: pa.RecordBatch
    at: int


# --- in -----------------------------------------------------------------------------------------------


def read(source: Source, _choice: Choice) -> Table:
    """The table in `source`.

    Raises:
        InvalidList: it is none, or it takes more memory or time than it may.
    """
    count = json.loads(next(found_by("parquet", source).lines())[1])
    with _opened(source.again()) as file:
        schema = file.schema_arrow
    return Table(
        tuple(schema.names), count, partial(_rows, source), read_as=(("format", "Parquet"),), types=schema
    )


def find(file: BinaryIO, found: BinaryIO) -> None:
    """What the other process does: read everything as `read` will, and write how many rows there are."""
    count = sum(1 for _ in _rows(Source(file)))
    found.write(json.dumps(count).encode() + b"\n")


def _opened(file: BinaryIO) -> pq.ParquetFile:
    """The file, after a look at what it says of itself.

    Raises:
        InvalidList: it is no such file, or too large.
    """
    try:
        opened = pq.ParquetFile(file, buffer_size=_PIECE, pre_buffer=False)
        checked_width(len(opened.schema_arrow.names))
        if opened.metadata.num_rows > MOST_ROWS:
            raise InvalidList(f"the list has more than {MOST_ROWS:,} rows", "Give it in parts.")
    except MemoryError:
        raise
    except (pa.ArrowException, OSError):
        pass
    else:
        return opened
    raise InvalidList(*_DAMAGED)


def _rows(source: Source) -> Iterator[Row]:
    number = 0
    for batch in _batches(source):
        columns = [_cells(column) for column in batch.columns]
        for at, cells in enumerate(zip(*columns, strict=True)):
            number += 1
            yield Row(number, cells, origin=_Origin(batch, at))


def _batches(source: Source) -> Iterator[pa.RecordBatch]:
    with _opened(source.again()) as file:
        try:
            yield from file.iter_batches(_BATCH, use_threads=False)
        except MemoryError:
            raise
        except (pa.ArrowException, OSError):
            pass
        else:
            return
    raise InvalidList(*_DAMAGED)


def _cells(column: pa.Array) -> list[object]:
    """A column's cells, bytes as text: old programs write text so."""
    cells = cells_of(column)
    return list(map(plain, cells)) if str(column.type) in _OF_BYTES else cells


# --- out ----------------------------------------------------------------------------------------------

_MOST_AT_ONCE: Final = 5_000
_MOST_BYTES: Final = 16 << 20
_TYPES: Final[Mapping[str, pa.DataType]] = {
    "student_hours_remaining": pa.int64(),
    "asked_at": pa.timestamp("ms", "UTC"),
}
"""Of our columns; the others are text."""


def write(table: Table, added: tuple[str, ...], file: BinaryIO, _reader: Reader) -> _Results:
    """What takes the rows: those of the list with their own types where they came from Parquet, else text.

    What single rows have beyond the columns stands in one column more, as JSON.
    """
    return _Results(table, added, file)


class _Results:
    def __init__(self, table: Table, added: tuple[str, ...], file: BinaryIO) -> None:
        is_own = is_none_of(added)
        self._kept = [position for position, name in enumerate(table.columns) if is_own(name)]
        self._types = table.types if isinstance(table.types, pa.Schema) else None
        self._added = added
        self._is_ragged = table.is_ragged
        self._schema = self._of_all(table)
        self._writer = pq.ParquetWriter(file, self._schema)
        weakref.finalize(self, _give_up, self._writer)
        self._rows: list[ResultRow] = []
        self._bytes = 0
        self._last: object = None

    def _of_all(self, table: Table) -> pa.Schema:
        """What a list says of itself as a whole is not kept: it is no longer true."""
        own = [
            self._types.field(position) if self._types else pa.field(table.columns[position], pa.string())
            for position in self._kept
        ]
        ours = [pa.field(name, _TYPES.get(name, pa.string())) for name in self._added]
        fields = [*own, *ours, *([pa.field("surplus", pa.string())] if self._is_ragged else [])]
        names = distinct(tuple(writable(field.name) for field in fields))
        return pa.schema(field.with_name(name) for field, name in zip(fields, names, strict=True))

    def add(self, row: ResultRow) -> None:
        self._rows.append(row)
        self._bytes += self._weight(row.row)
        if len(self._rows) >= _MOST_AT_ONCE or self._bytes >= _MOST_BYTES:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._writer.close()

    def _weight(self, row: Row) -> int:
        """What a row holds on to: a batch counts once."""
        if not isinstance(row.origin, _Origin):
            return sum(len(cell) for cell in row.cells if isinstance(cell, str)) + 500
        if row.origin.batch is self._last:
            return 0
        self._last = row.origin.batch
        return int(row.origin.batch.nbytes)

    def _flush(self) -> None:
        if self._rows:
            columns = [*self._own(), *(self._ours(name) for name in self._added), *self._surplus()]
            self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._rows, self._bytes, self._last = [], 0, None

    def _own(self) -> list[pa.Array | pa.ChunkedArray]:
        rows = [each.row for each in self._rows]
        if self._types is None:
            return [_texts(row.cells[position] for row in rows) for position in self._kept]
        origins = [row.origin for row in rows if isinstance(row.origin, _Origin)]
        pieces = [
            batch.take(pa.array([origin.at for origin in some]))
            for batch, some in groupby(origins, lambda origin: origin.batch)
        ]
        whole = pa.Table.from_batches(pieces, self._types)
        return [whole.column(position) for position in self._kept]

    def _ours(self, name: str) -> pa.Array:
        cells = [_told(each.added.get(name)) for each in self._rows]
        if name == "asked_at":
            return pa.array([datetime.fromisoformat(str(at)) if at else None for at in cells], _TYPES[name])
        return pa.array(cells, _TYPES[name]) if name in _TYPES else _texts(cells)

    def _surplus(self) -> list[pa.Array]:
        if not self._is_ragged:
            return []
        return [_texts((each.row.surplus or None) for each in self._rows)]


def _give_up(writer: pq.ParquetWriter) -> None:
    """One that nobody finished writes nothing more, when it goes."""
    writer.is_open = False


def _told(cell: str | int | None) -> str | int | None:
    return None if cell == "" else cell


def _texts(cells: Iterable[object]) -> pa.Array:
    told = (None if cell is None or cell is ABSENT else writable(as_text(cell)) for cell in cells)
    return pa.array(told, pa.string())

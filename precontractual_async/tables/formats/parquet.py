"""Parquet: reads a list by record batches, writes a result by row groups.

Knows that the file tells the unpacked size of its parts, and may lie: so the whole file is read first in a
separate process (see `isolated_reader`), in the same batches as here. A column of the list is copied into a
Parquet result unchanged, with any type. Leaves to others: what the cells mean.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from attrs import define, field, frozen

from ...model.errors import InvalidList
from ..audience import Audience
from ..cells import as_text, plain, writable
from ..column_names import distinct
from ..headings import is_own_beside
from ..table import ABSENT, Choice, ResultRow, Row, Source, Table, checked_width
from .arrow import cells_of
from .isolated_reader import found_by

MOST_ROWS: Final = 20_000_000
"""Twice the number of citizens."""
_BATCH: Final = 1_000
"""Rows that are read together."""
_PIECE: Final = 1 << 20
"""Bytes that are read at once."""
_OF_BYTES: Final = ("binary", "large_binary", "binary_view")
_DAMAGED: Final = ("the list is no Parquet file, or is damaged", "Check that the right file was given.")


@frozen
class _Origin:
    """The position of a row in the batches."""

    batch: pa.RecordBatch
    at: int


# --- reading ------------------------------------------------------------------------------------------


def read(source: Source, _choice: Choice) -> Table:
    """The table in `source`.

    Raises:
        InvalidList: it is not Parquet, or it exceeds the limits of memory or time.
    """
    count = json.loads(next(found_by("parquet", source).lines())[1])
    with _opened(source.again()) as file:
        schema = file.schema_arrow
    rows = partial(_rows, source)
    return Table(tuple(schema.names), count, rows, read_as=(("format", "Parquet"),), types=schema)


def find(file: BinaryIO, found: BinaryIO) -> None:
    """Runs in the separate process: read everything as `read` will, and write the number of rows."""
    count = sum(1 for _ in _rows(Source(file)))
    found.write(json.dumps(count).encode() + b"\n")


def _opened(file: BinaryIO) -> pq.ParquetFile:
    """The file, after a check of its metadata.

    Raises:
        InvalidList: it is not Parquet, or too large.
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
    """A column's cells; bytes become text, since old programs write text as bytes."""
    cells = cells_of(column)
    return list(map(plain, cells)) if str(column.type) in _OF_BYTES else cells


# --- writing ------------------------------------------------------------------------------------------

_MOST_AT_ONCE: Final = 5_000
_MOST_BYTES: Final = 16 << 20
_OF_OURS: Final = 1_000
"""Approximate bytes of our columns in a row."""
_TYPES: Final[Mapping[str, pa.DataType]] = {
    **dict.fromkeys(("student_hours_remaining", "hours_before", "hours_now", "times_asked"), pa.int64()),
    **dict.fromkeys(("asked_at", "known_since"), pa.timestamp("ms", "UTC")),
}
"""The types of our columns; the others are text."""


def write(table: Table, added: tuple[str, ...], file: BinaryIO, _reader: Audience) -> _Results:
    """A writer: the list's columns keep their types when they came from Parquet, and are text otherwise.

    The surplus of rows is in one more column, as JSON.
    """
    return _Results(table, added, file)


@define
class _Group:
    """A buffer of rows for one row group: only the values that are written."""

    origins: list[_Origin] = field(factory=list)
    """The rows that came from Parquet."""
    own: list[list[str | None]] = field(factory=list)
    """The list's columns, for other rows."""
    added: list[list[str | int | None]] = field(factory=list)
    surplus: list[str | None] = field(factory=list)
    count: int = 0
    weight: int = 0
    """Approximate bytes."""


class _Results:
    def __init__(self, table: Table, added: tuple[str, ...], file: BinaryIO) -> None:
        is_own = is_own_beside(added)
        self._kept = [position for position, name in enumerate(table.columns) if is_own(name)]
        self._types = table.types if isinstance(table.types, pa.Schema) else None
        self._added = added
        self._is_ragged = table.is_ragged
        self._schema = self._of_all(table)
        self._writer = pq.ParquetWriter(file, self._schema)
        weakref.finalize(self, _give_up, self._writer)
        self._group = self._nothing()

    def _of_all(self, table: Table) -> pa.Schema:
        """The schema of the result, without the list's metadata, which is no longer true."""
        own = [
            self._types.field(position) if self._types else pa.field(table.columns[position], pa.string())
            for position in self._kept
        ]
        ours = [pa.field(name, _TYPES.get(name, pa.string())) for name in self._added]
        fields = [*own, *ours, *([pa.field("surplus", pa.string())] if self._is_ragged else [])]
        names = distinct(tuple(writable(field.name) for field in fields))
        bare = (field.remove_metadata() for field in fields)
        return pa.schema(field.with_name(name) for field, name in zip(bare, names, strict=True))

    def _nothing(self) -> _Group:
        return _Group(own=[[] for _ in self._kept], added=[[] for _ in self._added])

    def add(self, row: ResultRow) -> None:
        group = self._group
        for column, name in zip(group.added, self._added, strict=True):
            column.append(_stored(row.added.get(name)))
        if isinstance(row.row.origin, _Origin):
            self._add_origin(row.row.origin)
        else:
            self._add_texts([_text(row.row.cells[position]) for position in self._kept])
        group.surplus.append(_text(row.row.surplus or None))
        group.count += 1
        group.weight += _OF_OURS
        if group.count >= _MOST_AT_ONCE or group.weight >= _MOST_BYTES:
            self._flush()

    def _add_origin(self, origin: _Origin) -> None:
        """Add a row; its batch counts once, for any number of its rows."""
        origins = self._group.origins
        if not origins or origins[-1].batch is not origin.batch:
            self._group.weight += int(origin.batch.nbytes)
        origins.append(origin)

    def _add_texts(self, texts: list[str | None]) -> None:
        for column, text in zip(self._group.own, texts, strict=True):
            column.append(text)
            self._group.weight += len(text or "")

    def finish(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        group, self._group = self._group, self._nothing()
        if not group.count:
            return
        own = [pa.array(column, pa.string()) for column in group.own]
        if self._types is not None:
            whole = pa.Table.from_batches(_taken(group.origins), self._types)
            own = [whole.column(position) for position in self._kept]
        added = [_typed(name, cells) for name, cells in zip(self._added, group.added, strict=True)]
        beyond = [pa.array(group.surplus, pa.string())] if self._is_ragged else []
        self._writer.write_table(pa.Table.from_arrays([*own, *added, *beyond], schema=self._schema))


def _give_up(writer: pq.ParquetWriter) -> None:
    """An unfinished writer must write nothing when it is destroyed."""
    writer.is_open = False


def _taken(origins: list[_Origin]) -> Iterator[pa.RecordBatch]:
    for _, some in groupby(origins, lambda origin: id(origin.batch)):
        rows = list(some)
        batch = rows[0].batch
        taken = batch.take(pa.array([each.at for each in rows]))
        columns = [_without_others(each) for each in taken.columns]
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _without_others(column: pa.Array) -> pa.Array:
    """A column without the values that its dictionary has for other rows: they may be other people's."""
    kind = column.type
    if not pa.types.is_dictionary(kind):
        has_some = "dictionary<" in str(kind)  # within lists or members
        return pa.array(column.to_pylist(), kind) if has_some else column
    used = column.indices.drop_null().unique().sort()
    at = pc.index_in(column.indices, value_set=used).cast(kind.index_type)
    return pa.DictionaryArray.from_arrays(at, column.dictionary.take(used), ordered=kind.ordered)


def _typed(name: str, cells: list[str | int | None]) -> pa.Array:
    if name in ("asked_at", "known_since"):
        return pa.array([datetime.fromisoformat(str(at)) if at else None for at in cells], _TYPES[name])
    return pa.array(cells, _TYPES.get(name, pa.string()))


def _stored(cell: str | int | None) -> str | int | None:
    return None if cell == "" else writable(cell) if isinstance(cell, str) else cell


def _text(cell: object) -> str | None:
    return None if cell is None or cell is ABSENT else writable(as_text(cell))

"""JSON lines: one object per line; its names are the columns.

Knows how to read each line alone, so that one bad line is only one bad row. Values are written as they were
read. Leaves to others: what the values mean.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from ...model.errors import InvalidList
from ..audience import Audience
from ..cells import plain
from ..column_names import distinct
from ..headings import is_own_beside
from ..table import ABSENT, Choice, ResultRow, Row, Source, Table
from .column_union import ColumnUnion


def read(source: Source, _choice: Choice) -> Table:
    """The table in `source`; its columns are all names that occur."""
    count, members = 0, ColumnUnion()
    for _, document in _documents(source):
        count += 1
        if isinstance(document, dict):
            members.add(document)
    if not count:
        raise _not_a_list()
    rows = partial(_rows, source, members)
    read_as = (("format", "JSON lines"), ("encoding", "UTF-8"))
    return Table(members.columns, count, rows, read_as=read_as, is_ragged=members.is_ragged)


def _not_a_list() -> InvalidList:
    return InvalidList("the list is empty or not UTF-8", "Check that the right file was given.")


def _rows(source: Source, members: ColumnUnion) -> Iterator[Row]:
    for number, document in _documents(source):
        if isinstance(document, str):
            yield Row(number, (ABSENT,) * len(members.names), f"line {number} {document}")
        else:
            yield members.row(number, document, f"line {number}")


def _documents(source: Source) -> Iterator[tuple[int, dict[str, object] | str]]:
    text = io.TextIOWrapper(source.again(), "utf-8-sig", newline="\n")
    try:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield number, _object(line)
    except UnicodeDecodeError:
        raise _not_a_list() from None
    finally:
        if not text.closed:
            text.detach()  # otherwise the file is closed with it


class _NameTwice(ValueError):
    """Two members have the same name: the wrong one could be another citizen's number."""


def _object(line: str) -> dict[str, object] | str:
    """The object, or the problem of the line."""
    try:
        document = json.loads(
            line, object_pairs_hook=_distinct_members, parse_float=_finite, parse_constant=_finite
        )
    except _NameTwice:
        return "has a name twice"
    except (ValueError, RecursionError):
        return "is not a JSON object"
    return document if isinstance(document, dict) else "is not a JSON object"


def _distinct_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _NameTwice
    return members


def _finite(text: str) -> float:
    """Reject ``NaN``, ``Infinity`` and 1e999: they are not JSON, and would make the result invalid."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no number")
    return number


def write(table: Table, added: tuple[str, ...], file: BinaryIO, _reader: Audience) -> _Results:
    """A writer: one line for each row, with its own members, then the added members that are not empty."""
    return _Results(table, added, file)


class _Results:
    def __init__(self, table: Table, added: tuple[str, ...], file: BinaryIO) -> None:
        self._file = file
        self._added = added
        self._columns = table.columns
        self._is_own = is_own_beside(added)
        names = enumerate(distinct(table.columns))
        self._kept = [(position, name) for position, name in names if self._is_own(name)]

    def add(self, row: ResultRow) -> None:
        cells = row.row.cells
        own = {name: plain(cells[position]) for position, name in self._kept if cells[position] is not ABSENT}
        added = {name: row.added[name] for name in self._added if row.added.get(name, "") != ""}
        self._file.write(_encoded(own | self._beyond(row.row) | added))

    def _beyond(self, row: Row) -> dict[str, object]:
        """The surplus of a row, by its names or by the names of its positions."""
        if not isinstance(row.surplus, tuple):
            return {name: value for name, value in row.surplus.items() if self._is_own(name)}
        names = distinct((*self._columns, *("" for _ in row.surplus))) if row.surplus else []
        return dict(zip(names[len(row.cells) :], row.surplus, strict=True))

    def finish(self) -> None:
        pass  # nothing is buffered


def _encoded(line: dict[str, object]) -> bytes:
    try:
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate: only an escape can write it
        return json.dumps(line).encode() + b"\n"

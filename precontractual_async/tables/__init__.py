"""Lists in, results out: one module per format behind one small interface.

`read_list` gives a `Table` whatever the format; `write_results` gives the same rows in the same order, with
all their columns and ours behind them. A list is text: nothing in it is ever taken for a number, so no
leading zero is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, Protocol

from ..errors import InvalidList
from . import delimited, jsonl
from .table import ResultRow, Table

__all__ = ["FORMATS", "ResultRow", "Table", "format_of", "read_list", "write_results"]


class _Format(Protocol):
    def read(self, data: bytes) -> Table: ...

    def write(self, table: Table, added: tuple[str, ...], rows: list[ResultRow]) -> bytes: ...


FORMATS: Final[Mapping[str, _Format]] = {"csv": delimited, "jsonl": jsonl}
_SUFFIXES: Final = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def format_of(name: str, default: str | None = None) -> str:
    """The format that a file's name tells; `default` when it tells none.

    Raises:
        InvalidList: it tells none, and there is no default.
    """
    known = _SUFFIXES.get(PurePath(name).suffix.casefold(), default)
    if known is None:
        raise InvalidList(
            "the format cannot be told from the suffix of the file's name",
            f"Use --format with one of {', '.join(FORMATS)}, or one of the suffixes {', '.join(_SUFFIXES)}.",
        )
    return known


def read_list(data: bytes, kind: str) -> Table:
    """The list in `data`, of one of `FORMATS`.

    Raises:
        InvalidList: it cannot be understood as a whole. A single bad row is kept, with its problem.
    """
    table = FORMATS[kind].read(data)
    if not table.rows:
        raise InvalidList("the list has no rows", "Check that the right file was given.")
    return table


def write_results(table: Table, added: tuple[str, ...], rows: list[ResultRow], kind: str) -> bytes:
    """The rows with the `added` columns behind their own, in one of `FORMATS`.

    A column of the list that has the name of an added one is left out: when a result is screened again,
    its old results must not stand beside the new.
    """
    return FORMATS[kind].write(table, added, rows)

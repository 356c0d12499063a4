"""Lists in, results out: one module per format behind one small interface.

`read_list` gives a `Table` whatever the format; `results_into` takes the same rows in the same order, with
all their columns and ours behind them. A list is text: nothing in it is ever taken for a number, so no
leading zero is lost. Neither the list nor its result is ever held whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import PurePath
from typing import BinaryIO, Final, Protocol

from attrs import evolve

from ..errors import InvalidList
from . import delimited, jsonl
from .table import ListChanged, ResultRow, Results, Row, Source, Table, insist

__all__ = [
    "FORMATS",
    "ListChanged",
    "ResultRow",
    "Results",
    "Source",
    "Table",
    "format_of",
    "look_into",
    "read_list",
    "results_into",
]


class _Format(Protocol):
    def read(self, source: Source) -> Table: ...

    def write(self, table: Table, added: tuple[str, ...], file: BinaryIO) -> Results: ...


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


def read_list(source: Source, kind: str) -> Table:
    """The list in `source`, of one of `FORMATS`; read through once to see that it is one.

    Raises:
        InvalidList: it cannot be understood as a whole. A single bad row is kept, with its problem. Its rows
            raise `ListChanged`, when somebody wrote into it since.
    """
    table = look_into(source, kind)
    insist([table.problem] if table.problem else [])
    return table


def look_into(source: Source, kind: str) -> Table:
    """The list in `source` as far as it can be understood; its `problem` says why that is not all of it.

    Raises:
        InvalidList: nothing of it can be understood.
    """
    table = FORMATS[kind].read(source)
    if table.problem is not None:
        return evolve(table, rows=partial(_up_to_the_problem, table.rows))
    return evolve(table, rows=partial(_again, table.rows), problem=None if table.count else _no_rows())


def _no_rows() -> InvalidList:
    return InvalidList(
        "the list has no rows behind its header",
        "Check that the right file was given, and that its first line names the columns.",
    )


def _up_to_the_problem(rows: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    with suppress(InvalidList, UnicodeDecodeError):
        yield from rows()


def _again(rows: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """The rows of a list that was found whole before.

    Raises:
        ListChanged: now they are not.
    """
    try:
        yield from rows()
    except (InvalidList, UnicodeDecodeError):
        pass
    else:
        return
    raise ListChanged(
        "the list was changed while it was read: it can no longer be understood",
        "Run it again when nobody writes to the list; with --journal no answer is lost.",
    )


def results_into(file: BinaryIO, table: Table, added: tuple[str, ...], kind: str) -> Results:
    """What takes the rows of `table` with the `added` columns behind their own, in one of `FORMATS`.

    A column of the list that has the name of an added one, however it is written, is left out: when a
    result is screened again, its old results must not stand beside the new, nor a list's word beside ours.
    """
    return FORMATS[kind].write(table, added, file)

"""Reads lists and writes results: one module per format behind one small interface.

`read_list` returns a `Table` for each format; `results_into` takes the same rows in the same order, with all
their columns followed by ours. Text stays text and is never converted to a number, so no leading zero is
lost. Lists and results are streamed and never held whole in memory, except a workbook while it is opened.

Some formats need an extra, whose library is imported only when it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import PurePath
from typing import BinaryIO, Final, Protocol, cast

from attrs import evolve, frozen

from ..model.errors import InvalidList
from .audience import Audience
from .table import Choice, ListChanged, ResultRow, Results, Row, Source, Table, insist

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Audience",
    "Choice",
    "ListChanged",
    "ResultRow",
    "Results",
    "Source",
    "Table",
    "check_results",
    "format_of",
    "look_into",
    "read_list",
    "results_into",
    "sheets_of",
]


@frozen
class _Format:
    """The modules of `formats` that read and write a format, and the extra that they need."""

    reader: str
    writer: str | None
    extra: str | None = None


FORMATS: Final[Mapping[str, _Format]] = {
    "csv": _Format("csv", "csv"),
    "jsonl": _Format("jsonl", "jsonl"),
    "xlsx": _Format("workbook", "xlsx", "xlsx"),
    "xls": _Format("workbook", None, "xlsx"),
    "ods": _Format("workbook", None, "xlsx"),
    "parquet": _Format("parquet", "parquet", "parquet"),
}
SUFFIXES: Final = {
    **{f".{kind}": kind for kind in FORMATS},
    **dict.fromkeys((".txt", ".tsv"), "csv"),
    ".ndjson": "jsonl",
    ".xlsm": "xlsx",
    ".pq": "parquet",
}
_MAGIC: Final = {
    b"PK\x03\x04": ("a workbook (or another zip file)", "xlsx"),
    b"\xd0\xcf\x11\xe0": ("an old workbook", "xls"),
    b"PAR1": ("Parquet", "parquet"),
}
"""The first bytes of binary formats."""
_LIBRARIES: Final = ("olefile", "python_calamine", "xlsxwriter", "pyarrow")


class _Reads(Protocol):
    def read(self, source: Source, choice: Choice) -> Table: ...


class _HasSheets(Protocol):
    def names(self, source: Source) -> tuple[str, ...]: ...


class _Writes(Protocol):
    def write(self, table: Table, added: tuple[str, ...], file: BinaryIO, reader: Audience) -> Results: ...


def format_of(name: str, default: str | None = None, *, is_result: bool = False) -> str:
    """The format by the suffix of a file's name, or else `default`. `is_result`: the file will be written.

    Raises:
        InvalidList: the suffix is unknown, and there is no default.
    """
    known = SUFFIXES.get(PurePath(name).suffix.casefold(), default)
    if known is None:
        kinds = [kind for kind, how in FORMATS.items() if how.writer or not is_result]
        suffixes = [suffix for suffix, kind in SUFFIXES.items() if kind in kinds]
        raise InvalidList(
            "the format cannot be told from the suffix of the file's name",
            f"Use --format with one of {', '.join(kinds)}, or one of the suffixes {', '.join(suffixes)}.",
        )
    return known


def read_list(source: Source, kind: str, choice: Choice | None = None) -> Table:
    """The list in `source`, in one of `FORMATS`; it is read completely once, to check it.

    Raises:
        InvalidList: the list as a whole cannot be understood, or an extra is missing. A single bad row is
            kept, with its problem. Later `rows` raises `ListChanged` when the file has changed.
    """
    table = look_into(source, kind, choice)
    insist([table.problem] if table.problem else [])
    return table


def look_into(source: Source, kind: str, choice: Choice | None = None) -> Table:
    """The list in `source`, as far as it can be understood; its `problem` says why the rest cannot.

    Raises:
        InvalidList: no part of the list can be understood, or an extra is missing.
    """
    choice = choice or Choice()
    if choice.sheet is not None and FORMATS[kind].reader != "workbook":
        raise InvalidList(f"a list in {kind.upper()} has no sheets", "Leave --sheet out.")
    _check_magic(source, kind)
    table = cast("_Reads", _module(kind, FORMATS[kind].reader)).read(source, choice)
    if table.problem is not None:
        return evolve(table, rows=partial(_up_to_the_problem, table.rows))
    return evolve(table, rows=partial(_again, table.rows), problem=None if table.count else _no_rows())


def sheets_of(source: Source, kind: str) -> tuple[str, ...]:
    """The names of the sheets that hold anything; none where a format has no sheets.

    Raises:
        InvalidList: it cannot be opened.
    """
    if FORMATS[kind].reader != "workbook":
        return ()
    return cast("_HasSheets", _module(kind, "workbook")).names(source)


def _check_magic(source: Source, kind: str) -> None:
    start = source.again().read(4)
    if FORMATS[kind].extra is None and start in _MAGIC:
        what, suffix = _MAGIC[start]
        raise InvalidList(
            f"the list is {what}, whatever its name says",
            f"Use --format {suffix}, or give its file a name that ends in .{suffix}.",
        )


def _no_rows() -> InvalidList:
    return InvalidList(
        "the list has no rows behind its header",
        "Check that the right file was given, and that its first line names the columns.",
    )


def _up_to_the_problem(rows: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    with suppress(InvalidList, UnicodeDecodeError):
        yield from rows()


def _again(rows: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """The rows of a list that was read without an error before.

    Raises:
        ListChanged: reading the list again fails.
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


def check_results(table: Table, added: tuple[str, ...], kind: str, times: int = 1) -> None:
    """Check, before anything is asked, that a result fits into a format; it has each row `times` times.

    Raises:
        InvalidList: the result does not fit, an extra is missing, or no module writes this format.
    """
    check = getattr(_writer(kind), "check", None)
    if check is not None:
        check(table, added, times)


def results_into(
    file: BinaryIO, table: Table, added: tuple[str, ...], kind: str, reader: Audience | None = None
) -> Results:
    """A writer for the rows of `table` with the `added` columns after their own, in one of `FORMATS`.

    A column of the list whose name equals that of an added column, in any spelling, is left out: when a
    result is screened again, old results must not stand beside new ones.
    """
    return _writer(kind).write(table, added, file, reader or Audience())


def _writer(kind: str) -> _Writes:
    name = FORMATS[kind].writer
    if name is None:
        raise InvalidList(f"no result is written as {kind.upper()}", "Give the result a name with .xlsx.")
    return cast("_Writes", _module(kind, name))


def _module(kind: str, name: str) -> object:
    """Import a module of this package.

    Raises:
        InvalidList: a library that the module needs is not installed.
    """
    extra, missing = FORMATS[kind].extra, ""
    try:
        return import_module(f".formats.{name}", __name__)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if extra is None or missing.partition(".")[0] not in _LIBRARIES:
            raise
    raise InvalidList(
        f"{kind.upper()} needs {missing}, which is not installed",
        f"pip install 'precontractual-async[{extra}]'",
    )

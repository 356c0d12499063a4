"""Workbooks for tests: as Excel writes them, and as LibreOffice turns them into other formats."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

import xlsxwriter
from attrs import frozen
from xlsxwriter.worksheet import Worksheet

from precontractual_async.tables import Audience, Choice, ResultRow, Source, Table, read_list, results_into
from precontractual_async.tables.table import Row

from .programs import program

Fill = Callable[[Worksheet, xlsxwriter.Workbook], None]


def workbook(*sheets: tuple[str, Fill], **options: object) -> bytes:
    """A workbook with shared strings, whose sheets are filled by `fill(sheet, book)`."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        for name, fill in sheets:
            fill(book.add_worksheet(name), book)
    return file.getvalue()


def of_rows(*rows: Sequence[object], first: int = 0) -> Fill:
    """Fills a sheet with rows from the row `first` on (from 0): dates as dates, None as nothing."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for at, row in enumerate(rows, first):
            for column, value in enumerate(row):
                match value:
                    case None:
                        pass
                    case datetime():
                        sheet.write_datetime(at, column, value, moment)
                    case date():
                        sheet.write_datetime(at, column, value, day)
                    case str():
                        sheet.write_string(at, column, value)
                    case _:
                        sheet.write(at, column, value)

    return fill


@frozen
class Read:
    """A list that was read, with its rows at hand."""

    table: Table
    rows: list[Row]

    @property
    def cells(self) -> list[tuple[object, ...]]:
        return [row.cells for row in self.rows]


def read(data: bytes, kind: str = "xlsx", **chosen: str) -> Read:
    """Read it twice: what can be read once can be read again, and is the same."""
    table = read_list(Source(io.BytesIO(data)), kind, Choice(**chosen))
    rows = list(table.rows())
    assert list(table.rows()) == rows
    assert table.count == len(rows)
    return Read(table, rows)


def result_of(
    table: Table,
    kind: str,
    added: Mapping[str, str | int] | None = None,
    reader: Audience | None = None,
) -> bytes:
    """The list with the same cells added to every row."""
    file, cells = io.BytesIO(), added or {}
    results = results_into(file, table, tuple(cells), kind, reader)
    for row in table.rows():
        results.add(ResultRow(row, cells))
    results.finish()
    return file.getvalue()


def patched(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """An archive with one part of it changed."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return into.getvalue()


_AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
"""Commas, quotes, UTF-8, cells as they are shown."""


def converted(path: Path, kind: str) -> Path:
    """What LibreOffice makes of a file, beside it."""
    there = path.with_suffix(f".{kind}")
    there.write_bytes(_converted(path.read_bytes(), path.suffix, kind))
    return there


@cache
def _converted(data: bytes, suffix: str, kind: str) -> bytes:
    """It takes a second of a processor to start: what was converted once is not converted again."""
    soffice = program("soffice", hint="apt-get install libreoffice-calc-nogui")
    with tempfile.TemporaryDirectory() as folder:
        path, wanted = Path(folder, f"list{suffix}"), _AS_SHOWN if kind == "csv" else kind
        path.write_bytes(data)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [soffice, profile, "--headless", "--norestore", "--convert-to", wanted, "--outdir", folder]
        subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=180)
        return path.with_suffix(f".{kind}").read_bytes()

"""CSV, as Excel and payroll software write it: ``;``, ``,``, tab or ``|``; UTF-8, UTF-16 or cp1252.

Knows how to read such text without changing a cell, and how to write it so that Excel neither loses
accents nor runs a cell or a column's name as a formula. Leaves to others: what the cells mean.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from typing import BinaryIO, Final

from attrs import frozen

from ...model.errors import InvalidList
from ..audience import Audience
from ..cells import as_text
from ..column_names import shown
from ..columns import speaks_of_a_citizen
from ..formulas import inert, unforced
from ..headings import is_own_beside
from ..table import MOST_MORE, Choice, ResultRow, Row, Source, Style, Table, checked_width
from .sheets import HEAD, find_header, is_wanted, read_as

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS: Final[Mapping[str, str]] = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
_SEP: Final = re.compile(r"""\ufeff?"?sep=(\\t|[^"\r\n])"?[;,\t|]*""", re.IGNORECASE)
"""Excel's special first line, which names the delimiter and is not a row."""
_NAMES: Final[Mapping[str, str]] = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte-order mark",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
}
"""The encodings by the names that people know."""
_HEAD: Final = 65_536
"""The search for the header covers so many characters."""
_MOST_NAMES: Final = 1_000
"""The search for the header covers so many cells of a line."""
_PIECE: Final = 1 << 18
"""Bytes that are examined at once."""
_END: Final = "\0"
"""Added after the last line: when it is not a record by itself, a quote was left open."""


def read(source: Source, choice: Choice) -> Table:
    """The table in `source`. Its header may be below titles, as in a workbook: see `sheets.find_header`.

    Rows may be shorter or longer than the header: missing cells are empty, and extra cells get columns
    without a name, so that nothing is lost. A row that is much longer gets a problem instead, and keeps its
    extra cells, since it would widen all other rows. Empty rows are left out.
    """
    text = _examined(source)
    sep = _SEP.fullmatch(text.head.partition("\n")[0].rstrip("\r"))
    delimiter = sep[1].replace("\\t", "\t") if sep else _delimiter(text.head, choice.citizen)
    line_end = "\r\n" if "\r\n" in _outside_quotes(text.head) else "\n"
    style = Style(delimiter, line_end, text.needs_bom)
    records = partial(_records, source, text.encoding, delimiter, 1 if sep else 0)
    head = dict(islice(_to_the_problem(records()), HEAD))
    if not head:
        raise InvalidList("the list is empty", "Check that the right file was given.")
    header = find_header(head, (), choice.citizen)
    width = checked_width(len(header.names))
    count, width, is_ragged, problem = _measured(_below(records(), header.bottom), width)
    rows = partial(_rows, records, header.bottom, width)
    facts = (
        ("format", "CSV"),
        ("encoding", _NAMES[text.encoding]),
        ("delimiter", _DELIMITERS.get(delimiter, shown(delimiter))),
        *read_as(header),
    )
    columns = tuple(_filled(list(header.names), width))
    return Table(columns, count, rows, style, read_as=facts, problem=problem, is_ragged=is_ragged)


def _measured(
    records: Iterator[tuple[int, list[str]]], width: int
) -> tuple[int, int, bool, InvalidList | None]:
    """The number of rows, their width, whether a row is much longer, and the problem that ends them early."""
    count, longest, most, problem = 0, 0, width + MOST_MORE, None
    try:
        for _, cells in records:
            count, longest = count + 1, max(longest, len(cells))
            width = max(width, len(cells) if len(cells) <= most else 0)
    except InvalidList as error:
        problem = InvalidList(error.diagnosis, error.next_step)  # a new error: its frames hold no row
    return count, width, longest > width, problem


def _to_the_problem(records: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    with suppress(InvalidList):
        yield from records


def _below(records: Iterator[tuple[int, list[str]]], header: int) -> Iterator[tuple[int, list[str]]]:
    return ((line, cells) for line, cells in records if line > header)


def _rows(records: Callable[[], Iterator[tuple[int, list[str]]]], header: int, width: int) -> Iterator[Row]:
    for line, cells in _below(records(), header):
        if len(cells) <= width:
            yield Row(line, tuple(_filled(cells, width)))
        else:
            problem = f"line {line} has more than {MOST_MORE:,} cells beyond the header"
            yield Row(line, tuple(cells[:width]), problem, tuple(cells[width:]))


def _filled(cells: list[str], width: int) -> list[str]:
    return [unforced(cell) for cell in cells] + [""] * (width - len(cells))


@frozen
class _Text:
    """What was learned by examining the whole file."""

    encoding: str
    head: str
    needs_bom: bool
    """Whether Excel needs a byte-order mark to read the result as UTF-8."""


def _examined(source: Source) -> _Text:
    start = source.again().read(4)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return _Text(encoding, _look_through(source, encoding), needs_bom=True)
    try:
        return _Text("utf-8", _look_through(source, "utf-8"), needs_bom=False)
    except _NotThis:
        return _Text("cp1252", _look_through(source, "cp1252"), needs_bom=True)


class _NotThis(InvalidList):
    """The bytes are not text in this encoding."""


def _look_through(source: Source, encoding: str) -> str:
    """The head of the text, after a check of the whole text.

    Raises:
        _NotThis: the bytes are not text in this encoding.
        InvalidList: the text holds a NUL, which no list has and the csv module would misread.
    """
    head, lines, read = "", 1, 0
    decoder = codecs.getincrementaldecoder(encoding)()
    file = source.again()
    while piece := file.read(_PIECE):
        text = _decoded(decoder, piece, read)
        if (position := text.find("\0")) >= 0:
            line = lines + text.count("\n", 0, position)
            raise InvalidList(f"line {line} holds a NUL character", "Save it as CSV (UTF-8) and try again.")
        lines, read = lines + text.count("\n"), read + len(piece)
        head = head if len(head) >= _HEAD else head + text
    _decoded(decoder, b"", read, final=True)
    return head[:_HEAD]


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, before: int, *, final: bool = False) -> str:
    pending = len(decoder.getstate()[0])
    try:
        return decoder.decode(piece, final)
    except UnicodeDecodeError as error:
        position = before - pending + error.start
    raise _NotThis(
        f"the list is not text: byte {position} fits neither UTF-8 nor Windows-1252",
        "Save it as CSV (UTF-8) and try again.",
    )


def _outside_quotes(text: str) -> str:
    """The text outside quotes: line ends within a cell may differ from those between rows in Excel."""
    return "".join(text.split('"')[::2])


def _delimiter(head: str, citizen: str | None) -> str:
    """The delimiter beside the name of the citizen's column, or beside that name among other words; else the
    most frequent delimiter in the first line with content, without quoted parts.
    """
    names_it: list[Callable[[str], bool]] = [partial(is_wanted, citizen=citizen)]
    for is_name in names_it if citizen else (*names_it, speaks_of_a_citizen):
        for line in head.splitlines()[:HEAD]:
            names = {each: line.split(each)[:_MOST_NAMES] for each in _DELIMITERS if each in line}
            if found := [each for each, cells in names.items() if any(map(is_name, cells))]:
                return _most_frequent(line, found)
    first = next((line for line in _outside_quotes(head).splitlines() if line.strip()), "")
    return _most_frequent(first, _DELIMITERS)


def _most_frequent(line: str, delimiters: Iterable[str]) -> str:
    best = max(delimiters, key=line.count)
    return best if best in line else ","


def _records(source: Source, encoding: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Each record with content, and the line where it ends; without the first `skipped` lines.

    A quote that is never closed is an error: it would turn all rows after it into one cell.
    """
    text = io.TextIOWrapper(source.again(), encoding, newline="")
    try:
        reader = csv.reader(chain(islice(text, skipped, None), [_END]), delimiter=delimiter)
        while True:
            first_line = skipped + reader.line_num + 1
            try:
                cells = next(reader)
            except csv.Error:
                cells = [_END, _END]
            if cells == [_END]:
                return
            if cells and cells[-1].endswith(_END):
                problem = f"line {first_line} cannot be read as CSV"
                raise InvalidList(problem, "Look for an open quote there, or a cell of enormous size.")
            if any(map(str.strip, cells)):
                yield skipped + reader.line_num, cells
    finally:
        if not text.closed:
            text.detach()  # otherwise the file is closed with it


def write(table: Table, added: tuple[str, ...], file: BinaryIO, _reader: Audience) -> _Results:
    """A writer with the delimiter and line ends of the list, always in UTF-8."""
    return _Results(table, added, file)


class _Lines:
    """Writes records with the line end of the list.

    The csv module quotes only characters of its own line end: with "\\n" as line end, a carriage return in a
    cell would begin a new row.
    """

    ASKED: Final = "\r\n"

    def __init__(self, text: io.TextIOWrapper, line_end: str) -> None:
        self._text = text
        self._line_end = line_end

    def write(self, record: str) -> int:
        return self._text.write(record.removesuffix(self.ASKED) + self._line_end)


class _Results:
    """Writes rows as CSV.

    A lone surrogate, which JSON can hold and UTF-8 cannot, becomes a question mark: an error here would lose
    known answers.
    """

    def __init__(self, table: Table, added: tuple[str, ...], file: BinaryIO) -> None:
        encoding = "utf-8-sig" if table.style.needs_bom else "utf-8"
        self._text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
        lines = _Lines(self._text, table.style.line_end)
        self._writer = csv.writer(lines, delimiter=table.style.delimiter, lineterminator=_Lines.ASKED)
        is_own = is_own_beside(added)
        self._kept = [index for index, name in enumerate(table.columns) if is_own(name)]
        self._added = added
        self._write([*(table.columns[index] for index in self._kept), *added])

    def add(self, row: ResultRow) -> None:
        own = (row.row.cells[index] for index in self._kept)
        surplus = row.row.surplus
        beyond = surplus if isinstance(surplus, tuple) else (surplus,)
        self._write(chain(own, (row.added.get(name, "") for name in self._added), beyond))

    def finish(self) -> None:
        self._text.detach()

    def _write(self, cells: Iterable[object]) -> None:
        self._writer.writerow([inert(as_text(cell)) for cell in cells])

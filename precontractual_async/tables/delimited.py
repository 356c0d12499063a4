"""CSV, as Excel and payroll software write it: ``;``, ``,`` or tab; UTF-8, UTF-16 or cp1252.

Knows how to read such text without changing a cell, and how to write it so that Excel neither loses
accents nor runs a cell as a formula. Refuses to know what the cells mean.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain
from typing import Final

from ..errors import InvalidList
from .table import ABSENT, ResultRow, Row, Style, Table

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS: Final = (";", ",", "\t")
_HEAD: Final = 65_536
"""Characters in which the header is looked for."""
_END: Final = "\0"
"""Put behind the last line: when it is not read as a record of its own, a quote was left open."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def read(data: bytes) -> Table:
    """The table in `data`.

    Rows may be shorter or longer than the header: missing cells are empty, and columns without a name are
    added for cells beyond it, so that nothing is lost. Rows without any content are left out.
    """
    text, needs_bom = _decoded(data)
    if (position := text.find("\0")) >= 0:
        line = text.count("\n", 0, position) + 1
        raise InvalidList(f"line {line} holds a NUL character", "Save it as CSV (UTF-8) and try again.")
    bare = _outside_quotes(text[:_HEAD])
    style = Style(_delimiter(bare), "\r\n" if "\r\n" in bare else "\n", needs_bom)
    records = list(_records(text, style.delimiter))
    if not records:
        raise InvalidList("the list is empty", "Check that the right file was given.")
    width = max(len(cells) for _, cells in records)
    (_, header), *body = ((line, cells + [""] * (width - len(cells))) for line, cells in records)
    return Table(tuple(header), tuple(Row(line, tuple(cells)) for line, cells in body), style)


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text, and whether Excel will need a byte-order mark to read it as UTF-8."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decode(data, encoding), True
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    return _decode(data, "cp1252"), True


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        position = error.start
    raise InvalidList(
        f"the list is not text: byte {position} fits neither UTF-8 nor Windows-1252",
        "Save it as CSV (UTF-8) and try again.",
    )


def _outside_quotes(text: str) -> str:
    """What no quotes enclose: Excel writes line ends within a cell, and other ones between rows."""
    return "".join(text.split('"')[::2])


def _delimiter(bare: str) -> str:
    """The delimiter that stands most often in the first line with content, quoted parts left out."""
    header = next((line for line in bare.splitlines() if line.strip()), "")
    best = max(_DELIMITERS, key=header.count)
    return best if header.count(best) else ","


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with content, and the line on which it ends.

    A quote that is never closed would make one cell of all the rows behind it, and nobody would ask them.
    """
    reader = csv.reader(chain(io.StringIO(text, newline=""), [_END]), delimiter=delimiter)
    while True:
        first_line = reader.line_num + 1
        try:
            cells = next(reader)
        except csv.Error:
            cells = [_END, _END]
        if cells == [_END]:
            return
        if cells and cells[-1].endswith(_END):
            problem = f"line {first_line} cannot be read as CSV"
            raise InvalidList(problem, "Look for an open quote there, or a cell of enormous size.")
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def write(table: Table, added: tuple[str, ...], rows: list[ResultRow]) -> bytes:
    """The rows with the added cells; delimiter and line ends as in the list, always UTF-8.

    Half of a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark: by now the
    answers are known, and no odd character may cost them.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.style.delimiter, lineterminator=table.style.line_end)
    kept = [index for index, name in enumerate(table.columns) if name not in added]
    writer.writerow([*(table.columns[index] for index in kept), *added])
    for each in rows:
        own = (_as_text(each.row.cells[index]) for index in kept)
        writer.writerow([*own, *(_inert(each.added.get(name, "")) for name in added)])
    return text.getvalue().encode("utf-8-sig" if table.style.needs_bom else "utf-8", errors="replace")


def _as_text(cell: object) -> str:
    if cell is None or cell is ABSENT:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _inert(cell: str) -> str:
    """A text of ours or the gateway's that a spreadsheet will not run as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

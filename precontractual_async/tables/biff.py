"""What its reader does not tell of an old XLS workbook (BIFF8): errors in cells, and rows that are hidden.

An employer's number that a formula did not find (#N/A) must not be taken for one that was left out. Knows the
records that hold such an error, and a row's. Refuses to know anything else of the format.

Source: Microsoft, [MS-XLS] 2.4.24 BoolErr, 2.4.28 BoundSheet8, 2.4.127 Formula, 2.4.221 Row, 2.5.10 BErr.
"""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

import olefile

_BOUND_SHEET: Final = 0x0085
_BOOL_ERR: Final = 0x0205
_FORMULA: Final = 0x0006
_ROW: Final = 0x0208
_BEGIN: Final = 0x0809
_END: Final = 0x000A

_IS_HIDDEN: Final = 0x20
_IS_ERROR: Final = 2
"""What a formula gave, when it is neither number, text nor truth value."""

_ERRORS: Final[Mapping[int, str]] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}

Errors = Mapping[int, Mapping[int, str]]
"""By row and then by column, both from 0."""


def errors_and_hidden(file: BinaryIO) -> list[tuple[Errors, set[int]]]:
    """The errors on each sheet of a workbook, in the workbook's order, and its hidden rows, from 0; none when
    it cannot be understood.

    What is wrong with such a file, its reader says.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(file.read())) as parts:  # which it closes
            book = parts.openstream("Workbook").read()
    except OSError:
        return []
    sheets = [struct.unpack_from("<I", data)[0] for kind, data in _records(book, 0) if kind == _BOUND_SHEET]
    return [(_errors(book, start), _hidden(book, start)) for start in sheets]


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records from a place on, up to the end of what begins there."""
    depth = 0
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
        yield kind, book[start + 4 : start + 4 + length].ljust(14, b"\0")
        start += 4 + length


def _hidden(book: bytes, start: int) -> set[int]:
    rows = (data for kind, data in _records(book, start) if kind == _ROW)
    return {int(struct.unpack_from("<H", data)[0]) for data in rows if data[12] & _IS_HIDDEN}


def _errors(book: bytes, start: int) -> Errors:
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for kind, data in _records(book, start):
        is_error = kind == _BOOL_ERR and data[7] == 1
        is_of_formula = kind == _FORMULA and data[6] == _IS_ERROR and data[12:14] == b"\xff\xff"
        if is_error or is_of_formula:
            row, column = struct.unpack_from("<HH", data)
            found[row][column] = _ERRORS.get(data[6 if is_error else 8], "#ERROR")
    return found

"""Finds what the reader misses in an old XLS workbook (BIFF8): see `workbook_xml`.

Knows the records that hold an error, a formula's result, and a row. Leaves to others: all other parts of the
format.

Source: Microsoft, [MS-XLS] 2.4.24 BoolErr, 2.4.28 BoundSheet8, 2.4.53 ColInfo, 2.4.127 Formula, 2.4.221 Row,
2.4.268 String, 2.5.10 BErr, 2.5.133 FormulaValue.
"""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

import olefile

from .cell_json import EMPTIED
from .workbook_xml import Errors, Unseen

_BOUND_SHEET: Final = 0x0085
_BOOL_ERR: Final = 0x0205
_FORMULA: Final = 0x0006
_STRING: Final = 0x0207
_ROW: Final = 0x0208
_COLUMNS: Final = 0x007D
_BEGIN: Final = 0x0809
_END: Final = 0x000A

_IS_HIDDEN: Final = 0x20
_NO_NUMBER: Final = b"\xff\xff"
"""The last bytes of a formula's result that starts with one of these kinds:"""
_IS_TEXT: Final = (0, 3)
"""A text in the next record; an empty text, which may also be that of a formula never calculated."""
_IS_ERROR: Final = 2

_ERRORS: Final[Mapping[int, str]] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def unseen_in(file: BinaryIO) -> list[Unseen]:
    """What the reader misses, for each sheet in order; empty when the file cannot be understood.

    The reader then says what is wrong with the file.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(file.read())) as parts:  # olefile closes it
            book = parts.openstream("Workbook").read()
    except OSError:
        return []
    sheets = [struct.unpack_from("<I", data)[0] for kind, data in _records(book, 0) if kind == _BOUND_SHEET]
    return [Unseen(_errors(book, start), _rows(book, start), _columns(book, start)) for start in sheets]


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records from `start` to the end of the substream that begins there."""
    depth = 0
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
        yield kind, book[start + 4 : start + 4 + length].ljust(14, b"\0")
        start += 4 + length


def _rows(book: bytes, start: int) -> set[int]:
    rows = (data for kind, data in _records(book, start) if kind == _ROW)
    return {int(struct.unpack_from("<H", data)[0]) for data in rows if data[12] & _IS_HIDDEN}


def _columns(book: bytes, start: int) -> set[int]:
    found = (data for kind, data in _records(book, start) if kind == _COLUMNS and data[8] & 1)
    return {at for data in found for at in range(data[0], data[2] + 1)}  # XLS has at most 256 columns


def _errors(book: bytes, start: int) -> Errors:
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    row = column = 0
    for kind, data in _records(book, start):
        result = data[6] if kind == _FORMULA and data[12:14] == _NO_NUMBER else None
        is_error = kind == _BOOL_ERR and data[7] == 1
        if is_error or result is not None:
            row, column = struct.unpack_from("<HH", data)
        if is_error or result == _IS_ERROR:
            found[row][column] = _ERRORS.get(data[6 if is_error else 8], "#ERROR")
        elif result in _IS_TEXT:
            found[row][column] = EMPTIED
        elif kind == _STRING and struct.unpack_from("<H", data)[0]:
            found[row].pop(column, None)
    return found

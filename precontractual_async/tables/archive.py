"""The zip archive that a workbook (XLSX, ODS) is: looked at before anybody unpacks it.

Knows how much may be in one, and that its directory may lie: what is needed is unpacked once, under a
count, into another archive that the reader gets. So nothing that a workbook carries besides its sheets,
or points to elsewhere, is ever opened. Refuses to know what the sheets say.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, Final

from ..errors import InvalidList
from ..planning import NOT_CALCULATED

DAMAGED: Final = (
    "the workbook is damaged, or protected by a password",
    "Open it and save it again, without a password.",
)
MOST_ENTRIES: Final = 10_000
MOST_UNPACKED: Final = 500 << 20
"""Bytes, of all entries together."""
_MOST_RATIO: Final = 400
"""Of unpacked to packed, once it is much: XML of a sheet is packed ten to sixty times."""
_MUCH: Final = 16 << 20

_PIECE: Final = 1 << 20

# What a reader may need: sheets, shared texts, number formats, and who is where.
_NEEDED: Final = re.compile(r"mimetype|.*\.(xml|rels|bin)", re.IGNORECASE | re.DOTALL)
_NOT_NEEDED: Final = re.compile(
    r"(^|/)(externalLinks|embeddings|media|drawings|charts|vbaProject)\b", re.IGNORECASE
)
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# The reader takes the error of a formula for an empty cell, and a formula that no program has calculated yet
# as well. As text they are seen: an employer's number that was not found (#N/A) must not be taken for one
# that was left out.
_SEEN_AS_TEXT: Final = (
    (re.compile(rb"""(<(?:\w+:)?c\s[^<>]*?\bt=)(?:"e"|'e')"""), rb'\1"str"'),
    (re.compile(rb'(<table:table-cell\s[^<>]*?)\soffice:string-value=""(?=[^<>]*"error")'), rb"\1"),
    (
        re.compile(
            rb"<((?:\w+:)?)c(\s(?:(?!\bt=)[^<>])*)>"
            rb"<\1f(?:\s[^<>]*)?(?:/>|>[^<]*</\1f>)(?:<\1v\s*/>|<\1v></\1v>)?</\1c>"
        ),
        rb'<\1c\2 t="str"><\1v>' + NOT_CALCULATED.encode() + rb"</\1v></\1c>",
    ),
)
_CELL: Final = 1 << 18
"""Bytes; no cell takes more."""


def sheets_only(file: BinaryIO, into: BinaryIO) -> None:
    """Copy what a reader needs of the archive `file`.

    Raises:
        InvalidList: it is damaged, or there is too much in it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _check_directory(archive.infolist())
            with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
                _copy(archive, copy)
    except (InvalidList, OSError):
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError):
        pass  # RuntimeError: it wants a password, or packs in a way that nobody has
    else:
        return
    raise InvalidList(*DAMAGED)


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise _too_much(f"more than {MOST_ENTRIES:,} parts")
    packed, unpacked = sum(each.compress_size for each in entries), sum(each.file_size for each in entries)
    if unpacked > MOST_UNPACKED:
        raise _too_much(f"more than {MOST_UNPACKED >> 20} MB")
    if unpacked > _MUCH and unpacked > _MOST_RATIO * packed:
        raise _too_much(f"{unpacked // max(packed, 1):,} times what it weighs")


def _too_much(what: str) -> InvalidList:
    return InvalidList(
        f"the workbook unpacks to {what}",
        "Keep the list alone in it, or save the list as CSV (UTF-8) or Parquet.",
    )


def _copy(archive: zipfile.ZipFile, copy: zipfile.ZipFile) -> None:
    left, seen = MOST_UNPACKED, set[str]()
    for entry in archive.infolist():
        if entry.filename in seen or not _is_needed(entry):
            continue
        seen.add(entry.filename)
        with archive.open(entry) as packed, copy.open(entry.filename, "w", force_zip64=True) as again:
            for piece in _whole_cells(packed):
                left -= len(piece)
                if left < 0:
                    raise _too_much(f"more than {MOST_UNPACKED >> 20} MB")
                again.write(_seen_as_text(piece))


def _is_needed(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    return entry.compress_type in _PACKED and bool(_NEEDED.fullmatch(name)) and not _NOT_NEEDED.search(name)


def _whole_cells(file: IO[bytes]) -> Iterator[bytes]:
    """The content in pieces that end with a cell or a row, unless there is none for long."""
    rest = b""
    while piece := file.read(_PIECE):
        piece = rest + piece
        end = max(piece.rfind(b"c>"), piece.rfind(b"row>")) + 1
        cut = piece.find(b">", end) + 1 if end and len(piece) - end <= _CELL else len(piece)
        rest = piece[cut:]
        yield piece[:cut]
    yield rest


def _seen_as_text(xml: bytes) -> bytes:
    for shape, text in _SEEN_AS_TEXT:
        xml = shape.sub(text, xml)
    return xml

"""Checks the zip archive of a workbook (XLSX, ODS) before a reader unpacks it, against zip bombs.

Knows how much an archive may hold, and that its directory may lie: the needed parts are unpacked once, with a
limit, into a second archive for the reader. So other contents and external links are never opened. Leaves to
others: what the sheets hold.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, Final

from ...model.errors import InvalidList
from .workbook_xml import Part, Unseen

DAMAGED: Final = (
    "the workbook is damaged, or protected by a password",
    "Open it and save it again, without a password.",
)
MOST_ENTRIES: Final = 10_000
MOST_UNPACKED: Final = 500 << 20
"""Bytes of all entries together."""
_MOST_RATIO: Final = 400
"""The highest ratio of unpacked to packed size above `_MUCH`; the XML of a sheet has ten to sixty."""
_MUCH: Final = 16 << 20

_PIECE: Final = 1 << 20

# The parts that a reader may need: sheets, shared texts, number formats, and the relationships.
_NEEDED: Final = re.compile(r"mimetype|.*\.(xml|rels)", re.IGNORECASE | re.DOTALL)
_NOT_NEEDED: Final = re.compile(
    r"(^|/)(externalLinks|embeddings|media|drawings|charts|vbaProject)\b", re.IGNORECASE
)
_BINARY: Final = re.compile(r"(^|/)workbook\.bin\Z", re.IGNORECASE)
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_BOOK, _PARTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_CELL: Final = 1 << 18
"""The most bytes of a cell."""


def sheets_only(file: BinaryIO, into: BinaryIO) -> list[Unseen]:
    """Copy what a reader needs from the archive `file`; returns what the reader misses, by sheet.

    Raises:
        InvalidList: the archive is damaged or too large.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _check_directory(archive.infolist())
            with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
                seen = _copy(archive, copy)
            return _in_order(archive, seen)
    except (InvalidList, OSError):
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError):
        pass  # RuntimeError: it needs a password, or has an unknown compression
    raise InvalidList(*DAMAGED)


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise _too_much(f"more than {MOST_ENTRIES:,} parts")
    if any(_BINARY.search(each.filename) for each in entries):  # we cannot check its formulas
        raise InvalidList("the list is a workbook in the binary format XLSB", "Open it and save it as XLSX.")
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


def _copy(archive: zipfile.ZipFile, copy: zipfile.ZipFile) -> dict[str, Part]:
    """Copy the needed parts, and look in them for what the reader misses."""
    left, seen = MOST_UNPACKED, dict[str, Part]()
    for entry in archive.infolist():
        if entry.filename in seen or not _is_needed(entry):
            continue
        part = seen[entry.filename] = Part()
        with archive.open(entry) as packed, copy.open(entry.filename, "w", force_zip64=True) as again:
            for piece in _whole_cells(packed):
                left -= len(piece)
                if left < 0:
                    raise _too_much(f"more than {MOST_UNPACKED >> 20} MB")
                again.write(part.seen_as_text(piece))
    return seen


def _in_order(archive: zipfile.ZipFile, seen: dict[str, Part]) -> list[Unseen]:
    """Sort by sheet: an ODS has all sheets in one part, an XLSX has one part for each sheet."""
    if "content.xml" in seen:
        return seen["content.xml"].sheets[1:]
    if not {_BOOK, _PARTS} <= set(seen):
        return []
    targets = dict(_attributes(archive.read(_PARTS), b"Relationship", b"Id", b"Target"))
    places = (targets.get(part, "") for _, part in _attributes(archive.read(_BOOK), b"sheet", b"name", b"id"))
    names = (place.removeprefix("/") if place.startswith("/") else f"xl/{place}" for place in places)
    return [seen.get(name, Part()).sheets[0] for name in names]


def _attributes(xml: bytes, tag: bytes, *names: bytes) -> list[tuple[str, str]]:
    """Two attributes of each element with this tag."""
    found = []
    for element in re.finditer(rb"<(?:\w+:)?" + tag + rb"\s([^<>]*)>", xml):
        values = (re.search(rb"(?:^|[\s:])" + name + rb"""=["']([^"']*)""", element[1]) for name in names)
        first, second = (value[1].decode(errors="replace") if value else "" for value in values)
        found.append((first, second))
    return found


def _is_needed(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    return entry.compress_type in _PACKED and bool(_NEEDED.fullmatch(name)) and not _NOT_NEEDED.search(name)


def _whole_cells(file: IO[bytes]) -> Iterator[bytes]:
    """The content in pieces that end after a cell or a row, if one ends within `_CELL` bytes."""
    rest = b""
    while piece := file.read(_PIECE):
        piece = rest + piece
        end = max(piece.rfind(b"c>"), piece.rfind(b"row>")) + 1
        cut = piece.find(b">", end) + 1 if end and len(piece) - end <= _CELL else len(piece)
        rest = piece[cut:]
        yield piece[:cut]
    yield rest

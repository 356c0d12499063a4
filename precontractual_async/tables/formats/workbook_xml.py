"""Finds what the reader of workbooks misses: formulas without a value, errors, and what is hidden.

For the reader, a formula with an error and a formula that was never calculated are empty cells. But an
employer's number that was not found (#N/A) is not an empty one: the wrong enterprise would ask for the
citizen. So such cells become texts before the reader sees them. Knows only this part of the XML of XLSX and
ODS. Leaves to others: what a cell means.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from ...model.planning import NOT_CALCULATED
from .cell_json import EMPTIED
from .sheets import Merged

Errors = Mapping[int, Mapping[int, str]]
"""Texts by row and then by column, both from 0."""


@frozen
class Unseen:
    """What the reader misses in one sheet."""

    errors: Errors = field(factory=dict)
    """The content of cells that are empty for the reader."""
    rows: set[int] = field(factory=set)
    """Hidden rows, from 0, by a filter or by hand."""
    columns: set[int] = field(factory=set)
    """Hidden columns, from 0."""
    spans: list[Merged] = field(factory=list)
    """The cells of each formula with several values that was never calculated."""


_ATTRIBUTES: Final = rb"""((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*)"""

# --- XLSX: a cell, its formula, and perhaps an empty value

_XLSX: Final = re.compile(
    rb"<((?:\w+:)?)c" + _ATTRIBUTES + rb">\s*<\1f" + _ATTRIBUTES + rb"(?:/>|>"
    rb"[^<]*(?:<!\[CDATA\[(?:[^\]<]|\](?!\]>)|<(?!!))*\]\]>[^<]*)*</\1f>)\s*"
    rb"(<\1v" + _ATTRIBUTES + rb"(?:/>|>\s*</\1v>))?\s*</\1c>"
)
_XLSX_ERROR: Final = re.compile(rb"""(<(?:\w+:)?c\s[^<>]*?\bt\s*=\s*)(?:"e"|'e')""")
_TYPE: Final = re.compile(rb"""\st\s*=\s*["'](\w*)["']""")
_REF: Final = re.compile(rb"""\sref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']""")


def _of_xlsx(found: re.Match[bytes], spans: list[Merged]) -> bytes:
    prefix, about, formula, value = (each or b"" for each in found.group(1, 2, 3, 4))
    if ref := _REF.search(formula):
        left, top, right, bottom = ref.groups()
        spans.append(Merged(int(top), _column(left), int(bottom), _column(right)))
    kind = _TYPE.search(about)
    text = EMPTIED if value and kind and kind[1] == b"str" else NOT_CALCULATED
    about = _TYPE.sub(b"", about)
    return b'<%bc%b t="str"><%bv>%b</%bv></%bc>' % (prefix, about, prefix, text.encode(), prefix, prefix)


def _column(letters: bytes) -> int:
    """The position of a column: ``A`` is 0, ``AA`` is 26."""
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column - 1


# --- ODS: the value of a cell is in its attributes; only a text may be its content

_ODS: Final = re.compile(
    rb"<table:table-cell"
    + _ATTRIBUTES
    + rb"(/?>)(?=(\s*<text:p[^<>/]*>(?:<text:(?:span|a)\b[^<>]*>){0,5}[^<\s])?)"
)
_ODS_TYPE: Final = re.compile(rb"""\soffice:value-type\s*=\s*["'](\w+)["']""")
_ODS_VALUE: Final = re.compile(rb"""\soffice:(?:[a-z]+-)?value\s*=\s*["'][^"']""")
_ODS_ANY_VALUE: Final = re.compile(rb"""\soffice:(?:[a-z]+-)?value(?:-type)?\s*=\s*(?:"[^"]*"|'[^']*')""")


def _of_ods(found: re.Match[bytes]) -> bytes:
    """The same cell; a cell without a value becomes a text: its own, or a replacement."""
    about, end, shown = found.groups()
    is_formula, kind = b"table:formula" in about, _ODS_TYPE.search(about)
    if not (is_formula or (shown and kind is None)) or _ODS_VALUE.search(about):
        return found[0]
    value = b' office:value-type="string"'
    if is_formula and (kind is None or kind[1] != b"string" or not shown):  # an error has a text
        text = EMPTIED if kind and kind[1] == b"string" else NOT_CALCULATED
        value += b' office:string-value="%b"' % text.encode()
    return b"<table:table-cell%b%b%b" % (_ODS_ANY_VALUE.sub(b"", about), value, end)


# --- what is hidden

_LINES: Final = re.compile(rb"<(?:\w+:)?(table|row|col|table-row|table-column)((?:\s[^<>]*)?)/?>")
"""Sheets, rows and columns of an ODS; rows and columns of an XLSX."""
_HIDDEN: Final = re.compile(rb"""\shidden=["'](?:1|true)["']""")
_COLLAPSED: Final = re.compile(rb"""visibility=["'](?:collapse|filter)["']""")
_FROM_TO: Final = re.compile(rb"""(?:^|\s)(?:r|min|max)=["']([0-9]{1,8})["']""")
_REPEATED: Final = re.compile(rb"""number-(?:rows|columns)-repeated=["']([0-9]{1,8})["']""")
_MOST_HIDDEN: Final = 1_048_576
"""The most rows of a sheet."""


class Part:
    """A part of an archive, searched piece by piece; each piece holds complete elements."""

    def __init__(self) -> None:
        self.sheets: list[Unseen] = [Unseen()]
        """An XLSX has a part for each sheet; in the one part of an ODS, its sheets follow this first item."""
        self._next = Counter[bytes]()

    def seen_as_text(self, xml: bytes) -> bytes:
        """A piece in which formulas without a value and errors are texts."""
        for found in _LINES.finditer(xml):
            self._look_at(*found.groups())
        if b"<table:table-cell" in xml:
            return _ODS.sub(_of_ods, xml)
        spans = self.sheets[-1].spans
        return _XLSX_ERROR.sub(rb'\1"str"', _XLSX.sub(lambda found: _of_xlsx(found, spans), xml))

    def _look_at(self, line: bytes, about: bytes) -> None:
        if line == b"table":
            self.sheets.append(Unseen())
            self._next.clear()
        elif line.startswith(b"table-"):
            times = _REPEATED.search(about)
            first = self._next[line]
            self._next[line] = first + (int(times[1]) if times else 1)
            if _COLLAPSED.search(about):
                self._hide(line, first, self._next[line])
        elif _HIDDEN.search(about) and (places := [int(each) for each in _FROM_TO.findall(about)]):
            self._hide(line, min(places) - 1, max(places))

    def _hide(self, line: bytes, first: int, end: int) -> None:
        if end - first <= _MOST_HIDDEN:
            sheet = self.sheets[-1]
            (sheet.rows if line.endswith(b"row") else sheet.columns).update(range(first, end))

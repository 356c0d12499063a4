"""Protects against CSV injection: text that a spreadsheet must not run, in a cell or in a column's name.

Knows what a spreadsheet takes for the start of a formula, and which of these starts are only a number, a
telephone number or a single dash. It treats all text alike, from the list or from us.
"""

from __future__ import annotations

import re
from typing import Final

# Excel in Belgium splits lines at semicolons, even in a file with commas: text after any delimiter or line
# end may become the start of a cell.
_CUTS: Final = r";,\t\r\n"
# Invisible characters count as blanks: a program that drops them finds the formula after them.
_BLANKS: Final = (
    rf"(?:(?![{_CUTS}])[\s\x00-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff])*"
)
# A number may be the end of JSON that was one cell: [1, -2].
_HARMLESS: Final = (
    rf"(?:-|[+-][0-9 .\u00a0\u202f]*[0-9](?:[eE][+-]?[0-9]+)?[\])}}]*){_BLANKS}(?:[{_CUTS}]|\Z)"
)
_STARTS: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20"
"""The last four are the first four in full width, as Chinese and Japanese programs write them."""
_PLAIN: Final = re.compile(rf"(?:\w[^{_CUTS}]*(?:[;,] \w[^{_CUTS}]*)*)?")
"""A fast check for most cells: words, numbers, dates and sentences are safe."""
_LIVE: Final = re.compile(rf"(\A(?=[\t\r\n])|(?:\A|[{_CUTS}])(?={_BLANKS}(?!{_HARMLESS})[{_STARTS}]))")


_FORCED: Final = re.compile(
    r"""\s*'?=\s*(?:"((?:[^"]|"")*)"|T\(\s*"((?:[^"]|"")*)"\s*\))\s*""", re.IGNORECASE
)


def unforced(text: str) -> str:
    """The text in a formula that is only a text: exports use it to keep leading zeros in Excel.

    >>> unforced('="07010189901"'), unforced('=T("1/12/2026")'), unforced("=1+1")
    ('07010189901', '1/12/2026', '=1+1')
    """
    found = _FORCED.fullmatch(text) if "=" in text[:3] else None
    return (found[1] or found[2] or "").replace('""', '"') if found else text


def inert(text: str) -> str:
    r"""`text` with an apostrophe before everything that a spreadsheet could run; safe text stays as it is.

    >>> [inert(text) for text in ("=1+1", " @x", "-5,00", "+32 470 12 34 56", "-", "a;=1+1", "'=1+1")]
    ["'=1+1", "' @x", '-5,00', '+32 470 12 34 56', '-', "a;'=1+1", "'=1+1"]
    """
    return text if text.isalnum() or _PLAIN.fullmatch(text) else _LIVE.sub(r"\1'", text)

"""Text that a spreadsheet must not run: in a cell, or in the name of a column.

Knows what a spreadsheet takes for the beginning of a formula, and which of these beginnings are a number, a
telephone number or a lone dash. Refuses to know whose text it is: a list's own is treated like ours.
"""

from __future__ import annotations

import re
from typing import Final

# A comma list is cut at its semicolons where Excel's own delimiter is the semicolon, as it is in Belgium:
# what stands behind any delimiter or line end may become the beginning of a cell.
_CUTS: Final = r";,\t\r\n"
# Invisible characters count as blanks: a program that drops them finds the formula behind them.
_BLANKS: Final = (
    rf"(?:(?![{_CUTS}])[\s\x00-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff])*"
)
# A number may stand at the end of JSON that was one cell: [1, -2].
_HARMLESS: Final = (
    rf"(?:-|[+-][0-9 .\u00a0\u202f]*[0-9](?:[eE][+-]?[0-9]+)?[\])}}]*){_BLANKS}(?:[{_CUTS}]|\Z)"
)
_STARTS: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20"
"""The last four are the first four in full width, as Chinese and Japanese programs write them."""
_PLAIN: Final = re.compile(rf"(?:\w[^{_CUTS}]*(?:[;,] \w[^{_CUTS}]*)*)?")
"""Most cells are words, numbers, dates and sentences, and need no closer look."""
_LIVE: Final = re.compile(rf"(\A(?=[\t\r\n])|(?:\A|[{_CUTS}])(?={_BLANKS}(?!{_HARMLESS})[{_STARTS}]))")


_FORCED: Final = re.compile(
    r"""\s*'?=\s*(?:"((?:[^"]|"")*)"|T\(\s*"((?:[^"]|"")*)"\s*\))\s*""", re.IGNORECASE
)


def unforced(text: str) -> str:
    """The text within a formula that is nothing but a text: how exports keep Excel from eating a zero.

    >>> unforced('="07010189901"'), unforced('=T("1/12/2026")'), unforced("=1+1")
    ('07010189901', '1/12/2026', '=1+1')
    """
    found = _FORCED.fullmatch(text) if "=" in text[:3] else None
    return (found[1] or found[2] or "").replace('""', '"') if found else text


def inert(text: str) -> str:
    r"""`text` with an apostrophe before whatever a spreadsheet could run; what is inert stays as it is.

    >>> [inert(text) for text in ("=1+1", " @x", "-5,00", "+32 470 12 34 56", "-", "a;=1+1", "'=1+1")]
    ["'=1+1", "' @x", '-5,00', '+32 470 12 34 56', '-', "a;'=1+1", "'=1+1"]
    """
    return text if _PLAIN.fullmatch(text) else _LIVE.sub(r"\1'", text)

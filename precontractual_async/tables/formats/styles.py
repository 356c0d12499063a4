"""The colours of a result's words in a workbook.

Knows that a colour must not add anything to the word in its cell, and that dark text on a light background
is easy to read: each pair has a contrast of at least 7 (WCAG 2.2, level AAA), which a test computes. Leaves
to others: formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen


@frozen
class Style:
    """The colours of background and text, as ``#RRGGBB``."""

    ground: str
    text: str


GOOD: Final = Style("#D9EAD3", "#14401C")
BAD: Final = Style("#F8D7DA", "#6B0F1A")
TO_DO: Final = Style("#FFF0C2", "#5A3E00")
NOT_KNOWN: Final = Style("#E7E6E6", "#333333")
LATER: Final = Style("#DCE6F5", "#1B365F")
HEADING: Final = Style("#1F3247", "#FFFFFF")
BAR: Final = "#8FB0D6"
"""The colour of the bars for hours; the number on it is black."""

STYLES: Final[Mapping[str, Style]] = {
    "ok": GOOD,
    "nok": BAD,
    "no_grant": TO_DO,
    "error_grant": NOT_KNOWN,
    "unknown": NOT_KNOWN,
    "missing": NOT_KNOWN,
    "unrecognised": NOT_KNOWN,
    "rejected": BAD,
    "refused": BAD,
    "deferred": LATER,
    "pending": TO_DO,
}
"""Styles by the word of a status or an outcome; `answered` needs none."""

"""How the words of a result look in a workbook: a table of colours.

Knows that a colour never says anything that the word in the cell does not, and that dark text on a light
ground is read by everybody: each pair has a contrast of at least 7 (WCAG 2.2, level AAA), which a test
computes. Refuses to know formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen


@frozen
class Style:
    """A ground and the text on it, as ``#RRGGBB``."""

    ground: str
    text: str


GOOD: Final = Style("#D9EAD3", "#14401C")
BAD: Final = Style("#F8D7DA", "#6B0F1A")
TO_DO: Final = Style("#FFF0C2", "#5A3E00")
NOT_KNOWN: Final = Style("#E7E6E6", "#333333")
LATER: Final = Style("#DCE6F5", "#1B365F")
HEADING: Final = Style("#1F3247", "#FFFFFF")
BAR: Final = "#8FB0D6"
"""Of the bars behind the hours: the number is read on it in black."""

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
"""By the word of a status or an outcome; `answered` says nothing yet, and has none."""

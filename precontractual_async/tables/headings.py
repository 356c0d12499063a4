"""The columns of a result as people read them in a workbook, and by which names a result's columns are known.

Knows their order for a reader, and their headings in four languages. A list may be a result that was made
before, in any of these: its old columns are left out beside the new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..words import LANGUAGES, translated
from .column_names import is_none_of

READABLE: Final[Mapping[str, str]] = {
    "start_date": "start date",
    "asked_start_date": "start date that was asked for",
    "outcome": "what became of it",
    "flexi_status": "answer: flexi-job",
    "student_status": "answer: student job",
    "reason": "why it is so",
    "move": "whose move it is",
    "next_step": "next step",
    "student_hours_remaining": "student hours left",
    "asked_at": "asked (time in Brussels)",
    "trace_id": "trace id",
    "flexi_reference": "reference: flexi-job",
    "student_reference": "reference: student job",
    "main_reference": "reference of the consultation",
}
"""What it means and whose move it is first, references last."""

BESIDE: Final = ("row here", "row in the list", "column to correct")
"""On the sheets beside the list."""
_DATE: Final = "start_date"
"""The list's own as well: it stays."""


def in_readers_order(added: Iterable[str]) -> list[str]:
    """The added columns, and whose move it is, in the order of a workbook."""
    there = set(added)
    there |= {"move"} if "outcome" in there else set()
    return [name for name in READABLE if name in there]


def is_own_beside(added: Iterable[str]) -> Callable[[str], bool]:
    """Tells whether a column is the list's own: its name is no added one's, for machines or people."""
    added = tuple(added)
    known = {*added, "move", "asked_start_date"} - {_DATE}
    english = (*(READABLE[name] for name in READABLE if name in known), *BESIDE)
    told = (translated(heading, language) for heading in english for language in LANGUAGES)
    return is_none_of((*added, *told))

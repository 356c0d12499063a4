"""The headings of a result's columns in a workbook, and the names by which old results are recognised.

Knows the order of columns for people, and headings in four languages. A list may itself be an earlier result
in any of them: its old result columns are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..words import LANGUAGES, translated
from .column_names import is_none_of

READABLE: Final[Mapping[str, str]] = {
    "start_date": "start date",
    "asked_start_date": "start date that was asked for",
    "change": "what changed",
    "status_before": "answer before",
    "status_now": "answer now",
    "known_since": "since (time in Brussels)",
    "times_asked": "times asked",
    "hours_before": "student hours before",
    "hours_now": "student hours now",
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
"""The meaning and who must act come first, references last."""

BESIDE: Final = ("row here", "row in the list", "column to correct")
"""More headings, on the sheets beside the list."""
_DATE: Final = "start_date"
"""Lists have a column with this name too: it stays."""


def in_readers_order(added: Iterable[str]) -> list[str]:
    """The added columns and the column "move", in the order of a workbook."""
    there = set(added)
    there |= {"move"} if "outcome" in there else set()
    return [name for name in READABLE if name in there]


def is_own_beside(added: Iterable[str]) -> Callable[[str], bool]:
    """A function that tells whether a column is the list's own: its name is no added name or heading."""
    added = tuple(added)
    known = {*added, "move", "asked_start_date"} - {_DATE}
    english = (*(READABLE[name] for name in READABLE if name in known), *BESIDE)
    headings = (translated(heading, language) for heading in english for language in LANGUAGES)
    return is_none_of((*added, *headings))

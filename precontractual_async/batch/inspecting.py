"""Goes through a list as a run would, without a call: for the dry run and the console.

Leaves to others: what is counted, and how it is shown.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Final

from attrs import evolve

from ..journal.port import Lookup
from ..model.identifiers import Ssin
from ..model.questions import Candidate
from ..tables.questions import Questions
from .decisions import decisions
from .inspection import Inspection
from .intake import Intake

_NO_CITIZEN: Final = Ssin.parse("00000000097")
"""A number with correct check digits that belongs to nobody."""

_HEARD_EVERY: Final = 500
"""Rows after which signals and other tasks get a turn."""


async def inspect(
    questions: Questions, intake: Intake, journal: Lookup, inspection: Inspection, today: date
) -> None:
    """Count into `inspection` what a run would do with each row; a value without a column counts as right."""
    questions = evolve(questions, otherwise=Candidate(_NO_CITIZEN, today))
    async for decision in decisions(questions, intake, journal):
        inspection.add(decision)
        if inspection.rows % _HEARD_EVERY == 0:
            await asyncio.sleep(0)

"""A list gone through without a call, as a run would go through it: for the dry run and the console.

Refuses to know what is counted and how it is told.
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
"""Right by its check digits, and nobody's."""

_HEARD_EVERY: Final = 500
"""Rows after which a signal, or another page, is heard."""


async def inspect(
    questions: Questions, intake: Intake, journal: Lookup, inspection: Inspection, today: date
) -> None:
    """Count into `inspection` what a run would do with each row; what no column tells counts as right."""
    questions = evolve(questions, otherwise=Candidate(_NO_CITIZEN, today))
    async for decision in decisions(questions, intake, journal):
        inspection.add(decision)
        if inspection.rows % _HEARD_EVERY == 0:
            await asyncio.sleep(0)

"""Downloads: the result as the command writes it, and the report; each is made when it is requested.

Knows which file names are safe for a download. Leaves to others: HTTP.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from ..batch.backend import VerificationBackend
from ..batch.decisions import decisions
from ..batch.intake import intake_of
from ..batch.list_screening import Screening
from ..journal.port import Journal
from ..journal.runs import Run
from ..model.dates import day_in_brussels
from ..model.privacy import masked
from ..report.fold import Fold
from ..report.page import page
from ..tables import Audience, results_into
from .runs import ListRun

KINDS: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "html": "text/html; charset=utf-8",
}
"""The kinds of download, and the content type of each."""

_UNWANTED: Final = re.compile(r"[^\w. -]+")
_LONGEST: Final = 60
"""The most characters that a result's name takes from the name of its list."""


def name_of(given: str, kind: str) -> str:
    """The name of a download: the list's name without characters that a system takes for a path or a command.

    >>> name_of("../../etc/päss;wd.csv", "xlsx")
    'päss wd results.xlsx'
    >>> name_of("90010100123.csv", "csv")
    'results.csv'
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    stem = masked(last.rpartition(".")[0] or last)
    words = _UNWANTED.sub(" ", stem).split()
    told = " ".join(words)[:_LONGEST].strip(". ")
    what = "report" if kind == "html" else "results"
    return f"{told} {what}.{kind}".strip()


async def written(
    run: ListRun, screening: Screening, kind: str, client: VerificationBackend, language: str
) -> bytes:
    """The result of a run, as `screen` writes it.

    A workbook is for people, in their language; other formats are for machines, and do not depend on it.

    Raises:
        InvalidList: the list does not fit into this format.
    """
    questions = (await run.read_anew()).questions
    told = language if kind == "xlsx" else "en"
    file = io.BytesIO()
    reader = Audience(told, questions.columns, day_in_brussels(client.now()))
    results = results_into(file, questions.table, questions.added, kind, reader)
    await screening.again(questions, told).write(client, results)
    return file.getvalue()


async def report(
    run: ListRun,
    screening: Screening,
    client: VerificationBackend,
    journal: Journal,
    language: str,
    *,
    show_citizens: bool,
) -> bytes:
    """The report for the office, about the questions of this list alone."""
    questions = (await run.read_anew()).questions
    now = client.now()
    fold, seen = Fold(day_in_brussels(now), language), set()
    intake = intake_of(client, screening.due, began=run.began or now, check_window=True)
    async for decision in decisions(questions, intake, journal):
        if decision.entry is not None and decision.query not in seen:
            seen.add(decision.query)
            fold.add([decision.entry])
    runs: Sequence[Run] = ()
    return "".join(page(fold, runs, made_at=now, show_citizens=show_citizens)).encode()

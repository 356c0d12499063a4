"""A given list: the choices made about it, how it is understood, and what a run would do with it.

Knows that the file is held in memory only, and read anew for each use, so that a run, a page and a download
do not disturb each other. Leaves to others: HTTP and HTML.
"""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from attrs import define, evolve, field, frozen

from ..batch.backend import VerificationBackend
from ..batch.inspecting import inspect
from ..batch.inspection import Inspection
from ..batch.intake import intake_of
from ..batch.outlook import Outlook
from ..journal.port import Lookup
from ..journal.recheck import RecheckPolicy
from ..model.dates import day_in_brussels
from ..model.errors import InvalidIdentifier, InvalidList
from ..model.identifiers import EnterpriseNumber, Ssin
from ..model.privacy import masked
from ..report.view import written
from ..settings.settings import KnownSettings
from ..tables import Source, format_of, sheets_of
from ..tables.cells import as_text
from ..tables.columns import ROLES
from ..tables.questions import Questions
from ..tables.table import Row
from ..tables.understanding import Understood, understand

MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest size of a file, which is held in memory."""
_FIRST: Final = 5
"""Rows that are shown before anything is asked."""
_LONGEST: Final = 100
"""The most characters of a text of the list on a page."""
_OWN_COLUMNS: Final = 3
"""Columns of the list, beside the citizen's number, by which a person recognizes a row."""


@frozen
class Choices:
    """The choices that a person made about a list."""

    sheet: str | None = None
    columns: Mapping[str, str] = field(factory=dict)
    """Names of columns by role."""
    start_dates: tuple[str, ...] = ()
    type_of_worker: str | None = None


@frozen
class GivenList:
    """A file with its original name and the choices made about it."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)
    kind: str
    choices: Choices = field(factory=Choices, repr=False)

    @classmethod
    def named(cls, name: str, data: bytes) -> GivenList:
        """The list in a file.

        Raises:
            InvalidList: the name of the file shows no known format.
        """
        return cls(name, data, format_of(name))

    def chosen(self, choices: Choices) -> GivenList:
        """The same list with other choices."""
        return evolve(self, choices=choices)

    def source(self) -> Source:
        """A new reader of the file, for one use."""
        return Source(io.BytesIO(self.data))

    async def understood(self) -> Understood:
        """How the list is understood; works in a thread, since a large list takes long.

        Raises:
            InvalidList: no part of the list can be understood.
        """
        return await asyncio.to_thread(self._understand)

    def _understand(self) -> Understood:
        chosen = self.choices
        return understand(
            self.source(),
            self.kind,
            chosen.columns,
            sheet=chosen.sheet,
            start_dates=chosen.start_dates,
            type_of_worker=chosen.type_of_worker,
        )

    async def sheets(self) -> tuple[str, ...]:
        """The names of its sheets, if it has sheets that can be read."""
        with suppress(InvalidList):
            return await asyncio.to_thread(sheets_of, self.source(), self.kind)
        return ()


@define
class Look:
    """What is known about a list before anything is asked."""

    sheets: tuple[str, ...]
    problem: InvalidList | None = None
    """Why no part of the list can be understood."""
    outlook: Outlook | None = None
    columns: tuple[str, ...] = ()
    chosen: Mapping[str, int] = field(factory=dict)
    """The position of the chosen column, by role."""
    first: Sequence[Sequence[str]] = ()
    """The cells of the first rows, masked for display."""

    @property
    def can_start(self) -> bool:
        return self.outlook is not None and not self.outlook.problems


async def look_at(given: GivenList, client: VerificationBackend, journal: Lookup) -> Look:
    """What a run would do with the list, without a call."""
    sheets = await given.sheets()
    try:
        understood = await given.understood()
    except InvalidList as error:
        return Look(sheets, InvalidList(error.diagnosis, error.next_step))  # the old traceback holds a row
    questions, settings = understood.questions, client.settings
    inspection = Inspection(secrets.token_bytes(16))
    intake = intake_of(client, RecheckPolicy(), began=client.now(), check_window=True)
    await inspect(questions, intake, journal, inspection, day_in_brussels(client.now()))
    known = KnownSettings(caller=settings.caller, rate=settings.rate)
    positions = {role: at for role in ROLES if (at := getattr(questions.columns, role)) is not None}
    return Look(
        sheets,
        outlook=Outlook(understood, inspection, known, understood.problems, questions.remarks),
        columns=questions.table.columns,
        chosen=positions,
        first=[_shown(row, questions) for row in islice(questions.table.rows(), _FIRST)],
    )


def _shown(row: Row, questions: Questions) -> list[str]:
    """The cells of a row, with the citizen's number masked; start dates and employers are to be read."""
    columns = questions.columns
    told = [own_in_words(as_text(cell)) for cell in row.cells]
    if columns.citizen is not None:
        told[columns.citizen] = citizen_in_words(row.cells[columns.citizen])
    if columns.start_date is not None:
        told[columns.start_date] = _day_in_words(row.cells[columns.start_date])
    if columns.represented_enterprise_number is not None:
        told[columns.represented_enterprise_number] = _employer_in_words(
            row.cells[columns.represented_enterprise_number]
        )
    return told


def _day_in_words(cell: object) -> str:
    return own_in_words(masked(as_text(cell), keeps_days=True), in_full=True)


def _employer_in_words(cell: object) -> str:
    try:
        return EnterpriseNumber.parse(cell).written
    except InvalidIdentifier:
        return own_in_words(as_text(cell))


def citizen_in_words(cell: object, *, in_full: bool = False) -> str:
    """A citizen's number, masked but for its last two digits, or in full; other text as the list has it."""
    try:
        citizen = Ssin.parse(cell)
    except InvalidIdentifier:
        return own_in_words(as_text(cell), in_full=in_full)
    return written(citizen) if in_full else citizen.masked


def own_in_words(text: str, *, in_full: bool = False) -> str:
    """A text of the list as a page shows it: numbers are masked, and what is too long is cut."""
    text = text if in_full else masked(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def own_cells(row: Row, questions: Questions) -> str:
    """The first cells that no question uses: a person recognizes the row by them."""
    used = {getattr(questions.columns, role) for role in ROLES}
    own = (as_text(cell).strip() for at, cell in enumerate(row.cells) if at not in used)
    return ", ".join(islice(filter(None, own), _OWN_COLUMNS))


def citizen_of(row: Row, questions: Questions) -> object:
    """The cell with the citizen's number, as the list has it."""
    at = questions.columns.citizen
    return "" if at is None else row.cells[at]

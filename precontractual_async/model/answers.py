"""The gateway's answer: a status for each kind of work, its texts, and what each of them means.

Knows who has to act on each status, and why (manual §3.2.1.2 and §3.3.1-6, one table row for each). Leaves to
others: JSON and HTTP. References contain the SSIN and the gateway's texts may quote it, so no repr shows
either of them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Final

from attrs import Factory, evolve, field, frozen

from ..words import LANGUAGES
from .dates import day_in_brussels, midnight
from .errors import Move


class Status(enum.Enum):
    """The status of one block. Only `OK` and `NOK` are conclusive; the others never mean "no"."""

    if not TYPE_CHECKING:  # needed many times for a row, and that of `Enum` takes three times as long
        __hash__ = object.__hash__

    OK = "ok"
    NOK = "nok"
    UNKNOWN = "unknown"
    NO_GRANT = "no_grant"
    ERROR_GRANT = "error_grant"
    MISSING = "missing"
    """The block was asked for and did not come."""
    UNRECOGNISED = "unrecognised"
    """The gateway said something that the contract does not know; `Block.allowed` keeps it."""
    NOT_REQUESTED = "not_requested"
    """The block was not asked for, and did not come."""

    @property
    def is_conclusive(self) -> bool:
        return self is Status.OK or self is Status.NOK


MOST_HOURS: Final = 9999

_TAG: Final = re.compile(r"<[^<>]*>")


@frozen
class Labels:
    """One text of the gateway in up to four languages, as HTML.

    >>> labels = Labels({"nl": "<i>Vijftig uur &amp; meer</i>", "fr": "<i>Cinquante heures</i>"})
    >>> labels.raw("nl")
    '<i>Vijftig uur &amp; meer</i>'
    >>> labels.plain("de")        # no German: the first of nl, fr, de, en that is there
    'Vijftig uur & meer'
    """

    texts: Mapping[str, str] = field(repr=False, factory=dict, hash=False)

    def raw(self, language: str) -> str:
        """The text with its HTML, in `language`, else in the first language that has a text; "" for no text.

        The gateway wrote this HTML: escape or sanitise it before you show it in a page.
        """
        for known in (language, *LANGUAGES):
            if self.texts.get(known):
                return self.texts[known]
        return ""

    def plain(self, language: str) -> str:
        """The text without tags and entities, with single blanks. For people to read: no HTML sanitiser."""
        return plain(self.raw(language))


def plain(html: str) -> str:
    """The words of a text that may be HTML: see `Labels.plain`."""
    words = _TAG.sub("", html)
    with suppress(ValueError):  # an entity with thousands of digits
        words = unescape(words)
    return " ".join(words.split())


@frozen
class Description:
    """The gateway's texts about a block: the cause of its status, or a disclaimer."""

    types: tuple[str, ...] = ()
    """``disclaimer`` or ``error``."""
    cause: str | None = None
    """The raw cause, such as ``errorStudentRequirements``."""
    labels: Labels = Factory(Labels)


@frozen
class _Meaning:
    """One row of the table below: who has to act, why, and what to do."""

    move: Move
    reason: str
    next_step: str
    is_final: bool = False
    is_for_the_year: bool = False


_LATER = "Ask again later."
MANDATE: Final = "Have the citizen give (or confirm) the mandate, then ask again."
NEW_DATE: Final = "The start date has passed: choose a new one, and ask for that."
"""The next step once the start date has passed: the same question cannot be asked any more."""

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""A question asked so soon after midnight may have been answered for the day before."""

# Manual §3.3.1-§3.3.6. Causes are compared without letter case: the manual writes them in several ways.
_BY_CAUSE: Final[Mapping[str, _Meaning]] = {
    "errorflexijobprecontractual": _Meaning(
        Move.LATER, "the pension register cannot be consulted for now", _LATER
    ),
    "errorstudentjobprecontractual": _Meaning(
        Move.LATER, "the student data cannot be fetched for now", _LATER
    ),
    "errorstudentrequirements": _Meaning(
        Move.NOBODY,
        "older than 30 when asked",
        "Final: the gateway says nothing about a student job above 30.",
        is_final=True,
    ),
    "erroryoungrequirements": _Meaning(
        Move.NOBODY,
        "turns less than 15 this calendar year",
        "Final for this calendar year; for a start date in the next one, ask again from 1 January.",
        is_final=True,
        is_for_the_year=True,
    ),
}

_BY_STATUS: Final[Mapping[Status, _Meaning]] = {
    Status.OK: _Meaning(
        Move.EMPLOYER,
        "conditions met",
        "Decide; sector, function and other conditions of the employer are not checked.",
        is_final=True,
    ),
    Status.NOK: _Meaning(Move.NOBODY, "conditions not met", "Final for this start date.", is_final=True),
    Status.UNKNOWN: _Meaning(Move.LATER, "the gateway does not know for now", _LATER),
    Status.NO_GRANT: _Meaning(
        Move.CITIZEN,
        "no active citizen mandate: none was found, it is still pending, or it was refused",
        MANDATE,
    ),
    Status.ERROR_GRANT: _Meaning(Move.LATER, "the citizen mandate could not be fetched", _LATER),
    Status.MISSING: _Meaning(Move.LATER, "the gateway left this part out", _LATER),
    Status.UNRECOGNISED: _Meaning(
        Move.OPERATOR,
        "the gateway said something that this version does not know",
        "Read the gateway's own text; update precontractual-async or report it.",
    ),
    Status.NOT_REQUESTED: _Meaning(Move.NOBODY, "", "", is_final=True),
}

# What the gateway does not check of a student, and what 0 hours mean (manual §3.1).
_STUDENT: Final = (
    "Decide; that there is a student contract, that the work lies outside school hours, and that the "
    "student is 15 and has ended the first grade of secondary school is not checked."
)
_OF_A_STUDENT: Final[Mapping[tuple[Status, bool], _Meaning]] = {
    (Status.OK, False): evolve(_BY_STATUS[Status.OK], next_step=_STUDENT),
    (Status.OK, True): evolve(
        _BY_STATUS[Status.OK],
        reason="conditions met, but no hours are left: the limit is reached",
        next_step=_STUDENT,
    ),
    (Status.NOK, True): evolve(
        _BY_STATUS[Status.NOK], reason="conditions not met: no hours are left, the limit is reached"
    ),
}
"""By status, and whether no hours are left."""


@frozen
class Block:
    """What the gateway says about one kind of work."""

    status: Status
    allowed: tuple[str, ...] = field(default=(), repr=False)
    """The raw value or values of ``allowed``."""
    reference: str | None = field(default=None, repr=False)
    """The employer's proof of this consultation. Contains the SSIN: personal data."""
    descriptions: tuple[Description, ...] = field(default=(), repr=False)
    remarks: tuple[str, ...] = ()
    """What was unexpected in this block, in our words."""

    @property
    def is_conclusive(self) -> bool:
        """True for `ok` and `nok` only."""
        return self.status.is_conclusive

    @property
    def may_start(self) -> bool:
        """Whether the citizen meets the conditions, and a student has hours left (manual §3.1)."""
        return self.status is Status.OK

    @property
    def cause(self) -> str | None:
        """The first cause among the descriptions, raw."""
        return next((d.cause for d in self.descriptions if d.cause), None)

    @property
    def whose_move(self) -> Move:
        """Who can act on this block, or decide on it."""
        return self._meaning.move

    @property
    def reason(self) -> str:
        """What the status means, in plain English."""
        return self._meaning.reason

    @property
    def next_step(self) -> str:
        """What to do about it, in plain English."""
        return self._meaning.next_step

    @property
    def is_explained(self) -> bool:
        """Whether the contract lists this status with this cause; `unknown` always has a cause there."""
        cause = (self.cause or "").casefold()
        is_known = cause in _BY_CAUSE or (not cause and self.status is not Status.UNKNOWN)
        return is_known and self.status is not Status.UNRECOGNISED

    @property
    def is_final(self) -> bool:
        """True when the same question, asked again this calendar year, is expected to get the same status."""
        return self._meaning.is_final

    def renewed_at(self, asked_at: datetime) -> datetime | None:
        """When time alone may change the status given at `asked_at`; None: never, or at an unknown time.

        A status that is final for one calendar year (manual §3.3.4) may change on 1 January, in Brussels.
        """
        if not self._meaning.is_for_the_year:
            return None
        asked_on = day_in_brussels(asked_at - _CLOCKS_DIFFER)
        return midnight(date(asked_on.year + 1, 1, 1))

    def move_for(self, start_date: date, asked_at: datetime, today: date | None = None) -> Move:
        """`whose_move`, for a question about `start_date` that was answered at `asked_at`.

        A block that waits for the citizen, or for later, becomes the employer's move when `start_date` lies
        before `today`: then only a new date can be asked.
        """
        renewed = self.renewed_at(asked_at)
        move = Move.LATER if renewed is not None and renewed.date() <= start_date else self.whose_move
        has_passed = today is not None and start_date < today
        return Move.EMPLOYER if has_passed and move in (Move.CITIZEN, Move.LATER) else move

    def next_step_for(self, start_date: date, asked_at: datetime, today: date | None = None) -> str:
        """`next_step`, after the same rule as `move_for`."""
        if self.is_conclusive:
            return self.next_step
        move = self.move_for(start_date, asked_at, today)
        return NEW_DATE if move is Move.EMPLOYER is not self.whose_move else self.next_step

    @property
    def _meaning(self) -> _Meaning:
        by_status = _BY_STATUS[self.status]
        if self.status is not Status.UNKNOWN or not self.cause:
            return by_status
        return _BY_CAUSE.get(self.cause.casefold(), by_status)


@frozen
class FlexiJob(Block):
    """Whether the citizen meets the conditions of a flexi-job (manual §3.1)."""


@frozen
class StudentJob(Block):
    """Whether, and for how many hours, the citizen can work as a student (manual §3.1)."""

    hours_remaining: int | None = None
    """Hours not yet reserved, at the moment of asking; 0: the limit is reached; None: not given."""

    @property
    def may_start(self) -> bool:
        return self.status is Status.OK and self.hours_remaining != 0

    @property
    def plausible_hours(self) -> int | None:
        """`hours_remaining`, if it can be hours: version 0.1.0 kept any number, which may be an SSIN."""
        hours = self.hours_remaining
        return hours if hours is not None and 0 <= hours <= MOST_HOURS else None

    @property
    def _meaning(self) -> _Meaning:
        return _OF_A_STUDENT.get((self.status, self.hours_remaining == 0)) or super()._meaning


@frozen
class Answer:
    """The gateway's answer to one query. The blocks are independent: one can be `ok` and the other not."""

    flexi_job: FlexiJob
    student_job: StudentJob
    main_reference: str | None = field(repr=False)
    """The gateway's reference of the call. Contains the SSIN: personal data."""
    asked_at: datetime
    """When the answer came; an aware datetime in UTC."""
    trace_id: str
    """What to quote to the gateway's helpdesk."""

    @property
    def blocks(self) -> tuple[FlexiJob, StudentJob]:
        return self.flexi_job, self.student_job

"""The nouns: who asks, what is asked, what was answered, and what became of it.

Knows what each answer means and whose move it is (manual §3.2.1.2 and §3.3, one row of a table each).
Refuses to know JSON, HTTP, files and clocks. References embed the SSIN, so no repr shows them; the
gateway's own texts may quote it, so no repr shows those either.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Final, Self

from attrs import Factory, field, frozen

from .errors import Fault, Move
from .identifiers import EnterpriseNumber, Ssin

# --- who asks, and what -----------------------------------------------------------------------------


@frozen
class Caller:
    """Who asks. Made by one of three constructors, one for each way into the API (manual §2).

    >>> me = EnterpriseNumber.parse("0880.820.673")
    >>> Caller.enterprise(me).represented_enterprise_number is None
    True
    """

    enterprise_number: EnterpriseNumber
    """The number in the bearer token: the employer itself, or the mandatary."""
    represented_enterprise_number: EnterpriseNumber | None = None
    """The employer a mandatary asks for."""
    mandatary_ssin: Ssin | None = None
    """The person at the web portal; not applicable through the gateway, where it is never sent."""

    @classmethod
    def enterprise(cls, number: EnterpriseNumber) -> Self:
        """An employer that asks for itself."""
        return cls(number)

    @classmethod
    def mandatary(cls, number: EnterpriseNumber, represented: EnterpriseNumber) -> Self:
        """A mandatary (social secretariat, payroll office, temp agency) that asks for an employer."""
        return cls(number, represented)

    @classmethod
    def portal(
        cls, number: EnterpriseNumber, person: Ssin, represented: EnterpriseNumber | None = None
    ) -> Self:
        """The web-portal channel: the only one that names the person who asks."""
        return cls(number, represented, person)


class TypeOfWorker(enum.Enum):
    """Which block is asked for (manual §3.2.1.1)."""

    FLEXI_JOB = "flexiJob"
    STUDENT_JOB = "studentJob"
    ALL = "all"


@frozen
class Candidate:
    """One raw question, as a list or a caller gives it: nothing is checked yet."""

    citizen: object = field(repr=False)
    """The citizen's SSIN in any writing that `Ssin.parse` reads."""
    start_date: object
    """The planned first day of work, in any writing that `read_start_date` reads."""
    represented_enterprise_number: object = None
    """The employer that a mandatary asks for, when the rows of a list differ in it."""
    type_of_worker: object = None
    """``flexiJob``, ``studentJob``, ``all`` or nothing (all)."""
    row: Hashable = None
    """Whatever tells this question from the others; it comes back on the outcome."""


@frozen
class Query:
    """One question to the gateway. What the planner makes; by then every part is good."""

    citizen: Ssin
    start_date: date
    caller: Caller
    type_of_worker: TypeOfWorker = TypeOfWorker.ALL


# --- what was answered ------------------------------------------------------------------------------


class Status(enum.Enum):
    """What one block says. Only `OK` and `NOK` are conclusive; the others never mean "no"."""

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


class _PlainText(HTMLParser):
    """Collects the text between the tags. Only for people to read: it is not an HTML sanitiser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


LANGUAGES: Final = ("nl", "fr", "de", "en")


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
        """The text with its HTML, in `language` or else in the first language there is; "" for none.

        It is the gateway's HTML: escape or sanitise it before it is shown in a page.
        """
        for known in (language, *LANGUAGES):
            if self.texts.get(known):
                return self.texts[known]
        return ""

    def plain(self, language: str) -> str:
        """The same without tags and entities, blanks folded."""
        parser = _PlainText()
        parser.feed(self.raw(language))
        parser.close()
        return " ".join("".join(parser.pieces).split())


@frozen
class Description:
    """Why, or under which reservation: the gateway's texts beside a block."""

    types: tuple[str, ...] = ()
    """``disclaimer`` or ``error``."""
    cause: str | None = None
    """The raw cause, such as ``errorStudentRequirements``."""
    labels: Labels = Factory(Labels)


@frozen
class _Meaning:
    """One row of the table below: whose move it is, why, and what to do."""

    move: Move
    reason: str
    next_step: str
    is_final: bool = False


_LATER = "Ask again later."

# Manual §3.3.1-§3.3.6. Causes are compared without regard to case: the manual writes them in several.
_BY_CAUSE: Final[Mapping[str, _Meaning]] = {
    "errorflexijobprecontractual": _Meaning(
        Move.LATER, "the pension register cannot be consulted for now", _LATER
    ),
    "errorstudentjobprecontractual": _Meaning(
        Move.LATER, "the student data cannot be fetched for now", _LATER
    ),
    "errorstudentrequirements": _Meaning(
        Move.NOBODY, "older than 30 when asked", "Final: no student job.", is_final=True
    ),
    "erroryoungrequirements": _Meaning(
        Move.NOBODY, "turns less than 15 this calendar year", "Final for this year.", is_final=True
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
        "no active citizen mandate",
        "Have the citizen give (or confirm) the mandate, then ask again.",
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


@frozen
class Block:
    """What the gateway says about one kind of work."""

    status: Status
    allowed: tuple[str, ...] = ()
    """The raw value or values of ``allowed``."""
    reference: str | None = field(default=None, repr=False)
    """The employer's proof of this consultation. Embeds the SSIN: personal data."""
    descriptions: tuple[Description, ...] = field(default=(), repr=False)
    remarks: tuple[str, ...] = ()
    """What was odd about this block, in our words."""

    @property
    def is_conclusive(self) -> bool:
        """True for `ok` and `nok` only."""
        return self.status.is_conclusive

    @property
    def cause(self) -> str | None:
        """The first cause among the descriptions, raw."""
        return next((d.cause for d in self.descriptions if d.cause), None)

    @property
    def whose_move(self) -> Move:
        """Who can do something about it, or decide on it."""
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
    def is_final(self) -> bool:
        """True when asking the same again is not expected to change it."""
        return self._meaning.is_final

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
    """Free hours that nobody reserved, at the moment of asking; 0: the limit is reached; None: not said."""


@frozen
class Answer:
    """The gateway's answer to one query. Each block stands for itself: one can be `ok`, the other not."""

    flexi_job: FlexiJob
    student_job: StudentJob
    main_reference: str | None = field(repr=False)
    """The gateway's reference of the call. Embeds the SSIN: personal data."""
    asked_at: datetime
    """When the answer came, aware, UTC."""
    trace_id: str
    """What to quote to the gateway's helpdesk."""

    @property
    def blocks(self) -> tuple[FlexiJob, StudentJob]:
        return self.flexi_job, self.student_job


@frozen
class Issue:
    """One complaint of a problem, about one parameter."""

    name: str | None = None
    detail: str = field(default="", repr=False)
    where: str | None = None
    """``query``, ``header`` or ``body`` (belgif: ``in``)."""
    value: object = field(default=None, repr=False, hash=False)


@frozen
class Problem:
    """A belgif problem (RFC 9457), or what could be read of an error that is none."""

    status: int
    type: str = ""
    title: str = ""
    detail: str = field(default="", repr=False)
    instance: str | None = None
    issues: tuple[Issue, ...] = ()
    replaced_by: Ssin | None = None
    """The SSIN that replaces the one asked for (CBSS): shown, never followed."""
    retry_after: float | None = None
    """Seconds, as the body says (``retryAfterSec``)."""
    trace_id: str | None = None

    @property
    def summary(self) -> str:
        """What it says, from the names of our own parameters only: safe for a log."""
        about = ", ".join(issue.name for issue in self.issues if issue.name in PARAMETERS)
        return f"the gateway answered {self.status}" + (f" about {about}" if about else "")


PARAMETERS: Final = frozenset(
    {
        "mandataryEnterpriseNumber",
        "citizen",
        "startDate",
        "representedEnterpriseNumber",
        "typeOfWorker",
        "mandatarySsin",
    }
)
"""The query parameters of the API (manual §3.2.1.1)."""


# --- what became of it ------------------------------------------------------------------------------


@frozen
class Answered:
    """The gateway answered."""

    query: Query
    answer: Answer
    row: Hashable = None


@frozen
class Rejected:
    """The gateway said 400 about this query; asking the same again is useless."""

    query: Query
    problem: Problem
    row: Hashable = None


@frozen
class Refused:
    """We did not ask: `violations` says everything that is wrong."""

    candidate: Candidate
    violations: tuple[str, ...]
    row: Hashable = None


@frozen
class Deferred:
    """We did not ask yet: the start date can be asked from `opens_on` (Brussels)."""

    query: Query
    opens_on: date
    row: Hashable = None


@frozen
class Pending:
    """Not answered yet: an outage, retries spent, or the run stopped. Never a "no"."""

    query: Query
    fault: Fault
    row: Hashable = None


Outcome = Answered | Rejected | Refused | Deferred | Pending
"""What becomes of a question: a closed union, to be taken apart with `match`."""

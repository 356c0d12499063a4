"""The nouns: who asks, what is asked, and what became of it.

Knows the parts of a question (manual §3.2.1.1) and the five things that can become of it. Refuses to know
JSON, HTTP, files and clocks. What the gateway says of its complaints may quote a number: no repr shows it.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Final, Self

from attrs import evolve, field, frozen

from ..words import translated
from .answers import MANDATE, NEW_DATE, Answer, Block, Status
from .errors import Fault
from .identifiers import EnterpriseNumber, Ssin
from .problems import CORRECT, Problem, quoted

# --- who asks, and what -----------------------------------------------------------------------------


@frozen(cache_hash=True)
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
        return cls(number).asking_for(represented)

    @classmethod
    def portal(
        cls, number: EnterpriseNumber, person: Ssin, represented: EnterpriseNumber | None = None
    ) -> Self:
        """The web-portal channel: the only one that names the person who asks."""
        caller = cls(number, mandatary_ssin=person)
        return caller if represented is None else caller.asking_for(represented)

    def asking_for(self, represented: EnterpriseNumber) -> Self:
        """The same asker for this enterprise, instead of the one it asked for.

        Its own number means itself: only another enterprise is represented (manual §3.2.1.1).
        """
        is_another = represented != self.enterprise_number
        return evolve(self, represented_enterprise_number=represented if is_another else None)


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
    start_date: object = field(repr=False)  # with columns mixed up, the number stands here
    """The planned first day of work, in any writing that `read_start_date` reads."""
    represented_enterprise_number: object = field(default=None, repr=False)
    """The employer that a mandatary asks for, when the rows of a list differ in it."""
    type_of_worker: object = field(default=None, repr=False)
    """``flexiJob``, ``studentJob``, ``all`` or nothing (all)."""
    row: Hashable = None
    """Whatever tells this question from the others; it comes back on the outcome."""


@frozen(cache_hash=True)  # it is looked up by itself several times
class Query:
    """One question to the gateway. What the planner makes; by then every part is good."""

    citizen: Ssin
    start_date: date
    caller: Caller
    type_of_worker: TypeOfWorker = TypeOfWorker.ALL

    @property
    def content(self) -> bytes:
        """Everything that makes it a different question. Personal data: to be hashed, with a key."""
        represented, person = self.caller.represented_enterprise_number, self.caller.mandatary_ssin
        parts = (
            self.citizen.digits,
            self.start_date.isoformat(),
            self.caller.enterprise_number.digits,
            represented.digits if represented else "",
            person.digits if person else "",
            self.type_of_worker.value,
        )
        return "|".join(parts).encode()


# --- what became of it ------------------------------------------------------------------------------


NO_VALUE: Final = "a formula without a value (not calculated, or empty)"
"""How the violation ends of a cell that a workbook keeps no value of."""
_CALCULATE: Final = "Open the workbook in Excel, save it and ask again; or write the value itself."
_AND: Final = "; "
"""Between reasons. In the catalogue like a sentence: French has a blank before it too."""


@frozen
class Explanation:
    """An outcome in plain sentences, for the people who read a result."""

    reason: str
    next_step: str


class _Explained:
    """What can be told of every outcome in the same way."""

    __slots__ = ()

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        """Why it is so, and what to do, in one of ``nl``, ``fr``, ``de``, ``en``.

        `today`: the day in Brussels. With it nothing is proposed that can no longer be done, as asking again.

        >>> Refused(Candidate("", "1/12/2026"), ("SSIN: empty",)).explain("fr").reason
        'NISS : vide'
        """
        del today  # what says the same on every day
        say = partial(translated, language=language)
        reasons, steps = (map(say, dict.fromkeys(part)) for part in zip(*self._said(), strict=True))
        return Explanation(say(_AND).join(reasons), " ".join(steps))

    @property
    def reason(self) -> str:
        """Why it is so, in plain English."""
        return self.explain().reason

    @property
    def next_step(self) -> str:
        """What to do about it, in plain English."""
        return self.explain().next_step

    def _said(self) -> Iterable[tuple[str, str]]:
        """Each reason with its step, in English."""
        raise NotImplementedError


@frozen
class Answered(_Explained):
    """The gateway answered."""

    query: Query
    answer: Answer
    row: Hashable = None

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        say = partial(translated, language=language)
        blocks = {"flexi": self.answer.flexi_job, "student": self.answer.student_job}
        told = {
            name: self.explain_block(block, language, today)
            for name, block in blocks.items()
            if block.status is not Status.NOT_REQUESTED
        }
        reason = say(_AND).join(f"{say(f'{name}:')} {each.reason}" for name, each in told.items())
        if len({each.next_step for each in told.values()}) == 1:  # both ask for the same
            return Explanation(reason, next(iter(told.values())).next_step)
        steps = (f"{say(f'{name.capitalize()}:')} {each.next_step}" for name, each in told.items())
        return Explanation(reason, " ".join(steps))

    def explain_block(
        self, block: Block, language: str = "en", today: date | None = None, *, is_quoted: bool = True
    ) -> Explanation:
        """The same of one kind of work. `is_quoted`: with the gateway's text where the contract lacks it."""
        say = partial(translated, language=language)
        own = [] if block.is_explained else [block.cause, *(_texts(block, language) if is_quoted else ())]
        remarks = ", ".join((*map(say, block.remarks), *(quoted(each) for each in own if each)))
        step = block.next_step_for(self.query.start_date, self.answer.asked_at, today)
        reason = say(block.reason) + (f" ({remarks})" if remarks else "")
        return Explanation(reason, say(self._mandate if step == MANDATE else step))

    @property
    def _mandate(self) -> str:
        """It is looked for by the number of whoever asks, a mandatary's own included (manual §3.3.5)."""
        return MANDATE.replace("mandate", f"mandate to {self.query.caller.enterprise_number.written}")


def _texts(block: Block, language: str) -> Iterator[str]:
    return (each.labels.plain(language) for each in block.descriptions)


@frozen
class Rejected(_Explained):
    """The gateway said 400 about this query; asking the same again is useless, unless it was too early."""

    query: Query
    problem: Problem
    row: Hashable = None

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        said = super().explain(language)
        if self.problem.is_too_early and today is not None and self.query.start_date < today:
            return Explanation(said.reason, translated(NEW_DATE, language))
        return said

    def _said(self) -> Iterable[tuple[str, str]]:
        return self.problem.complaints(is_quoted=True)


@frozen
class Refused(_Explained):
    """We did not ask: `violations` says everything that is wrong."""

    candidate: Candidate
    violations: tuple[str, ...]
    row: Hashable = None

    def _said(self) -> Iterable[tuple[str, str]]:
        for violation in self.violations:
            yield violation, _CALCULATE if violation.endswith(NO_VALUE) else CORRECT


@frozen
class Deferred(_Explained):
    """We did not ask yet: the start date can be asked from `opens_on` (Brussels)."""

    query: Query
    opens_on: date
    row: Hashable = None

    def _said(self) -> Iterable[tuple[str, str]]:
        day = self.opens_on.isoformat()
        yield f"the start date can be asked from {day}", f"Ask again from {day}."


@frozen
class Pending(_Explained):
    """Not answered yet: an outage, retries spent, or the run stopped. Never a "no"."""

    query: Query
    fault: Fault
    row: Hashable = None

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        has_passed = today is not None and self.query.start_date < today
        step = NEW_DATE if has_passed else self.fault.next_step
        reason = translated(f"not answered yet: {self.fault.diagnosis}", language)
        return Explanation(reason, translated(step, language))


Outcome = Answered | Rejected | Refused | Deferred | Pending
"""What becomes of a question: a closed union, to be taken apart with `match`."""

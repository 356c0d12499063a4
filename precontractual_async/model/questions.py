"""Questions and outcomes: who asks, what is asked, and how each question ends.

Knows the parts of a question (manual §3.2.1.1) and its five possible outcomes. Leaves to others: JSON, HTTP,
files and clocks. The gateway's complaints may quote a citizen's number, so no repr shows them.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from functools import lru_cache, partial
from typing import Final, Self

from attrs import evolve, field, frozen

from ..words import translated
from .answers import MANDATE, NEW_DATE, Answer, Block, Status
from .errors import Fault
from .identifiers import EnterpriseNumber, Ssin
from .problems import CORRECT, Problem, quoted

# --- who asks, and what -----------------------------------------------------------------------------

BY_THE_PORTAL: Final = "by the web portal's channel"
_AND: Final = "; "
"""Separator of reasons. It is translated like a sentence: in French a blank precedes it."""


@frozen(cache_hash=True)
class Caller:
    """Who asks. Use one of the three constructors, one for each channel into the API (manual §2).

    >>> me = EnterpriseNumber.parse("0880.820.673")
    >>> Caller.enterprise(me).represented_enterprise_number is None
    True
    """

    enterprise_number: EnterpriseNumber
    """The number in the bearer token: the employer itself, or the mandatary."""
    represented_enterprise_number: EnterpriseNumber | None = None
    """The employer for which a mandatary asks."""
    mandatary_ssin: Ssin | None = None
    """The person who asks at the web portal; any other gateway refuses it (manual §3.2.1.1)."""

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
        """A caller in the web portal: the only channel that names the person who asks."""
        caller = cls(number, mandatary_ssin=person)
        return caller if represented is None else caller.asking_for(represented)

    @property
    def employer(self) -> EnterpriseNumber:
        """The employer for which it is asked: the represented enterprise, or else the caller itself."""
        return self.represented_enterprise_number or self.enterprise_number

    @property
    def described(self) -> str:
        """Who asks, for whom and by which channel, in plain English; without the person's number.

        >>> Caller.enterprise(EnterpriseNumber.parse("0880.820.673")).described
        'asks as the enterprise 0880.820.673'
        """
        parts = [f"asks as the enterprise {self.enterprise_number.written}"]
        if self.represented_enterprise_number is not None:
            parts.append(f"for the enterprise {self.represented_enterprise_number.written}")
        if self.mandatary_ssin is not None:
            parts.append(BY_THE_PORTAL)
        return _AND.join(parts)

    def asking_for(self, represented: EnterpriseNumber) -> Self:
        """The same caller, asking for the enterprise `represented`.

        The caller's own number means the caller itself: it represents only others (manual §3.2.1.1).
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
    """The citizen's SSIN in any form that `Ssin.parse` reads."""
    start_date: object = field(repr=False)  # when columns are mixed up, it holds the SSIN
    """The planned first day of work, in any form that `read_start_date` reads."""
    represented_enterprise_number: object = field(default=None, repr=False)
    """The employer for which a mandatary asks, when the rows of a list name different employers."""
    type_of_worker: object = field(default=None, repr=False)
    """``flexiJob``, ``studentJob``, ``all`` or nothing (all)."""
    row: Hashable = None
    """A value that identifies this question among others; the outcome carries it too."""


@frozen(cache_hash=True)  # it is a dictionary key several times
class Query:
    """One question to the gateway. The planner makes it, after it has checked every part."""

    citizen: Ssin
    start_date: date
    caller: Caller
    type_of_worker: TypeOfWorker = TypeOfWorker.ALL

    @property
    def content(self) -> bytes:
        """Everything that distinguishes this question from others. Personal data: hash it with a key."""
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


# --- the outcome ------------------------------------------------------------------------------------


NO_VALUE: Final = "a formula without a value (not calculated, or empty)"
"""The end of a violation about a cell for which the workbook holds no value."""
_CALCULATE: Final = "Open the workbook in Excel, save it and ask again; or write the value itself."


@frozen
class Explanation:
    """An outcome in plain sentences, for people who read a result."""

    reason: str
    next_step: str


class _Explained:
    """What all outcomes have in common: an explanation."""

    __slots__ = ()

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        """The reason and the next step, in the language ``nl``, ``fr``, ``de`` or ``en``.

        `today`: the day in Brussels; with it, no step is proposed that is no longer possible on that day.

        >>> Refused(Candidate("", "1/12/2026"), ("SSIN: empty",)).explain("fr").reason
        'NISS : vide'
        """
        del today  # this explanation is the same on every day
        say = partial(translated, language=language)
        reasons, steps = (map(say, dict.fromkeys(part)) for part in zip(*self._reasons(), strict=True))
        return Explanation(say(_AND).join(reasons), " ".join(steps))

    @property
    def reason(self) -> str:
        """The reason for this outcome, in plain English."""
        return self.explain().reason

    @property
    def next_step(self) -> str:
        """What to do about it, in plain English."""
        return self.explain().next_step

    def steps(self, today: date | None = None) -> tuple[str, ...]:
        """The next step in English, cut where each part can be translated for itself."""
        del today  # these steps are the same on every day
        return tuple(dict.fromkeys(step for _, step in self._reasons()))

    def _reasons(self) -> Iterable[tuple[str, str]]:
        """Each reason with its next step, in English."""
        raise NotImplementedError


@frozen
class Answered(_Explained):
    """The gateway answered."""

    query: Query
    answer: Answer
    row: Hashable = None

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        flexi, student = self.answer.flexi_job, self.answer.student_job
        facts = tuple(
            (name, self._facts(block, language, today))
            for name, block in (("flexi", flexi), ("student", student))
            if block.status is not Status.NOT_REQUESTED
        )
        return _explained(facts, language)

    def steps(self, today: date | None = None) -> tuple[str, ...]:
        blocks = {"Flexi:": self.answer.flexi_job, "Student:": self.answer.student_job}
        steps = {
            name: self._facts(block, "en", today, is_quoted=False)[-1]
            for name, block in blocks.items()
            if block.status is not Status.NOT_REQUESTED
        }
        if len(set(steps.values())) == 1:
            return (next(iter(steps.values())),)
        return tuple(part for step in steps.items() for part in step)

    def explain_block(
        self, block: Block, language: str = "en", today: date | None = None, *, is_quoted: bool = True
    ) -> Explanation:
        """Explain one block. `is_quoted`: quote the gateway's text if the contract does not explain it."""
        return _explained_block(self._facts(block, language, today, is_quoted=is_quoted), language)

    def _facts(
        self, block: Block, language: str, today: date | None, *, is_quoted: bool = True
    ) -> _BlockFacts:
        own = [] if block.is_explained else [block.cause, *(_texts(block, language) if is_quoted else ())]
        step = block.next_step_for(self.query.start_date, self.answer.asked_at, today)
        quotes = tuple(quoted(each) for each in own if each)
        return block.reason, block.remarks, quotes, self._mandate if step == MANDATE else step

    @property
    def _mandate(self) -> str:
        """The step with the number under which the mandate is looked up: the caller's own (manual §3.3.5)."""
        return MANDATE.replace("mandate", f"mandate to {self.query.caller.enterprise_number.written}")


_BlockFacts = tuple[str, tuple[str, ...], tuple[str, ...], str]
"""The reason, our remarks, what is quoted from the gateway, and the next step; in English but for quotes."""


@lru_cache(maxsize=256)
def _explained(facts: tuple[tuple[str, _BlockFacts], ...], language: str) -> Explanation:
    """The explanation of an answer, from the facts by block. Cached: most answers of a list say the same."""
    say = partial(translated, language=language)
    explanations = {name: _explained_block(each, language) for name, each in facts}
    reason = say(_AND).join(f"{say(f'{name}:')} {each.reason}" for name, each in explanations.items())
    if len({each.next_step for each in explanations.values()}) == 1:  # both blocks have the same step
        return Explanation(reason, next(iter(explanations.values())).next_step)
    steps = (f"{say(f'{name.capitalize()}:')} {each.next_step}" for name, each in explanations.items())
    return Explanation(reason, " ".join(steps))


@lru_cache(maxsize=256)
def _explained_block(facts: _BlockFacts, language: str) -> Explanation:
    reason, remarks, quotes, step = facts
    say = partial(translated, language=language)
    beside = ", ".join((*map(say, remarks), *quotes))
    return Explanation(say(reason) + (f" ({beside})" if beside else ""), say(step))


def _texts(block: Block, language: str) -> Iterator[str]:
    return (each.labels.plain(language) for each in block.descriptions)


@frozen
class Rejected(_Explained):
    """The gateway answered 400 about this query. Asking again is useless, unless it was too early."""

    query: Query
    problem: Problem
    row: Hashable = None

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        steps = (translated(each, language) for each in self.steps(today))
        return Explanation(super().explain(language).reason, " ".join(steps))

    def steps(self, today: date | None = None) -> tuple[str, ...]:
        if self.problem.is_too_early and today is not None and self.query.start_date < today:
            return (NEW_DATE,)
        return super().steps()

    def _reasons(self) -> Iterable[tuple[str, str]]:
        return self.problem.complaints(is_quoted=True)


@frozen
class Refused(_Explained):
    """The question was not sent: `violations` lists everything that is wrong."""

    candidate: Candidate
    violations: tuple[str, ...]
    row: Hashable = None

    def _reasons(self) -> Iterable[tuple[str, str]]:
        for violation in self.violations:
            yield violation, _CALCULATE if violation.endswith(NO_VALUE) else CORRECT


@frozen
class Deferred(_Explained):
    """The question was not sent yet: the start date can be asked from `opens_on` (Brussels)."""

    query: Query
    opens_on: date
    row: Hashable = None

    def _reasons(self) -> Iterable[tuple[str, str]]:
        day = self.opens_on.isoformat()
        yield f"the start date can be asked from {day}", f"Ask again from {day}."


@frozen
class Pending(_Explained):
    """There is no answer yet: an outage, no retries left, or the run stopped. Never a "no"."""

    query: Query
    fault: Fault
    row: Hashable = None

    def explain(self, language: str = "en", today: date | None = None) -> Explanation:
        reason = translated(f"not answered yet: {self.fault.diagnosis}", language)
        return Explanation(reason, translated(*self.steps(today), language))

    def steps(self, today: date | None = None) -> tuple[str, ...]:
        has_passed = today is not None and self.query.start_date < today
        return (NEW_DATE if has_passed else self.fault.next_step,)


Outcome = Answered | Rejected | Refused | Deferred | Pending
"""How a question ends: a closed union, to be used with `match`."""

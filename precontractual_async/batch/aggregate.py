"""The result aggregator: it merges outcomes per citizen over start dates, and counts them by employer. Pure.

Knows which of two outcomes for one question is better. Order and repetition do not change the result, so a
resumed run may add an outcome a second time. Leaves to others: where outcomes come from.

For each citizen, caller and start date the better outcome wins: a conclusive one before any other, then an
answered one, then the one that was asked later. "We don't know" never replaces a known answer.

The aggregator keeps only what results need, in few flat tuples, and keeps equal parts once. Otherwise, with
many rows, the garbage collector would visit too many objects again and again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime
from sys import intern
from typing import Final

from attrs import define, field, frozen

from ..model.answers import Status
from ..model.errors import Move
from ..model.identifiers import EnterpriseNumber, Ssin
from ..model.planning import employer_of
from ..model.questions import Answered, Caller, Deferred, Outcome, Pending, Refused, Rejected
from ..model.tallies import CONCLUSIVE, Heard, Said, Tallies, Tally, said_by

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


# An outcome that says more about the citizen has a higher number; pending says nothing.
_WORTH: Final[Mapping[type[Outcome], int]] = {Answered: 4, Rejected: 3, Refused: 2, Deferred: 1, Pending: 0}


@frozen
class DateResult:
    """What is known about one citizen, asked by one caller, for one start date."""

    start_date: date
    caller: Caller
    outcome: str
    """The best outcome so far: answered, rejected, refused, deferred or pending."""
    flexi: Status | None = None
    """None: there is no answer to this question yet."""
    student: Status | None = None
    hours_remaining: int | None = None
    student_may_start: bool = False
    """Whether a student meets the conditions and has hours left."""
    moves: frozenset[Move] = frozenset()
    """Who must act on what is not conclusive; empty when everything is known."""


@frozen
class CitizenResult:
    """Everything that is known about one citizen, for all start dates and callers."""

    citizen: Ssin
    dates: tuple[DateResult, ...]
    """Sorted by start date."""

    @property
    def first_flexi_ok(self) -> date | None:
        """The first start date on which the flexi-job conditions are met; None: no such date is known."""
        return next((d.start_date for d in self.dates if d.flexi is Status.OK), None)

    @property
    def first_student_ok(self) -> date | None:
        """The first date on which a student meets the conditions and has hours left; None: no such date."""
        return next((d.start_date for d in self.dates if d.student_may_start), None)

    @property
    def moves(self) -> frozenset[Move]:
        """Who must act, for all dates."""
        return frozenset().union(*(d.moves for d in self.dates))


# --- which outcome wins -----------------------------------------------------------------------------

_Summary = tuple[bool, int, datetime, str, Said, int | None, str]
"""One outcome: is it conclusive, its worth, when it was asked, trace id, what it says, hours remaining, and
the digits of its employer ("": unknown)."""

_Rank = tuple[bool, int, datetime, str, str]


def _overall(summary: _Summary) -> _Rank:
    conclusive, worth, at, trace_id, *rest = summary
    return conclusive, worth, at, trace_id, repr(rest)  # the text decides between equal ranks


def _on_flexi(summary: _Summary) -> _Rank:
    return _on_block(summary, summary[4][1])


def _on_student(summary: _Summary) -> _Rank:
    return _on_block(summary, summary[4][2])


def _on_block(summary: _Summary, heard: Heard | None) -> _Rank:
    """The rank of an outcome for one block; one that says nothing about the block ranks lowest."""
    _, worth, at, trace_id, *rest = summary
    is_conclusive = heard is not None and heard[0] in CONCLUSIVE
    return is_conclusive, worth if heard else -1, at, trace_id, repr(rest)


_Best = tuple[_Summary, ...]
"""The outcomes of one question that count: the best overall, and the best for each kind of work."""


def _with(best: _Best, summary: _Summary) -> _Best:
    summaries = (*best, summary)
    return tuple({max(summaries, key=rank): None for rank in (_overall, _on_flexi, _on_student)})


_Key = tuple[str, date, int, str]
"""One question: the citizen's digits, the start date, our number for the caller, and the type of worker."""

_Asked = dict[str, _Best]
"""All questions on one citizen, start date and caller, by type of worker: each may be asked separately."""


@define
class ResultAggregator:
    """Merges outcomes one by one. `today`: as in `outcome_moves`.

    `caller`: who asks; then a refused row that names no employer counts as theirs.

    >>> from precontractual_async.model.questions import Candidate
    >>> aggregator = ResultAggregator()
    >>> aggregator.add(Refused(Candidate("123", "1/12/2026"), ("SSIN: 3 digits where 11 are needed",)))
    >>> dict(aggregator.tallies().outcomes)
    {'refused': 1}
    """

    today: date | None = None
    caller: Caller | None = None
    _questions: dict[_Key, _Best] = field(factory=dict, init=False, repr=False)
    _rows: dict[Hashable, _Summary] = field(factory=dict, init=False, repr=False)
    _callers: dict[Caller, int] = field(factory=dict, init=False, repr=False)
    _kept_once: dict[Said, Said] = field(factory=dict, init=False, repr=False)

    def add(self, outcome: Outcome) -> None:
        """Add one outcome. Adding the same outcome again changes nothing."""
        said = said_by(outcome, self.today)
        summary = _summary(outcome, self._kept_once.setdefault(said, said), self._employer(outcome))
        if isinstance(outcome, Refused):
            self._note_row(_refused_key(outcome), summary)
            return
        query = outcome.query
        caller = self._callers.setdefault(query.caller, len(self._callers))
        key = query.citizen.digits, query.start_date, caller, query.type_of_worker.value
        row = ("row", outcome.row) if outcome.row is not None else key
        self._note_row(row, summary)
        best = self._questions.get(key)
        self._questions[key] = (summary,) if best is None else _with(best, summary)

    def _employer(self, outcome: Outcome) -> str:
        if isinstance(outcome, Refused):
            employer = employer_of(outcome.candidate, self.caller)
        else:
            employer = outcome.query.caller.employer
        return "" if employer is None else intern(employer.digits)

    def _note_row(self, row: Hashable, summary: _Summary) -> None:
        known = self._rows.get(row)
        if known is None or _overall(summary) > _overall(known):
            self._rows[row] = summary

    def citizens(self, employer: EnterpriseNumber | None = None) -> tuple[CitizenResult, ...]:
        """The results per citizen, sorted by SSIN; with `employer`, only what was asked for them."""
        callers = tuple(self._callers)
        theirs = [employer is None or caller.employer == employer for caller in callers]
        together: dict[tuple[str, date, int], _Asked] = {}
        for (digits, start_date, caller, kind), best in self._questions.items():
            if theirs[caller]:
                together.setdefault((digits, start_date, caller), {})[kind] = best
        dates: dict[str, list[DateResult]] = {}
        for (digits, start_date, caller), asked in together.items():
            dates.setdefault(digits, []).append(_date_result(start_date, callers[caller], asked))
        return tuple(
            CitizenResult(Ssin(digits), tuple(sorted(dates[digits], key=_date_order)))
            for digits in sorted(dates)
        )

    def tallies(self) -> Tallies:
        """The counts of all rows."""
        tally = Tally()
        for *_, said, _, _ in self._rows.values():
            tally.count(said)
        return tally.counts()

    def employers(self) -> Mapping[EnterpriseNumber | None, Tallies]:
        """The counts of the rows of each employer, sorted by number. It holds nothing about any one citizen.

        None, at the end: refused rows whose employer is unknown.
        """
        tallies: defaultdict[str, Tally] = defaultdict(Tally)
        for *_, said, _, employer in self._rows.values():
            tallies[employer].count(said)
        known = {EnterpriseNumber(digits): tallies[digits].counts() for digits in sorted(tallies) if digits}
        return known | ({None: tallies[""].counts()} if "" in tallies else {})


def _refused_key(outcome: Refused) -> Hashable:
    """The key by which two refusals are the same row: the name of the row, or else the raw question."""
    if outcome.row is not None:
        return "row", outcome.row
    raw = outcome.candidate
    parts = raw.citizen, raw.start_date, raw.represented_enterprise_number, raw.type_of_worker
    return ("refused", *map(_identity, parts), outcome.violations)


def _identity(raw: object) -> str:
    """A text that differs for different raw values; the repr of an SSIN is masked and would not."""
    return raw.digits if isinstance(raw, Ssin | EnterpriseNumber) else repr(raw)


def _summary(outcome: Outcome, said: Said, employer: str) -> _Summary:
    is_settled, worth = not said[3], _WORTH[type(outcome)]
    if isinstance(outcome, Answered):
        answer = outcome.answer
        hours = answer.student_job.hours_remaining
        return is_settled, worth, answer.asked_at, answer.trace_id, said, hours, employer
    tie = outcome.fault.diagnosis if isinstance(outcome, Pending) else ""
    return is_settled, worth, _NEVER, tie, said, None, employer


def _date_result(start_date: date, caller: Caller, asked: _Asked) -> DateResult:
    summaries = [summary for best in asked.values() for summary in best]
    outcome, *_ = max(summaries, key=_overall)[4]
    _, flexi, _, _ = max(summaries, key=_on_flexi)[4]
    *_, (_, _, student, _), hours, _ = max(summaries, key=_on_student)
    moves = {block[1] for block in (flexi, student) if block and block[1]}
    heard = {"flexiJob": flexi, "studentJob": student, "all": flexi and student}
    for kind, best in asked.items():
        if heard[kind] is None:  # an answer to one question says nothing about the other
            moves.update(max(best, key=_overall)[4][3])
    return DateResult(
        start_date=start_date,
        caller=caller,
        outcome=outcome,
        flexi=Status(flexi[0]) if flexi else None,
        student=Status(student[0]) if student else None,
        hours_remaining=hours if student else None,
        student_may_start=student is not None and student[2],
        moves=frozenset(map(Move, moves)),
    )


def _date_order(result: DateResult) -> tuple[date, tuple[str, ...]]:
    caller = result.caller
    numbers = caller.enterprise_number, caller.represented_enterprise_number, caller.mandatary_ssin
    return result.start_date, tuple(number.digits if number else "" for number in numbers)

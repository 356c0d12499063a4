"""The result aggregator: outcomes folded per citizen over start dates, and tallies. Pure.

Knows which of two outcomes for the same question is to be believed. Refuses to know where outcomes come
from and in which order: the fold gives the same for every order and for every repetition, so that a
resumed run may tell twice what it told before.

For each citizen, caller and start date the better voice wins, by the first difference among: what is
conclusive; what is answered; what was asked later. "We don't know" never covers a known answer.

Of an outcome only what results are made of is kept, and what repeats is kept once: a fold of many rows
would else hold their answers, and the garbage collector would go through all of them again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, TypeVar, assert_never

from attrs import define, field, frozen

from ..answers import Answer, Block, Status
from ..errors import Move
from ..identifiers import Ssin
from ..model import Answered, Caller, Deferred, Outcome, Pending, Refused, Rejected

_T = TypeVar("_T")
_Rank = tuple[int, int, datetime, str]
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def outcome_name(outcome: Outcome) -> str:
    """The word for an outcome: answered, rejected, refused, deferred, pending."""
    return type(outcome).__name__.lower()


# The more an outcome says about the citizen, the higher; pending says nothing.
_WORTH: Final[Mapping[type[Outcome], int]] = {Answered: 4, Rejected: 3, Refused: 2, Deferred: 1, Pending: 0}


@frozen
class DateResult:
    """What is known about one citizen, asked by one caller, for one start date."""

    start_date: date
    caller: Caller
    outcome: str
    """The best outcome so far: answered, rejected, refused, deferred or pending."""
    flexi: Status | None = None
    """None: no answer to that question yet."""
    student: Status | None = None
    hours_remaining: int | None = None
    moves: frozenset[Move] = frozenset()
    """Whose move it is, for what is not conclusive; empty when all is known."""


@frozen
class CitizenResult:
    """All that is known about one citizen, over start dates and callers."""

    citizen: Ssin
    dates: tuple[DateResult, ...]
    """By start date."""

    @property
    def first_flexi_ok(self) -> date | None:
        """The first start date on which the flexi-job conditions are met; None: none that is known."""
        return next((d.start_date for d in self.dates if d.flexi is Status.OK), None)

    @property
    def first_student_ok(self) -> date | None:
        """The first start date on which the student-job conditions are met; None: none that is known."""
        return next((d.start_date for d in self.dates if d.student is Status.OK), None)

    @property
    def moves(self) -> frozenset[Move]:
        """Whose move it is, over all dates."""
        return frozenset().union(*(d.moves for d in self.dates))


@frozen
class Tallies:
    """How many rows became what, and how many blocks said what. Rows that came twice count once."""

    outcomes: Mapping[str, int]
    flexi: Mapping[Status, int]
    student: Mapping[Status, int]
    moves: Mapping[Move, int]


@frozen
class _Said:
    """What an outcome says: its word, its statuses, and whose move it is."""

    outcome: str
    flexi: Status | None
    student: Status | None
    moves: frozenset[Move]


@lru_cache(maxsize=1024)
def _said(outcome: str, flexi: Status | None, student: Status | None, moves: frozenset[Move]) -> _Said:
    return _Said(outcome, flexi, student, moves)


def _said_by(outcome: Outcome) -> _Said:
    moves = outcome_moves(outcome)
    if isinstance(outcome, Answered):
        answer = outcome.answer
        return _said("answered", answer.flexi_job.status, answer.student_job.status, moves)
    return _said(outcome_name(outcome), None, None, moves)


@define
class Tally:
    """Counts outcomes, each time it is told one: for those who see every row just once."""

    _times: Counter[_Said] = field(factory=Counter, init=False)

    def add(self, outcome: Outcome) -> None:
        self.count(_said_by(outcome))

    def count(self, said: _Said) -> None:
        self._times[said] += 1

    def counts(self) -> Tallies:
        outcomes: Counter[str] = Counter()
        flexi: Counter[Status] = Counter()
        student: Counter[Status] = Counter()
        moves: Counter[Move] = Counter()
        for said, times in self._times.items():
            outcomes[said.outcome] += times
            moves.update(dict.fromkeys(said.moves, times))
            if said.flexi is not None and said.student is not None:
                flexi[said.flexi] += times
                student[said.student] += times
        return Tallies(dict(outcomes), dict(flexi), dict(student), dict(moves))


# --- the better voice -------------------------------------------------------------------------------

_Voice = tuple[_Rank, _T]
"""What one outcome says, with the rank by which it is believed."""

_Heard = tuple[Status, Move | None, int | None]
"""What a block says: its status, whose move it is, and the hours of a student job."""


def _better(one: _Voice[_T] | None, other: _Voice[_T]) -> _Voice[_T]:
    return other if one is None or other[0] > one[0] else one


@define
class _Slot:
    """The best voices for one citizen, caller and start date."""

    overall: _Voice[_Said] | None = None
    flexi: _Voice[_Heard] | None = None
    student: _Voice[_Heard] | None = None


@define
class ResultAggregator:
    """Folds outcomes as they come.

    >>> from precontractual_async.model import Candidate
    >>> aggregator = ResultAggregator()
    >>> aggregator.add(Refused(Candidate("123", "1/12/2026"), ("SSIN: 3 digits where 11 are needed",)))
    >>> dict(aggregator.tallies().outcomes)
    {'refused': 1}
    """

    _slots: dict[tuple[Ssin, Caller, date], _Slot] = field(factory=dict, init=False)
    _rows: dict[Hashable, _Voice[_Said]] = field(factory=dict, init=False)

    def add(self, outcome: Outcome) -> None:
        """Fold one outcome in. Telling the same again changes nothing."""
        said = _said_by(outcome)
        voice = _rank(outcome, said), said
        key = _row_key(outcome)
        self._rows[key] = _better(self._rows.get(key), voice)
        if isinstance(outcome, Refused):
            return
        query = outcome.query
        place = query.citizen, query.caller, query.start_date
        slot = self._slots.get(place)
        if slot is None:
            slot = self._slots[place] = _Slot()
        slot.overall = _better(slot.overall, voice)
        if isinstance(outcome, Answered):
            _fold_blocks(slot, outcome.answer)

    def citizens(self) -> tuple[CitizenResult, ...]:
        """The results per citizen, in the order of their numbers."""
        dates: dict[Ssin, list[DateResult]] = {}
        for (citizen, caller, start_date), slot in self._slots.items():
            dates.setdefault(citizen, []).append(_date_result(start_date, caller, slot))
        return tuple(
            CitizenResult(citizen, tuple(sorted(dates[citizen], key=_date_order)))
            for citizen in sorted(dates, key=lambda citizen: citizen.digits)
        )

    def tallies(self) -> Tallies:
        """The counts, over all rows."""
        tally = Tally()
        for _, said in self._rows.values():
            tally.count(said)
        return tally.counts()


def _row_key(outcome: Outcome) -> Hashable:
    """What makes two outcomes the same row: its name, else the question itself."""
    if outcome.row is not None:
        return "row", outcome.row
    if isinstance(outcome, Refused):
        raw = outcome.candidate
        return "refused", repr(raw.citizen), repr(raw.start_date), outcome.violations
    return "query", outcome.query


def _rank(outcome: Outcome, said: _Said) -> _Rank:
    asked_at, tie = _NEVER, ""
    if isinstance(outcome, Answered):
        asked_at, tie = outcome.answer.asked_at, outcome.answer.trace_id
    elif isinstance(outcome, Pending):
        tie = outcome.fault.diagnosis
    return int(not said.moves), _WORTH[type(outcome)], asked_at, tie


def _fold_blocks(slot: _Slot, answer: Answer) -> None:
    flexi, student = answer.flexi_job, answer.student_job
    if flexi.status is not Status.NOT_REQUESTED:
        slot.flexi = _better(slot.flexi, (_block_rank(flexi, answer), _heard(flexi, None)))
    if student.status is not Status.NOT_REQUESTED:
        heard = _heard(student, student.hours_remaining)
        slot.student = _better(slot.student, (_block_rank(student, answer), heard))


def _block_rank(block: Block, answer: Answer) -> _Rank:
    return int(block.is_conclusive), _WORTH[Answered], answer.asked_at, answer.trace_id


def _heard(block: Block, hours: int | None) -> _Heard:
    return block.status, _open_move(block), hours


_NOBODYS: Final[frozenset[Move]] = frozenset()


def outcome_moves(outcome: Outcome) -> frozenset[Move]:
    """Whose move it is before this row is settled; empty when every block of it is conclusive."""
    match outcome:
        case Answered(answer=answer):
            flexi, student = _open_move(answer.flexi_job), _open_move(answer.student_job)
            if flexi is None and student is None:
                return _NOBODYS
            return frozenset(move for move in (flexi, student) if move is not None)
        case Rejected() | Refused():
            return frozenset({Move.EMPLOYER})
        case Deferred():
            return frozenset({Move.LATER})
        case Pending(fault=fault):
            return frozenset({fault.move})
    assert_never(outcome)


_SETTLED: Final = (Status.OK, Status.NOK, Status.NOT_REQUESTED)


def _open_move(block: Block) -> Move | None:
    return None if block.status in _SETTLED else block.whose_move


def _date_result(start_date: date, caller: Caller, slot: _Slot) -> DateResult:
    assert slot.overall is not None  # noqa: S101 (a slot is made for an outcome)
    _, said = slot.overall
    flexi = slot.flexi[1] if slot.flexi else None
    student = slot.student[1] if slot.student else None
    blocks = [block for block in (flexi, student) if block is not None]
    return DateResult(
        start_date=start_date,
        caller=caller,
        outcome=said.outcome,
        flexi=flexi[0] if flexi else None,
        student=student[0] if student else None,
        hours_remaining=student[2] if student else None,
        moves=frozenset(move for _, move, _ in blocks if move) if blocks else said.moves,
    )


def _date_order(result: DateResult) -> tuple[date, str, str]:
    represented = result.caller.represented_enterprise_number
    return (
        result.start_date,
        result.caller.enterprise_number.digits,
        represented.digits if represented else "",
    )

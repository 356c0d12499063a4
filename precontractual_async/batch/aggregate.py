"""The result aggregator: outcomes folded per citizen over start dates, and tallies. Pure.

Knows which of two outcomes for the same question is to be believed. Refuses to know where outcomes come
from and in which order: the fold gives the same for every order and for every repetition, so that a
resumed run may tell twice what it told before.

For each citizen, caller and start date the better voice wins, by the first difference among: what is
conclusive; what is answered; what was asked later. "We don't know" never covers a known answer.

Of an outcome only what results are made of is kept, in tuples of texts, numbers and dates: those the garbage
collector does not go through, and with many rows it would do so again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime
from typing import Final, TypeVar, assert_never

from attrs import define, field, frozen

from ..answers import Answer, Block, Status
from ..errors import Move
from ..identifiers import Ssin
from ..model import Answered, Caller, Deferred, Outcome, Pending, Refused, Rejected

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


_Said = tuple[str, str | None, str | None, tuple[str, ...]]
"""What an outcome says: its word, the two statuses, and whose move it is."""


def _said_by(outcome: Outcome) -> _Said:
    moves = tuple(move.value for move in outcome_moves(outcome))
    if isinstance(outcome, Answered):
        answer = outcome.answer
        return "answered", answer.flexi_job.status.value, answer.student_job.status.value, moves
    return outcome_name(outcome), None, None, moves


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
        for (outcome, flexi_status, student_status, whose), times in self._times.items():
            outcomes[outcome] += times
            moves.update({Move(move): times for move in whose})
            if flexi_status is not None and student_status is not None:
                flexi[Status(flexi_status)] += times
                student[Status(student_status)] += times
        return Tallies(dict(outcomes), dict(flexi), dict(student), dict(moves))


# --- the better voice -------------------------------------------------------------------------------

_Rank = tuple[int, int, datetime, str]
_Heard = tuple[str, str | None, int | None]
"""What a block says: its status, whose move it is, and the hours of a student job."""

_T = TypeVar("_T", _Said, _Heard)


def _better(one: tuple[_Rank, _T] | None, other: tuple[_Rank, _T] | None) -> tuple[_Rank, _T] | None:
    """Of two voices, each with the rank by which it is believed, the better."""
    if one is None or other is None:
        return one or other
    return other if other[0] > one[0] else one


_Voice = tuple[_Rank, _Said]
_BlockVoice = tuple[_Rank, _Heard]
_Slot = tuple[_Voice | None, _BlockVoice | None, _BlockVoice | None]
"""The best voices for one citizen, start date and caller: over all, on flexi-jobs, on student jobs."""

_Place = tuple[str, date, int]
"""The citizen's digits, the start date, and the number of the caller."""


@define
class ResultAggregator:
    """Folds outcomes as they come.

    >>> from precontractual_async.model import Candidate
    >>> aggregator = ResultAggregator()
    >>> aggregator.add(Refused(Candidate("123", "1/12/2026"), ("SSIN: 3 digits where 11 are needed",)))
    >>> dict(aggregator.tallies().outcomes)
    {'refused': 1}
    """

    _slots: dict[_Place, _Slot] = field(factory=dict, init=False, repr=False)
    _rows: dict[Hashable, _Voice] = field(factory=dict, init=False, repr=False)
    _callers: dict[Caller, int] = field(factory=dict, init=False, repr=False)

    def add(self, outcome: Outcome) -> None:
        """Fold one outcome in. Telling the same again changes nothing."""
        said = _said_by(outcome)
        voice = _rank(outcome, said), said
        if isinstance(outcome, Refused):
            self._note_row(_refused_key(outcome), voice)
            return
        query = outcome.query
        caller = self._callers.setdefault(query.caller, len(self._callers))
        place = query.citizen.digits, query.start_date, caller
        row = ("row", outcome.row) if outcome.row is not None else (*place, query.type_of_worker.value)
        self._note_row(row, voice)
        flexi, student = _heard(outcome.answer) if isinstance(outcome, Answered) else (None, None)
        slot: _Slot = voice, flexi, student
        known = self._slots.get(place)
        self._slots[place] = slot if known is None else _merged(known, slot)

    def _note_row(self, row: Hashable, voice: _Voice) -> None:
        known = self._rows.get(row)
        if known is None or voice[0] > known[0]:
            self._rows[row] = voice

    def citizens(self) -> tuple[CitizenResult, ...]:
        """The results per citizen, in the order of their numbers."""
        callers = tuple(self._callers)
        dates: dict[str, list[DateResult]] = {}
        for (digits, start_date, caller), slot in self._slots.items():
            dates.setdefault(digits, []).append(_date_result(start_date, callers[caller], slot))
        return tuple(
            CitizenResult(Ssin(digits), tuple(sorted(dates[digits], key=_date_order)))
            for digits in sorted(dates)
        )

    def tallies(self) -> Tallies:
        """The counts, over all rows."""
        tally = Tally()
        for _, said in self._rows.values():
            tally.count(said)
        return tally.counts()


def _refused_key(outcome: Refused) -> Hashable:
    """What makes two refusals the same row: its name, else the raw question itself."""
    if outcome.row is not None:
        return "row", outcome.row
    raw = outcome.candidate
    return "refused", repr(raw.citizen), repr(raw.start_date), outcome.violations


def _merged(one: _Slot, other: _Slot) -> _Slot:
    return _better(one[0], other[0]), _better(one[1], other[1]), _better(one[2], other[2])


def _rank(outcome: Outcome, said: _Said) -> _Rank:
    asked_at, tie = _NEVER, ""
    if isinstance(outcome, Answered):
        asked_at, tie = outcome.answer.asked_at, outcome.answer.trace_id
    elif isinstance(outcome, Pending):
        tie = outcome.fault.diagnosis
    return int(not said[3]), _WORTH[type(outcome)], asked_at, tie


def _heard(answer: Answer) -> tuple[_BlockVoice | None, _BlockVoice | None]:
    """The voices of both blocks; None for one that was not asked for."""
    flexi, student = answer.flexi_job, answer.student_job
    return _block_voice(flexi, answer, None), _block_voice(student, answer, student.hours_remaining)


def _block_voice(block: Block, answer: Answer, hours: int | None) -> _BlockVoice | None:
    if block.status is Status.NOT_REQUESTED:
        return None
    rank = int(block.is_conclusive), _WORTH[Answered], answer.asked_at, answer.trace_id
    move = _open_move(block)
    return rank, (block.status.value, move and move.value, hours)


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
    overall, flexi, student = slot
    assert overall is not None  # noqa: S101 (a slot is made for an outcome)
    outcome, _, _, moves = overall[1]
    blocks = [block[1] for block in (flexi, student) if block is not None]
    open_moves = [move for _, move, _ in blocks if move] if blocks else moves
    return DateResult(
        start_date=start_date,
        caller=caller,
        outcome=outcome,
        flexi=Status(flexi[1][0]) if flexi else None,
        student=Status(student[1][0]) if student else None,
        hours_remaining=student[1][2] if student else None,
        moves=frozenset(map(Move, open_moves)),
    )


def _date_order(result: DateResult) -> tuple[date, str, str]:
    represented = result.caller.represented_enterprise_number
    return (
        result.start_date,
        result.caller.enterprise_number.digits,
        represented.digits if represented else "",
    )

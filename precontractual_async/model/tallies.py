"""Counts rows: by outcome, by whether the citizen can start, and by who has to act. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from attrs import define, field, frozen

from .answers import Block, Status
from .errors import Move
from .moves import open_move, outcome_moves, outcome_word
from .questions import Answered, Outcome

CONCLUSIVE: Final = tuple(status.value for status in Status if status.is_conclusive)


@frozen
class Starts:
    """How many rows may start work: each row counts in one of `some`, `none` and `not_known`."""

    some: int = 0
    """Rows that can start as a flexi-jobber, or as a student with hours left, or both."""
    flexi: int = 0
    student: int = 0
    none: int = 0
    """Rows that cannot start: every block that was asked is answered, and none allows it."""
    not_known: int = 0
    """Rows that are not answered, or not completely: this is not a "no"."""

    @property
    def rows(self) -> int:
        return self.some + self.none + self.not_known

    def __str__(self) -> str:
        ways = f"{self.flexi} as flexi-jobber, {self.student} as student"
        others = f"{self.none} cannot; {self.not_known} not known"
        return f"{self.some} of {self.rows} can start ({ways}); {others}"


@frozen
class Tallies:
    """Rows by outcome and by who has to act, and blocks by status. A row that came twice counts once."""

    starts: Starts
    outcomes: Mapping[str, int]
    flexi: Mapping[Status, int]
    student: Mapping[Status, int]
    moves: Mapping[Move, int]


Heard = tuple[str, str | None, bool]
"""A block's status, who has to act on it, and whether the citizen may start."""

Said = tuple[str, Heard | None, Heard | None, tuple[str, ...]]
"""An outcome's word, both blocks (None: not answered or not asked for), and who has to act."""


def said_by(outcome: Outcome, today: date | None) -> Said:
    """A short summary of an outcome, in flat values. `today`: as in `outcome_moves`."""
    moves = tuple(sorted(move.value for move in outcome_moves(outcome, today)))
    if isinstance(outcome, Answered):
        flexi, student = outcome.answer.flexi_job, outcome.answer.student_job
        return "answered", _heard(flexi, outcome, today), _heard(student, outcome, today), moves
    return outcome_word(type(outcome)), None, None, moves


def _heard(block: Block, answered: Answered, today: date | None) -> Heard | None:
    if block.status is Status.NOT_REQUESTED:
        return None
    move = open_move(block, answered, today)
    return block.status.value, move and move.value, block.may_start


@define
class Tally:
    """Counts the outcomes that are added to it, for code that sees every row exactly once.

    `today`: as in `outcome_moves`.
    """

    today: date | None = None
    _times: Counter[Said] = field(factory=Counter, init=False)

    def add(self, outcome: Outcome) -> None:
        self.count(said_by(outcome, self.today))

    def count(self, said: Said) -> None:
        self._times[said] += 1

    def counts(self) -> Tallies:
        outcomes: Counter[str] = Counter()
        flexi: Counter[Status] = Counter()
        student: Counter[Status] = Counter()
        moves: Counter[Move] = Counter()
        starts: Counter[str] = Counter()
        for said, times in self._times.items():
            outcome, heard_flexi, heard_student, whose = said
            starts.update(dict.fromkeys(_starts(said), times))
            outcomes[outcome] += times
            moves.update({Move(move): times for move in whose})
            if outcome == "answered":
                flexi[_status(heard_flexi)] += times
                student[_status(heard_student)] += times
        return Tallies(Starts(**starts), dict(outcomes), dict(flexi), dict(student), dict(moves))


def _status(heard: Heard | None) -> Status:
    return Status.NOT_REQUESTED if heard is None else Status(heard[0])


def _starts(said: Said) -> Iterator[str]:
    word, flexi, student, _ = said
    may = [heard is not None and heard[2] for heard in (flexi, student)]
    conclusive = [heard[0] in CONCLUSIVE for heard in (flexi, student) if heard is not None]
    return start_fields(*may, is_known=word == outcome_word(Answered) and all(conclusive))


def start_fields(flexi: bool, student: bool, *, is_known: bool) -> Iterator[str]:
    """The fields of `Starts` in which a row or a citizen counts, by the kinds of work that may start."""
    if flexi:
        yield "flexi"
    if student:
        yield "student"
    yield "some" if flexi or student else "none" if is_known else "not_known"

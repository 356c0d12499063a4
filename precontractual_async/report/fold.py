"""What a journal holds, folded per citizen, employer and start date. Pure; the same for every order.

Knows how two questions about one date become one row, whose move that row is, and what pictures are made
of. Each kind of work is believed by itself: where a flexi-job was answered and a student job is not, the row
says both, as a report that passed over the second would turn "we don't know" into nothing. (That is why the
rows are no `ResultAggregator`'s, which tells the better outcome of a date.) Refuses to know files and HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache, reduce
from typing import Final
from unicodedata import category

from attrs import define, field, frozen

from ..journal.port import Entry, believed
from ..journal.recheck import Finality, Learned, finality
from ..model.answers import MOST_HOURS, Block, Labels, Status, StudentJob, plain
from ..model.errors import Move
from ..model.identifiers import Ssin
from ..model.privacy import masked
from ..model.questions import Answered, Caller, Pending, Rejected, TypeOfWorker
from ..tables.results import result_cells
from .kinds import BY_MOVE, DECIDE, GROUPS, LATER, NOTHING, OK, PAST, PENDING, REJECTED, Group, Kind, kind_of

_MOST_KEPT: Final = 100
"""Texts of the gateway's; it has a handful, and one that never says the same twice must not fill memory."""


@frozen
class Voice:
    """What is known of one kind of work."""

    kind: Kind
    reason: str
    """Why, in the reader's language."""
    next_step: str
    move: Move | None
    """Whose move it is; None: it is settled."""
    asked_at: datetime
    hours: int | None = None

    @property
    def may_start(self) -> bool:
        """Whether it lets somebody start: without hours a student's limit is reached (manual §3.1)."""
        return self.kind is OK and self.hours != 0

    @property
    def rank(self) -> tuple[int, datetime, str, int]:
        return self.kind.worth, self.asked_at, self.reason, -1 if self.hours is None else self.hours


@define
class Row:
    """One citizen, one employer, one start date. None: that kind of work was not asked for."""

    start_date: date
    caller: Caller
    asked_at: datetime
    """When it was last answered, or tried."""
    flexi: Voice | None = None
    student: Voice | None = None

    @property
    def voices(self) -> tuple[Voice, ...]:
        return tuple(voice for voice in (self.flexi, self.student) if voice is not None)

    def group(self, today: date) -> Group:
        """What there is to do about it first."""
        if self.start_date < today:
            return PAST
        open_groups = {BY_MOVE[voice.move] for voice in self.voices if voice.move}
        if open_groups - {NOTHING}:
            return min(open_groups, key=GROUPS.index)
        return DECIDE if any(voice.may_start for voice in self.voices) else NOTHING

    @property
    def next_steps(self) -> str:
        """What to do about all of it that is not settled; empty when all is."""
        steps = (voice.next_step for voice in self.voices if voice.move not in (None, Move.NOBODY))
        return " ".join(dict.fromkeys(steps))


@frozen
class Citizen:
    """All that is known about one citizen."""

    ssin: Ssin
    rows: tuple[Row, ...]
    """By start date and employer."""
    group: Group
    """What there is to do first."""


@define
class Said:
    """A text of the gateway's, and on how many answers it stands."""

    labels: Labels
    is_disclaimer: bool
    times: int = 0


@frozen
class Change:
    """How settled a question is changed; at first nothing was known of it."""

    at: datetime
    before: Finality | None
    after: Finality


@define
class Fold:
    """Takes in what is kept of each question, one after the other.

    `today`: the day in Brussels; start dates before it can no longer be asked. `language`: of reasons and
    next steps.
    """

    today: date
    language: str = "en"
    changes: list[Change] = field(factory=list, init=False, repr=False)
    outcomes: Counter[type[Learned]] = field(factory=Counter, init=False)
    said_besides: int = field(default=0, init=False)
    """How often other texts of the gateway's came than those that are kept."""
    _rows: dict[Ssin, dict[tuple[date, Caller], Row]] = field(factory=dict, init=False, repr=False)
    _said: dict[object, Said] = field(factory=dict, init=False, repr=False)

    def add(self, history: Sequence[Entry]) -> None:
        """All that is kept of one question, the oldest first."""
        known = reduce(believed, history[1:], history[0])
        self._note_changes(history)
        outcome, query = known.outcome, known.outcome.query
        at = outcome.answer.asked_at if isinstance(outcome, Answered) else known.learned_at
        self.outcomes[type(outcome)] += 1
        rows = self._rows.setdefault(query.citizen, {})
        row = rows.setdefault((query.start_date, query.caller), Row(query.start_date, query.caller, at))
        flexi, student = _voices(outcome, at, self.language)
        row.flexi, row.student = _better(row.flexi, flexi), _better(row.student, student)
        row.asked_at = max(row.asked_at, at)
        if isinstance(outcome, Answered):
            for block in outcome.answer.blocks:
                self._note_texts(block)

    def _note_changes(self, history: Sequence[Entry]) -> None:
        known, before, at = None, None, history[0].learned_at
        for each in history:
            known, at = believed(known, each), max(at, each.learned_at)  # the clock may have gone back
            after = finality(known.outcome)
            if after is not before:
                self.changes.append(Change(at, before, after))
                before = after

    def _note_texts(self, block: Block) -> None:
        for each in block.descriptions:
            key = tuple(each.labels.texts.items()), "disclaimer" in each.types
            if key not in self._said and len(self._said) >= _MOST_KEPT:
                self.said_besides += 1
                continue
            self._said.setdefault(key, Said(each.labels, key[1])).times += 1

    @property
    def questions(self) -> int:
        return self.outcomes.total()

    @property
    def said(self) -> list[Said]:
        """The gateway's texts, the most frequent first; of more than a hundred those that came first."""
        return sorted(self._said.values(), key=lambda said: -said.times)

    def rows(self) -> Iterator[Row]:
        for rows in self._rows.values():
            yield from rows.values()

    def citizens(self) -> list[Citizen]:
        """Everybody, those first about whom there is something to do.

        Within a group they come as the journal gives them, which tells nothing: by their numbers they
        would stand by their birthdays, also where the numbers are not shown.
        """
        everybody = [self._citizen(ssin, rows.values()) for ssin, rows in self._rows.items()]
        return sorted(everybody, key=lambda citizen: GROUPS.index(citizen.group))

    def _citizen(self, ssin: Ssin, rows: Iterable[Row]) -> Citizen:
        groups = {row.group(self.today) for row in rows}
        return Citizen(ssin, tuple(sorted(rows, key=_place)), min(groups, key=GROUPS.index))


def _place(row: Row) -> tuple[date, str, str]:
    represented = row.caller.represented_enterprise_number
    return row.start_date, row.caller.enterprise_number.digits, represented.digits if represented else ""


def _better(one: Voice | None, other: Voice | None) -> Voice | None:
    voices = [voice for voice in (one, other) if voice is not None]
    return max(voices, key=lambda voice: voice.rank, default=None)


def _voices(outcome: Learned, at: datetime, language: str) -> tuple[Voice | None, Voice | None]:
    """What an outcome says of a flexi-job and of a student job."""
    if isinstance(outcome, Answered):
        answer = outcome.answer
        flexi = _of_block(answer.flexi_job, outcome, language)
        return flexi, _of_block(answer.student_job, outcome, language, _hours(answer.student_job))
    voice = _of_unanswered(outcome, at, language)
    asked = outcome.query.type_of_worker
    return (
        None if asked is TypeOfWorker.STUDENT_JOB else voice,
        None if asked is TypeOfWorker.FLEXI_JOB else voice,
    )


def _hours(job: StudentJob) -> int | None:
    """What can be hours: 0.1.0 kept any number, which may be anybody's."""
    hours = job.hours_remaining
    return hours if hours is not None and 0 <= hours <= MOST_HOURS else None


def _of_block(block: Block, answered: Answered, language: str, hours: int | None = None) -> Voice | None:
    if block.status is Status.NOT_REQUESTED:
        return None
    at = answered.answer.asked_at
    move = None if block.is_conclusive else block.move_for(answered.query.start_date, at)
    said = answered.explain_block(block, language, is_quoted=False)  # texts have a place of their own
    return Voice(kind_of(block.status, move), harmless(said.reason), said.next_step, move, at, hours)


def _of_unanswered(outcome: Rejected | Pending, at: datetime, language: str) -> Voice:
    cells = result_cells(outcome, language)
    kind, move = REJECTED, Move.EMPLOYER
    if isinstance(outcome, Pending):
        kind, move = PENDING, outcome.fault.move
    elif outcome.problem.is_too_early:
        kind, move = LATER, Move.LATER
    return Voice(kind, harmless(plain(str(cells["reason"]))), str(cells["next_step"]), move, at)


@lru_cache(maxsize=1024)
def harmless(text: str) -> str:
    """What the gateway said, without what could be a number of a person, and what no page can hold."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if category(character) in ("Cc", "Cs") else character
        for character in masked(text)
    )

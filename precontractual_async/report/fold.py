"""Groups the contents of a journal by citizen, employer and start date. Pure; the order does not matter.

Knows how two questions about one date become one row, who must act on that row, and the data of the charts.
Each kind of work is separate: when a flexi-job is answered and a student job is not, the row says both, since
a report must not hide a "we don't know". (So the rows do not come from `ResultAggregator`, which keeps only
the better outcome of a date.) Leaves to others: files and HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Final
from unicodedata import category

from attrs import define, field, frozen

from ..journal.port import Entry, believed
from ..journal.recheck import Finality, Learned, finality
from ..journal.runs import Run
from ..model.answers import Block, Labels, Status, plain
from ..model.errors import Move
from ..model.identifiers import Ssin
from ..model.moves import word_of
from ..model.privacy import masked
from ..model.questions import Answered, Caller, Pending, Rejected, TypeOfWorker
from ..tables.results import result_cells
from .kinds import BY_MOVE, DECIDE, GROUPS, LATER, NOTHING, PAST, PENDING, REJECTED, Group, Kind, kind_of

_MOST_KEPT: Final = 100
"""The most texts of the gateway. It has only a few, but always different texts must not fill the memory."""


@frozen
class JobStatus:
    """What is known about one kind of work."""

    kind: Kind
    reason: str
    """The reason, in the reader's language."""
    next_step: str
    move: Move | None
    """Who must act; None: it is settled."""
    asked_at: datetime
    hours: int | None = None
    may_start: bool = False

    @property
    def rank(self) -> tuple[int, datetime, str, int]:
        return self.kind.worth, self.asked_at, self.reason, -1 if self.hours is None else self.hours


@frozen
class StatusSince:
    """What was known about a question, in the form of `word_of`, and since when."""

    at: datetime
    word: str


@define
class Row:
    """One citizen, one employer, one start date. None: that kind of work was not asked for."""

    start_date: date
    caller: Caller
    asked_at: datetime
    """When it was last answered or tried."""
    flexi: JobStatus | None = None
    student: JobStatus | None = None
    histories: list[tuple[StatusSince, ...]] = field(factory=list)
    """For each question its statuses, the oldest first; the last is the present one."""

    @property
    def jobs(self) -> tuple[JobStatus, ...]:
        return tuple(job for job in (self.flexi, self.student) if job is not None)

    def group(self, today: date) -> Group:
        """The group with the most urgent thing to do about this row."""
        if self.start_date < today:
            return PAST
        open_groups = {BY_MOVE[job.move] for job in self.jobs if job.move}
        if open_groups - {NOTHING}:
            return min(open_groups, key=GROUPS.index)
        return DECIDE if any(job.may_start for job in self.jobs) else NOTHING

    @property
    def next_steps(self) -> str:
        """What to do about everything that is not settled; empty when all is settled."""
        steps = (job.next_step for job in self.jobs if job.move not in (None, Move.NOBODY))
        return " ".join(dict.fromkeys(steps))


@frozen
class Citizen:
    """Everything that is known about one citizen."""

    ssin: Ssin
    rows: tuple[Row, ...]
    """Sorted by start date and employer."""
    group: Group
    """The group with the most urgent thing to do."""


@define
class GatewayText:
    """A text of the gateway, and the number of answers with it."""

    labels: Labels
    is_disclaimer: bool
    times: int = 0


@frozen
class FinalityChange:
    """A change in how far a question is settled; before the first change nothing was known."""

    at: datetime
    before: Finality | None
    after: Finality


@define
class Fold:
    """Collects the journal's entries, question by question.

    `today`: the day in Brussels; earlier start dates can no longer be asked. `language`: the language of
    reasons and next steps.
    """

    today: date
    language: str = "en"
    changes: list[FinalityChange] = field(factory=list, init=False, repr=False)
    outcomes: Counter[type[Learned]] = field(factory=Counter, init=False)
    other_texts: int = field(default=0, init=False)
    """How often the gateway sent texts that are not kept."""
    last_learned: datetime | None = field(default=None, init=False)
    """When the last of all was learned."""
    _rows: dict[Ssin, dict[tuple[date, Caller], Row]] = field(factory=dict, init=False, repr=False)
    _texts: dict[object, GatewayText] = field(factory=dict, init=False, repr=False)

    def add(self, history: Sequence[Entry]) -> None:
        """Add all entries of one question, the oldest first."""
        beliefs = _beliefs(history)
        learned, known = beliefs[-1]
        self._note_changes(beliefs)
        outcome, query = known.outcome, known.outcome.query
        at = outcome.answer.asked_at if isinstance(outcome, Answered) else known.learned_at
        self.outcomes[type(outcome)] += 1
        rows = self._rows.setdefault(query.citizen, {})
        row = rows.setdefault((query.start_date, query.caller), Row(query.start_date, query.caller, at))
        flexi, student = job_statuses(outcome, at, self.language)
        row.flexi, row.student = _better(row.flexi, flexi), _better(row.student, student)
        row.asked_at = max(row.asked_at, at)
        row.histories.append(_statuses(beliefs))
        self.last_learned = max(learned, self.last_learned or learned)
        if isinstance(outcome, Answered):
            for block in outcome.answer.blocks:
                self._note_texts(block)

    def _note_changes(self, beliefs: Sequence[_Belief]) -> None:
        before = None
        for at, known in beliefs:
            after = finality(known.outcome)
            if after is not before:
                self.changes.append(FinalityChange(at, before, after))
                before = after

    def _note_texts(self, block: Block) -> None:
        for each in block.descriptions:
            key = tuple(each.labels.texts.items()), "disclaimer" in each.types
            if key not in self._texts and len(self._texts) >= _MOST_KEPT:
                self.other_texts += 1
                continue
            self._texts.setdefault(key, GatewayText(each.labels, key[1])).times += 1

    def last_run(self, runs: Iterable[Run]) -> datetime | None:
        """When the last of `runs` that got an answer began; None: there is none, or it was the first."""
        last = self.last_learned
        began = max((run.began for run in runs if last is not None and run.began <= last), default=None)
        firsts = (history[0].at for row in self.rows() for history in row.histories)
        return None if began is None or all(at >= began for at in firsts) else began

    @property
    def questions(self) -> int:
        return self.outcomes.total()

    @property
    def texts(self) -> list[GatewayText]:
        """The gateway's texts, the most frequent first; the first hundred texts are kept."""
        return sorted(self._texts.values(), key=lambda text: -text.times)

    def rows(self) -> Iterator[Row]:
        for rows in self._rows.values():
            yield from rows.values()

    def citizens(self) -> list[Citizen]:
        """All citizens; those with something to do come first.

        Within a group they have the order of the journal, which reveals nothing: sorted by SSIN they would
        be sorted by birthday, even where the numbers are hidden.
        """
        everybody = [self._citizen(ssin, rows.values()) for ssin, rows in self._rows.items()]
        return sorted(everybody, key=lambda citizen: GROUPS.index(citizen.group))

    def _citizen(self, ssin: Ssin, rows: Iterable[Row]) -> Citizen:
        groups = {row.group(self.today) for row in rows}
        return Citizen(ssin, tuple(sorted(rows, key=_place)), min(groups, key=GROUPS.index))


_Belief = tuple[datetime, Entry]


def _beliefs(history: Sequence[Entry]) -> list[_Belief]:
    """What was believed after each entry about a question, and when; `history`: the oldest entry first."""
    entries = list(accumulate(history, believed))
    times = accumulate((each.learned_at for each in history), max)  # the clock may have been set back
    return list(zip(times, entries, strict=True))


def _statuses(beliefs: Sequence[_Belief]) -> tuple[StatusSince, ...]:
    by_word = groupby(((at, word_of(known.outcome)) for at, known in beliefs), key=itemgetter(1))
    return tuple(StatusSince(next(group)[0], word) for word, group in by_word)


def _place(row: Row) -> tuple[date, str, str]:
    represented = row.caller.represented_enterprise_number
    return row.start_date, row.caller.enterprise_number.digits, represented.digits if represented else ""


def _better(one: JobStatus | None, other: JobStatus | None) -> JobStatus | None:
    jobs = [job for job in (one, other) if job is not None]
    return max(jobs, key=lambda job: job.rank, default=None)


def job_statuses(outcome: Learned, at: datetime, language: str) -> tuple[JobStatus | None, JobStatus | None]:
    """What an outcome says about a flexi-job and about a student job, in one of our languages."""
    if isinstance(outcome, Answered):
        answer = outcome.answer
        flexi = _of_block(answer.flexi_job, outcome, language)
        return flexi, _of_block(answer.student_job, outcome, language, answer.student_job.plausible_hours)
    job = _of_unanswered(outcome, at, language)
    asked = outcome.query.type_of_worker
    return (
        None if asked is TypeOfWorker.STUDENT_JOB else job,
        None if asked is TypeOfWorker.FLEXI_JOB else job,
    )


def _of_block(block: Block, answered: Answered, language: str, hours: int | None = None) -> JobStatus | None:
    if block.status is Status.NOT_REQUESTED:
        return None
    at = answered.answer.asked_at
    move = None if block.is_conclusive else block.move_for(answered.query.start_date, at)
    why = answered.explain_block(block, language, is_quoted=False)  # the page quotes texts elsewhere
    kind = kind_of(block.status, move)
    return JobStatus(kind, harmless(why.reason), why.next_step, move, at, hours, block.may_start)


def _of_unanswered(outcome: Rejected | Pending, at: datetime, language: str) -> JobStatus:
    cells = result_cells(outcome, language)
    kind, move = REJECTED, Move.EMPLOYER
    if isinstance(outcome, Pending):
        kind, move = PENDING, outcome.fault.move
    elif outcome.problem.is_too_early:
        kind, move = LATER, Move.LATER
    return JobStatus(kind, harmless(plain(str(cells["reason"]))), str(cells["next_step"]), move, at)


@lru_cache(maxsize=1024)
def harmless(text: str, *, keeps_days: bool = False) -> str:
    """A text of the gateway without anything that could be a personal number or is invalid in a page."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if category(character) in ("Cc", "Cs") else character
        for character in masked(text, keeps_days=keeps_days)
    )

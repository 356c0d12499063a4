"""The contents of a page, in the words and the order in which people read them. Pure.

Knows how each thing is written: a masked number, a day, who must act on a row. Everything is plain text:
texts of the gateway come without tags and without anything that could be a personal number. Leaves to others:
HTML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from attrs import frozen

from ..journal.runs import Run
from ..model.identifiers import Ssin
from ..model.moves import spelled
from ..model.questions import Answered, Caller, Pending, Rejected
from ..model.tallies import Starts, start_fields
from ..words import LANGUAGES, translated_parts
from .fold import Citizen, Fold, JobStatus, Row, StatusSince, harmless
from .kinds import GROUPS, NOK, OK, PENDING, REJECTED, Group
from .speech import Speech

_OF_ROWS: Final = (REJECTED, PENDING)
"""Kinds that concern both jobs together."""

_MOST_STATUSES: Final = 6
"""The most statuses of one question that are shown: the latest."""
_MORE: Final = "\N{HORIZONTAL ELLIPSIS}"
_NEXT: Final = " \N{RIGHTWARDS ARROW} "
_MOST_SAID: Final = 40
"""The most texts of the gateway; it has only a few."""


@frozen
class Task:
    """Citizens with the same thing to do."""

    group: Group
    citizens: str


@frozen
class Cell:
    """What is known about one kind of work."""

    mark: str
    text: str


@frozen
class Line:
    """One start date of a citizen."""

    employer: str
    day: str
    flexi: Cell
    student: Cell
    hours: str
    who: str
    step: str
    why: str
    """The reason for what concerns both jobs together."""
    asked: str
    past: str = ""
    """The statuses of each of its questions, the oldest first; empty when none has changed."""


@frozen
class StatusChange:
    """A question whose status has changed since a run."""

    number: int
    """The citizen's number in the table."""
    name: str
    employer: str
    day: str
    before: str
    now: str
    who: str


@frozen
class Block:
    """One citizen."""

    number: int
    name: str
    mark: str
    is_first: bool
    """Whether it is the first of its group, the target of links."""
    lines: tuple[Line, ...]


@frozen
class Quote:
    """A text of the gateway."""

    text: str
    language: str
    """It may differ from the language of the page."""
    is_disclaimer: bool
    times: str


def facts(
    fold: Fold, citizens: Sequence[Citizen], runs: Sequence[Run], made_at: datetime, say: Speech
) -> Iterator[tuple[str, str]]:
    """When, for which dates, by whom, how many; and whether the last run reached the end of its list."""
    rows = [row for citizen in citizens for row in citizen.rows]
    yield say("Made"), say.instant(made_at)
    if cut := cut_short(runs, say):
        yield say("Last run"), f"{say.instant(runs[-1].began)}: {cut}"
    if not rows:
        return
    asked, days = [row.asked_at for row in rows], {row.start_date for row in rows}
    yield say("Asked"), _span(*(say.instant(end(asked)) for end in (min, max)))
    yield say("Start dates"), _span(*(say.day(end(days)) for end in (min, max)))
    askers = {row.caller.enterprise_number.written for row in rows}
    yield say("Asked by"), _some(askers)
    if employers(citizens) != askers:
        yield say("Employer"), _some(employers(citizens))
    yield say("Citizens"), say.ours(str(_starts(citizens)))
    kinds = (("answered", Answered), ("rejected", Rejected), ("pending", Pending))
    counts = (f"{say.number(fold.outcomes[kind])} {say(word)}" for word, kind in kinds if fold.outcomes[kind])
    yield say("Questions"), f"{say.number(fold.questions)} ({', '.join(counts)})"


def _starts(citizens: Iterable[Citizen]) -> Starts:
    """How many citizens can start on at least one of the dates that were asked."""
    counts: Counter[str] = Counter()
    for citizen in citizens:
        flexi = [row.flexi for row in citizen.rows if row.flexi]
        student = [row.student for row in citizen.rows if row.student]
        may = [any(job.may_start for job in jobs) for jobs in (flexi, student)]
        is_known = all(job.kind in (OK, NOK) for job in (*flexi, *student))
        counts.update(start_fields(*may, is_known=is_known))
    return Starts(**counts)


def cut_short(runs: Sequence[Run], say: Speech) -> str:
    """Why the last run did not reach the end of its list, and how far it came; else empty."""
    if not runs or (runs[-1].ended and not runs[-1].stopped):
        return ""
    last = runs[-1]
    why = say.ours(last.stopped) if last.ended else say("no end is known: it runs still, or was killed")
    if not last.rows:
        return why
    known, rows = say.number(last.known), say.number(last.rows)
    reached = say("{known} of {rows} rows", known=known, rows=rows)
    return f"{why} ({reached if last.ended else say('{rows} rows in its list', rows=rows)})"


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} \N{EN DASH} {last}"


def _some(names: Iterable[str]) -> str:
    first, *others = sorted(names)
    return f"{first}, … ({len(others) + 1})" if others else first


def employers(citizens: Iterable[Citizen]) -> set[str]:
    """All employers for whom questions were asked."""
    return {_employer(row.caller) for citizen in citizens for row in citizen.rows}


def _employer(caller: Caller) -> str:
    return (caller.represented_enterprise_number or caller.enterprise_number).written


def tasks(citizens: Iterable[Citizen], say: Speech) -> list[Task]:
    """What to do, and for how many citizens; each citizen counts once."""
    counts = Counter(citizen.group.mark for citizen in citizens)
    return [Task(group, _citizens(counts[group.mark], say)) for group in GROUPS if counts[group.mark]]


def _citizens(count: int, say: Speech) -> str:
    return say("one citizen") if count == 1 else say("{count} citizens", count=say.number(count))


def blocks(citizens: Iterable[Citizen], today: date, say: Speech, *, show_citizens: bool) -> Iterator[Block]:
    """The table, citizen by citizen."""
    before = None
    for number, citizen in enumerate(citizens, 1):
        lines = tuple(line_of(row, today, say) for row in citizen.rows)
        name = written(citizen.ssin) if show_citizens else citizen.ssin.masked
        yield Block(number, name, citizen.group.mark, citizen.group is not before, lines)
        before = citizen.group


def written(ssin: Ssin) -> str:
    """A number in full, as cards have it."""
    digits = ssin.digits
    return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"


def line_of(row: Row, today: date, say: Speech) -> Line:
    """One start date, as a line of a table."""
    group = row.group(today)
    hours = row.student.hours if row.student else None
    return Line(
        _employer(row.caller),
        say.day(row.start_date),
        _cell(row.flexi, say),
        _cell(row.student, say),
        "" if hours is None else str(hours),
        say(group.who),
        say(group.step) if group.step else row.next_steps,
        "; ".join(dict.fromkeys(job.reason for job in row.jobs if job.kind in _OF_ROWS)),
        say.day_of(row.asked_at),
        "; ".join(_written_history(history, say) for history in row.histories if len(history) > 1),
    )


def _written_history(history: Sequence[StatusSince], say: Speech) -> str:
    skipped = [_MORE] if len(history) > _MOST_STATUSES else []
    shown = [f"{say.day_of(each.at)} {_spelled(each.word, say)}" for each in history[-_MOST_STATUSES:]]
    return _NEXT.join(skipped + shown)


def _spelled(word: str, say: Speech) -> str:
    return translated_parts(spelled(word), say.language)


def status_changes(
    citizens: Iterable[Citizen], since: datetime, today: date, say: Speech, *, show_citizens: bool
) -> tuple[list[StatusChange], int]:
    """What changed since an instant, in the order of the table; and the number of new questions."""
    found, fresh = list[StatusChange](), 0
    for number, citizen in enumerate(citizens, 1):
        name = written(citizen.ssin) if show_citizens else citizen.ssin.masked
        for row in citizen.rows:
            for history in row.histories:
                before = [each for each in history if each.at < since]
                fresh += not before
                if before and before[-1].word != history[-1].word:
                    old, new = (_spelled(each.word, say) for each in (before[-1], history[-1]))
                    place = _employer(row.caller), say.day(row.start_date)
                    found.append(StatusChange(number, name, *place, old, new, say(row.group(today).who)))
    return found, fresh


def _cell(job: JobStatus | None, say: Speech) -> Cell:
    if job is None:
        return Cell("x", say("not_requested"))
    return Cell(job.kind.mark, say(job.kind.word) if job.kind in _OF_ROWS else job.reason)


def quotes(fold: Fold, say: Speech) -> tuple[list[Quote], int]:
    """The gateway's texts with their counts; and the total count of all other texts."""
    times: Counter[tuple[str, str, bool]] = Counter()
    for each in fold.texts:
        text = harmless(each.labels.plain(say.language))
        language = next((known for known in (say.language, *LANGUAGES) if each.labels.texts.get(known)), "")
        if text:
            times[text, language, each.is_disclaimer] += each.times
    most = dict(times.most_common(_MOST_SAID))
    quoted = [Quote(*key, say.number(count)) for key, count in most.items()]
    return quoted, fold.other_texts + times.total() - sum(times[key] for key in most)

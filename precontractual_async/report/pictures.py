"""The charts of a report: what each chart counts, and the same figures as a table. Pure.

Knows which counts need a chart, and how many bars are readable. Leaves to others: HTML, and positions in a
chart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element

from attrs import frozen

from ..journal.recheck import Finality
from ..journal.runs import Run
from .charts import Bar, Part, columns, longest, strip
from .fold import FinalityChange, Fold, JobStatus, Row
from .kinds import FINAL, KINDS, LATER, NO_GRANT, OK, PENDING, Kind
from .speech import Speech

_MOST_BARS: Final = 14
_MOST_REASONS: Final = 12
_MOST_RUNS: Final = 12
_MOMENTS: Final = 24
_QUIET: Final = timedelta(minutes=30)
"""A longer pause separates two periods of asking, so that a chart does not show the empty days between."""
_HOURS: Final = (0, 1, 100, 200, 300, 400, 500, 600)
"""The lower bound of each bar in the histogram."""

_BANDS: Final[Mapping[Finality, tuple[Kind, str]]] = {
    Finality.CONCLUSIVE: (OK, "conditions met, or not met"),
    Finality.FINAL: (FINAL, "final without either"),
    Finality.CITIZEN: (NO_GRANT, NO_GRANT.word),
    Finality.TEMPORARY: (LATER, LATER.word),
    Finality.PENDING: (PENDING, PENDING.word),
}


@frozen
class Legend:
    """The meaning of a mark, and its total in the chart."""

    mark: str
    word: str
    total: str


@frozen
class Picture:
    """A chart, and its figures as a table."""

    name: str
    """Its anchor."""
    title: str
    note: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[Legend, ...] = ()
    strips: tuple[tuple[Bar, Element], ...] = ()
    """Either strips, each below its words,"""
    chart: Element | None = None
    """or one chart."""


def pictures(fold: Fold, runs: Sequence[Run], say: Speech) -> list[Picture]:
    """The charts that have something to show."""
    rows = list(fold.rows())
    found = (
        _by_date("flexi", say("Flexi-job, by start date"), rows, lambda row: row.flexi, say),
        _by_date("student", say("Student job, by start date"), rows, lambda row: row.student, say),
        _hours(rows, say),
        _reasons(rows, say),
        _progress(fold.changes, say),
        _runs(runs, say),
    )
    return [picture for picture in found if picture.rows]


# --- by start date


def _by_date(
    name: str, title: str, rows: Iterable[Row], job: Callable[[Row], JobStatus | None], say: Speech
) -> Picture:
    counts: dict[date, Counter[str]] = {}
    for row in rows:
        if status := job(row):
            counts.setdefault(row.start_date, Counter())[status.kind.mark] += 1
    groups = _grouped(counts, say)
    bars = [
        Bar(label, say.number(kinds.total()), tuple(Part(k.mark, kinds[k.mark], say(k.word)) for k in KINDS))
        for label, kinds in groups.items()
    ]
    legend = _legend(bars, say)
    shown = [kind for kind in KINDS if kind.mark in {each.mark for each in legend}]
    return Picture(
        name,
        title,
        say("How many of what, for each start date; the longest bar is the day with the most."),
        (say("Start date"), *(say(kind.word) for kind in shown)),
        tuple((label, *(say.number(kinds[k.mark]) for k in shown)) for label, kinds in groups.items()),
        legend,
        _strips(bars),
    )


def _grouped(counts: Mapping[date, Counter[str]], say: Speech) -> dict[str, Counter[str]]:
    """Counts by day when there are few days; otherwise by week, by month or by year."""
    ways: tuple[Callable[[date], str], ...] = (
        say.day,
        lambda day: say("week of {day}", day=say.day(day - timedelta(days=day.weekday()))),
        say.month,
        lambda day: str(day.year),
    )
    for way in ways:
        groups: dict[str, Counter[str]] = {}
        for day in sorted(counts):
            groups.setdefault(way(day), Counter()).update(counts[day])
        if len(groups) <= _MOST_BARS:
            break
    return groups


def _legend(bars: Sequence[Bar], say: Speech) -> tuple[Legend, ...]:
    """The marks that occur, in the order of the bars' parts, with their totals."""
    totals: Counter[tuple[str, str]] = Counter()
    for bar in bars:
        totals.update({(part.mark, part.word): part.count for part in bar.parts})
    return tuple(Legend(mark, word, say.number(total)) for (mark, word), total in totals.items() if total)


def _strips(bars: Sequence[Bar]) -> tuple[tuple[Bar, Element], ...]:
    most = longest(bars)
    return tuple((bar, strip(bar, most)) for bar in bars)


# --- hours, reasons


def _hours(rows: Iterable[Row], say: Speech) -> Picture:
    known = [row.student.hours for row in rows if row.student and row.student.hours is not None]
    counts = Counter(max((first for first in _HOURS if first <= hours), default=0) for hours in known)
    names = [_span(first, after) for first, after in zip(_HOURS, (*_HOURS[1:], None), strict=True)]
    student = say("student job")
    bars = [
        Bar(str(first), say.number(counts[first]), (Part("h", counts[first], student),)) for first in _HOURS
    ]
    figures = tuple((name, bar.value) for name, bar in zip(names, bars, strict=True))
    title = say("Student hours left")
    return Picture(
        "hours",
        title,
        say("Hours left at the moment of asking; below each column where it begins."),
        (say("Hours left"), say("Answers")),
        figures if known else (),
        chart=columns(f"{title}. {', '.join(f'{name}: {count}' for name, count in figures)}", bars),
    )


def _span(first: int, after: int | None) -> str:
    if after is None:
        return f"{first}+"
    return str(first) if after == first + 1 else f"{first}\N{EN DASH}{after - 1}"


def _reasons(rows: Iterable[Row], say: Speech) -> Picture:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts.update({(job.kind.mark, job.reason) for job in row.jobs if job.kind is not OK})
    most = counts.most_common(_MOST_REASONS)
    bars = [Bar(reason, say.number(count), (Part(mark, count, reason),)) for (mark, reason), count in most]
    if rest := counts.total() - sum(count for _, count in most):
        others = say("all other reasons")
        bars.append(Bar(others, say.number(rest), (Part("h", rest, others),)))
    return Picture(
        "reasons",
        say("Reasons"),
        say(
            "Why conditions are not met, or why it is not known whether they are; each once for a start date."
        ),
        (say("Reason"), say("Start dates")),
        tuple((bar.label, bar.value) for bar in bars),
        strips=_strips(bars),
    )


# --- over time


def _progress(changes: Sequence[FinalityChange], say: Speech) -> Picture:
    title, moments = say("Progress"), list(_finalities(changes))
    bars = [
        Bar(say.instant(at), "", tuple(Part(k.mark, now[each], say(w)) for each, (k, w) in _BANDS.items()))
        for at, now in moments
    ]
    legend = _legend(bars[-1:], say)
    name = f"{title}. {', '.join(f'{each.total} {each.word}' for each in legend)}"
    ends = [say.instant(at) for at, _ in (moments[0], moments[-1])] if moments else []
    return Picture(
        "progress",
        title,
        say("What was known of all questions while they were asked; the totals are those of the end."),
        (say("Until"), *(say(word) for _, word in _BANDS.values())),
        tuple((bar.label, *(say.number(part.count) for part in bar.parts)) for bar in bars),
        legend,
        chart=columns(name, [Bar("", "", bar.parts) for bar in bars], ends),
    )


def _finalities(changes: Iterable[FinalityChange]) -> Iterator[tuple[datetime, Counter[Finality]]]:
    """The number of questions in each state of finality, from moment to moment."""
    in_order = sorted(changes, key=lambda change: change.at)
    now: Counter[Finality] = Counter()
    place = 0
    for until in _moments([change.at for change in in_order]):
        while place < len(in_order) and in_order[place].at <= until:
            change = in_order[place]
            if change.before:
                now[change.before] -= 1
            now[change.after] += 1
            place += 1
        yield until, now.copy()


def _moments(times: Sequence[datetime]) -> Iterator[datetime]:
    """Moments at equal distances in each period of asking; for many periods, the ends of the last ones."""
    stretches: list[tuple[datetime, datetime]] = []
    for at in times:
        if stretches and at - stretches[-1][1] < _QUIET:
            stretches[-1] = stretches[-1][0], at
        else:
            stretches.append((at, at))
    for first, last in stretches[-_MOMENTS:]:
        share = _MOMENTS // min(_MOMENTS, len(stretches)) if last > first else 1
        yield from (first + (last - first) * step / share for step in range(1, share + 1))


def _runs(runs: Sequence[Run], say: Speech) -> Picture:
    last = runs[-_MOST_RUNS:]
    bars = [
        Bar(
            say.instant(run.began),
            _value(run, say),
            (
                Part("h", run.calls - run.retries, say("sent once")),
                Part("l", run.retries, say("sent again")),
            ),
        )
        for run in last
    ]
    return Picture(
        "runs",
        say("Runs: retries and pauses"),
        say("The last runs. A pause is the gateway's wish that everybody waits."),
        tuple(map(say, ("Began", "Lasted", "Calls", "Retries", "Pauses", "Tokens", "How it ended"))),
        tuple(_run_cells(run, say) for run in last),
        _legend(bars, say),
        _strips(bars),
    )


def _value(run: Run, say: Speech) -> str:
    if run.ended is None:
        return say("no end is known")
    counts = {"calls": run.calls, "retries": run.retries, "pauses": run.pauses}
    numbers = {name: say.number(count) for name, count in counts.items()}
    return say("calls: {calls}, retries: {retries}, pauses: {pauses}", **numbers)


def _run_cells(run: Run, say: Speech) -> tuple[str, ...]:
    counts = (run.calls, run.retries, run.pauses, run.tokens)
    if run.ended is None:
        return (
            say.instant(run.began),
            "",
            "",
            "",
            "",
            "",
            say("no end is known: it runs still, or was killed"),
        )
    lasted = str(run.ended - run.began).partition(".")[0]
    ended = say.ours(run.stopped) if run.stopped else say("it ran to its end")
    return say.instant(run.began), lasted, *map(say.number, counts), ended

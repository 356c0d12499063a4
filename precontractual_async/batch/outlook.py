"""The findings of a dry run, as text for a person and as one object for a machine, with the same content.

Knows the words. Never shows a cell of the list, and shows the names of columns without their digits. Leaves
to others: how the findings are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from attrs import frozen

from ..model.errors import PrecontractualError
from ..settings.settings import KnownSettings
from ..tables.column_names import listed, shown
from ..tables.columns import ROLES
from ..tables.headings import is_own_beside
from ..tables.understanding import Understood
from .exits import COMPLETE, USAGE
from .inspection import Inspection, Reason

_REASONS: Final = 20
"""The most reasons and days in the text for a person; a machine gets all of them."""

_UNUSED: Final = {"carried_along": "carried along", "replaced": "replaced by the result's own"}

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@frozen
class Outlook:
    """What a run with the same options would do."""

    understood: Understood | None
    """The list; None: no part of it can be understood."""
    inspection: Inspection
    settings: KnownSettings
    problems: tuple[PrecontractualError, ...]
    """Everything that prevents the run."""
    remarks: tuple[str, ...] = ()
    """What could not be checked, and why."""
    is_due_at_most: bool = False
    """Whether a missing check can make the number of rows to ask too high."""
    is_distinct_at_most: bool = False
    """Whether a missing check can make the number of distinct questions too high."""

    @property
    def is_upper_bound(self) -> bool:
        """Whether the number of calls may be lower."""
        return self.is_due_at_most or self.is_distinct_at_most

    @property
    def exit_code(self) -> int:
        """The exit code of the dry run: that of a run in which all calls are answered."""
        return USAGE if self.problems else COMPLETE

    @property
    def is_clear(self) -> bool:
        """Whether the column of each role is known, and so the question of every row."""
        return self.understood is not None and not self.understood.findings.problems

    @property
    def seconds(self) -> int:
        """The shortest time that the calls take."""
        return ceil(self.inspection.calls / self.settings.rate)


# --- for a machine


def facts(outlook: Outlook) -> dict[str, object]:
    """All findings; None for what is unknown."""
    counts, clear = outlook.inspection, outlook.is_clear
    can_run = not outlook.problems
    return {
        "asks_as": outlook.settings.caller and outlook.settings.caller.described,
        "list": dict(outlook.understood.questions.table.read_as) if outlook.understood else None,
        "columns": _by_role(outlook.understood) if outlook.understood else None,
        **{name: list(map(shown, names)) for name, names in _unused(outlook.understood).items()},
        "rows": counts.rows,
        "refused": counts.refused,
        "reasons": [
            {"reason": text, "lines": reason.count, "first_lines": reason.lines}
            for text, reason in _most_first(counts)
        ],
        "deferred": {day.isoformat(): count for day, count in sorted(counts.deferred.items())},
        "settled": counts.settled,
        "due": counts.due,
        "due_again": counts.due_again,
        "due_at_most": outlook.is_due_at_most,
        "distinct": counts.distinct if clear else None,
        "duplicates": counts.duplicates if clear else None,
        "distinct_at_most": outlook.is_distinct_at_most,
        "calls": counts.calls if can_run else None,
        "calls_at_most": outlook.is_upper_bound,
        "rate": outlook.settings.rate,
        "seconds": outlook.seconds if can_run else None,
        "remarks": list(outlook.remarks),
        "problems": [{"diagnosis": each.diagnosis, "next_step": each.next_step} for each in outlook.problems],
        "exit_code": outlook.exit_code,
    }


def _by_role(understood: Understood) -> dict[str, list[str]]:
    """The columns that could have each role: one, when it is clear."""
    names = understood.questions.table.columns
    return {
        role: [shown(names[at]) for at in matching] for role, matching in understood.findings.matching.items()
    }


def _unused(understood: Understood | None) -> dict[str, tuple[str, ...]]:
    """Columns that no question needs: those that the result keeps, and those that its own columns replace."""
    if understood is None:
        return dict.fromkeys(_UNUSED, ())
    questions, matching = understood.questions, understood.findings.matching
    used = {at for role in matching.values() for at in role}
    rest = [name for at, name in enumerate(questions.table.columns) if at not in used]
    stays = is_own_beside(questions.added)
    return {
        "carried_along": tuple(name for name in rest if stays(name)),
        "replaced": tuple(name for name in rest if not stays(name)),
    }


def _most_first(counts: Inspection) -> Sequence[tuple[str, Reason]]:
    return sorted(counts.reasons.items(), key=lambda item: (-item[1].count, item[0]))


# --- for a person


def sentences(outlook: Outlook) -> Iterator[str]:
    """All findings, line by line."""
    if outlook.understood is not None:
        yield from list_lines(outlook.understood)
        yield from row_lines(outlook, outlook.understood)
    yield from (f"note: {remark}" for remark in outlook.remarks)
    for problem in outlook.problems:
        yield f"problem: {problem.diagnosis}"
        yield f"  -> {problem.next_step}"
    yield from _end_lines(outlook)


def list_lines(understood: Understood) -> Iterator[str]:
    """How the list is read, and which column holds what."""
    questions = understood.questions
    yield "list: " + ", ".join(f"{name} {value}" for name, value in questions.table.read_as)
    for role in ROLES:
        yield f"  {_where(understood, role)}"
    for name, names in _unused(understood).items():
        if names:
            yield f"  {_UNUSED[name]}: {listed(names)}"


def _where(understood: Understood, role: str) -> str:
    if role == "start_date" and understood.questions.start_dates:
        return "start dates as given by --start-date"
    names = understood.questions.table.columns
    matching = " / ".join(repr(shown(names[at])) for at in understood.findings.matching[role])
    unclear = "?" * (len(understood.findings.matching[role]) > 1)
    return f"{role.replace('_', ' ')} in {matching or 'no column'}{unclear}"


def row_lines(outlook: Outlook, understood: Understood) -> Iterator[str]:
    """Who asks, what a run does with the rows, and what is wrong with them."""
    if outlook.settings.caller is not None:
        yield outlook.settings.caller.described
    counts, unclear = outlook.inspection, not outlook.is_clear
    yield f"rows: {counts.rows:,}{_which(understood)}"
    several = ", by reason (a row may have several):" if counts.reasons else ""
    yield f"  refused: {'at least ' * unclear}{counts.refused:,}{several}"
    yield from _cut([f"    {each.count:,}: {text} ({_lines(each)})" for text, each in _most_first(counts)])
    yield f"  deferred: {'at most ' * unclear}{counts.deferred.total():,}"
    days = sorted(counts.deferred.items())
    yield from _cut([f"    {count:,}: from {day.isoformat()}" for day, count in days])
    if counts.settled:
        yield f"  settled in the journal: {counts.settled:,}"
    at_most = "at most " * (unclear or outlook.is_due_at_most)
    again = f", {counts.due_again:,} of them again" if counts.due_again else ""
    yield f"  to be asked: {at_most}{counts.due:,}{again}"
    if not unclear:
        yield _distinct_line(counts, is_at_most=outlook.is_distinct_at_most)


def _distinct_line(counts: Inspection, *, is_at_most: bool) -> str:
    """Omits "at least 0 duplicates", which would say nothing."""
    distinct, duplicates = f"{counts.distinct:,}", f"{counts.duplicates:,}"
    if not is_at_most:
        return f"distinct questions: {distinct}, duplicates: {duplicates}"
    more = f", duplicates: at least {duplicates}" if counts.duplicates else ""
    return f"distinct questions: at most {distinct}{more}"


def _which(understood: Understood) -> str:
    questions = understood.questions
    dates = len(questions.start_dates)
    times = f", each of the list for {dates} start dates" if dates > 1 else ""
    return times + (", as far as the list can be read" if questions.table.problem else "")


def _lines(reason: Reason) -> str:
    more = reason.count - len(reason.lines)
    lines = ", ".join(map(str, reason.lines)) + (f" and {more:,} more" if more else "")
    return f"line {lines}" if reason.count == 1 else f"lines {lines}"


def _cut(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_REASONS]
    if len(lines) > _REASONS:
        yield f"    ... and {len(lines) - _REASONS:,} more"


def _end_lines(outlook: Outlook) -> Iterator[str]:
    calls, code = outlook.inspection.calls, outlook.exit_code
    refused = outlook.inspection.refused
    back = f"; {refused:,} row{'s' * (refused > 1)} would come back refused" if refused else ""
    if outlook.problems:
        yield f"a run would end at once, with exit code {code}"
    elif not calls:
        yield f"a run would make no call, and end with exit code {code}{back}"
    else:
        yield calls_line(outlook)
        yield f"a run would end with exit code {code}, or 3 when some are not answered{back}"


def calls_line(outlook: Outlook) -> str:
    """How many calls a run makes, and how long they take."""
    calls = outlook.inspection.calls
    number = f"{'at most ' * outlook.is_upper_bound}{calls:,} call{'s' * (calls > 1)}"
    pace = f"about {span(outlook.seconds)} at {outlook.settings.rate:g} a second"
    return f"{number}, {pace}, more when answers are slow"


def span(seconds: int) -> str:
    """A length of time in its two largest units.

    >>> span(83), span(7200), span(90061)
    ('1 min 23 s', '2 h', '1 d 1 h')
    """
    parts = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        parts.append((count, unit))
    first = next((at for at, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"

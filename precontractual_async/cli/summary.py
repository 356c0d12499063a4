"""What became of a list, in a few lines for a person or as one object for a machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from ..batch.asker import Asker
from ..errors import Move
from ..window import BRUSSELS
from .batch import Screening

_WAITING: Final[Mapping[Move | None, str]] = {
    None: "complete: all of it ok or nok",
    Move.EMPLOYER: "correct them (column reason), or decide on them",
    Move.CITIZEN: "have the citizen give the mandate, then run it again",
    Move.OPERATOR: "look at them (column next_step)",
    Move.LATER: "run it again later",
    Move.NOBODY: "final: nothing more to ask",
}


def facts(screening: Screening, client: Asker) -> dict[str, object]:
    """The summary for a machine: the same counts, by the words of the result.

    `complete` and `moves` together are all `rows`.
    """
    tallies, done, fault = screening.tally.counts(), client.statistics(), screening.stopped_by
    return {
        "rows": dict(tallies.outcomes),
        "flexi": {status.value: count for status, count in tallies.flexi.items()},
        "student": {status.value: count for status, count in tallies.student.items()},
        "complete": screening.waiting[None],
        "moves": {move.value: count for move, count in screening.waiting.items() if move},
        "still_due": screening.still_due,
        "next_due": screening.next_due.isoformat(timespec="seconds") if screening.next_due else None,
        "calls": done.requests - done.token_requests,
        "retries": done.retries,
        "token_requests": done.token_requests,
        "pauses": done.pauses,
        "stopped": None if fault is None else {"diagnosis": fault.diagnosis, "next_step": fault.next_step},
    }


def summary(screening: Screening, client: Asker) -> Iterator[str]:
    """What became of the list, and what to do next."""
    tallies, done = screening.tally.counts(), client.statistics()
    if tallies.outcomes:
        yield "rows: " + _counted(tallies.outcomes)
    if tallies.flexi:
        yield "flexi: " + _counted({status.value: count for status, count in tallies.flexi.items()})
        yield "student: " + _counted({status.value: count for status, count in tallies.student.items()})
    yield (
        f"calls: {done.requests - done.token_requests}, retries among them: {done.retries}; "
        f"tokens: {done.token_requests}, pauses: {done.pauses}"
    )
    waiting = screening.waiting
    yield from (f"  -> {_rows(waiting[move])}: {text}" for move, text in _WAITING.items() if waiting[move])
    yield from _refusals(screening)
    if screening.stopped_by is not None:
        yield f"stopped: {screening.stopped_by.diagnosis}"
        yield f"  -> {screening.stopped_by.next_step}"


def _refusals(screening: Screening) -> Iterator[str]:
    """What is wrong with the first lines, and how many more there are."""
    yield from (f"  refused, line {number}: {text}" for number, text in screening.refusals.items())
    if more := screening.refused_lines - len(screening.refusals):
        yield f"  ... and {more} more {'line' if more == 1 else 'lines'} (column reason)"


def next_run(screening: Screening, now: datetime) -> Iterator[str]:
    """When the same command has something to ask again."""
    if screening.still_due:
        yield f"next run: now, for {_rows(screening.still_due)} without an answer"
    elif screening.next_due is None:
        yield "next run: not needed for this list"
    elif screening.next_due <= now:
        yield "next run: useful at any time, for what could not be told this time"
    else:
        yield f"next run: useful from {screening.next_due.astimezone(BRUSSELS):%d/%m/%Y %H:%M} (Brussels)"


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items(), key=lambda item: -item[1]))

"""The summary of a run, as a few lines for a person or as one JSON object for a machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import asdict

from ..journal.runs import Run
from ..model.dates import BRUSSELS
from ..model.errors import (
    AddressWrong,
    CertificateRefused,
    CredentialsRefused,
    GatewayDown,
    Interrupted,
    Move,
    Reach,
)
from ..model.moves import outcome_word
from ..model.questions import Pending
from .backend import VerificationBackend
from .list_screening import Screening

WAITING: Final[Mapping[Move, str]] = {
    Move.EMPLOYER: "correct them (the column with the reason), or decide on them",
    Move.CITIZEN: "have the citizen give the mandate, then run it again",
    Move.OPERATOR: "look at them (the column with the next step)",
    Move.LATER: "run it again later",
    Move.NOBODY: "not known for good: nothing more to ask",
}
"""What to do about rows, by whose move is first."""


def facts(screening: Screening, client: VerificationBackend) -> dict[str, object]:
    """The summary for a machine: the same counts, with the words of the result as keys.

    `complete` and `moves` add up to `rows`; both exist once the result is `written`. `known` counts the
    outcomes that were known at the end of the asking, which took `seconds`.
    """
    tallies, done, fault = screening.tally.counts(), client.statistics(), screening.reason
    due = screening.next_due(client.now())
    return {
        "starts": asdict(tallies.starts),
        "rows": dict(tallies.outcomes),
        "flexi": {status.value: count for status, count in tallies.flexi.items()},
        "student": {status.value: count for status, count in tallies.student.items()},
        "complete": screening.waiting[None],
        "moves": {move.value: count for move, count in screening.waiting.items() if move},
        "still_due": screening.unanswered,
        "next_due": due.astimezone(BRUSSELS).isoformat(timespec="seconds") if due else None,
        "calls": done.requests - done.token_requests,
        "retries": done.retries,
        "token_requests": done.token_requests,
        "pauses": done.pauses,
        "seconds": round(screening.seconds, 1),
        "known": {outcome_word(kind): count for kind, count in screening.known.items()},
        "written": screening.is_written and not screening.is_beside,
        "exit_code": screening.exit_code,
        "signal": screening.signalled,
        "stopped": None if fault is None else {"diagnosis": fault.diagnosis, "next_step": fault.next_step},
    }


def as_noted(screening: Screening, client: VerificationBackend, began: datetime) -> Run:
    """The run at its end, as a record for the journal."""
    done, fault = client.statistics(), screening.stopped_by
    return Run(
        began,
        client.now(),
        calls=screening.calls,
        retries=screening.retries,
        pauses=done.pauses,
        tokens=done.token_requests,
        rows=screening.total,
        known=screening.known.total() - screening.known[Pending],
        stopped=fault.diagnosis if fault else "",
    )


def summary(screening: Screening, client: VerificationBackend) -> Iterator[str]:
    """The results and what to do next: at most twelve lines, including those of `next_run`."""
    yield from what_became(screening, client)
    yield from why_it_ended(screening)


def what_became(screening: Screening, client: VerificationBackend) -> Iterator[str]:
    """The counts, by whose move is next."""
    tallies, done, waiting = screening.tally.counts(), client.statistics(), screening.waiting
    if tallies.outcomes:
        yield str(tallies.starts)
    yield from (f"  -> {_rows(waiting[move])}: {text}" for move, text in WAITING.items() if waiting[move])
    yield from _refusals(screening)
    yield (
        f"calls: {done.requests - done.token_requests}, retries among them: {done.retries}; "
        f"tokens: {done.token_requests}, pauses: {done.pauses}"
    )


_FOR_THE_DOCTOR: Final = (CredentialsRefused, AddressWrong, CertificateRefused, GatewayDown)
"""Faults about which ``precontractual doctor`` can find more."""


_HOW_IT_ENDED: Final[Mapping[Reach, str]] = {
    Reach.BATCH: "stopped",
    Reach.CALLER: "not everybody was asked",
    Reach.ROW: "nobody was answered",
}


def why_it_ended(screening: Screening) -> Iterator[str]:
    """What ended the run, or kept its rows from being asked or answered; empty if nothing did."""
    fault = screening.reason
    if fault is None:
        return
    yield f"{_HOW_IT_ENDED[fault.reach]}: {fault.diagnosis}"
    doctor = " (precontractual doctor tells more)" if isinstance(fault, _FOR_THE_DOCTOR) else ""
    yield f"  -> {fault.next_step}{doctor}"


def _refusals(screening: Screening) -> Iterator[str]:
    """What is wrong with the first lines that must be corrected, and how many more there are."""
    more = screening.refused_lines - len(screening.refusals)
    for place, (number, text) in enumerate(screening.refusals.items(), 1):
        others = f" (and {_lines(more)} more)" if more and place == len(screening.refusals) else ""
        yield f"  to correct, line {number}: {text}{others}"


_ASKS_ALL: Final = "; it asks every row again and replaces the result, with --journal FILE only what is due"


def next_run(screening: Screening, now: datetime, *, has_journal: bool) -> Iterator[str]:
    """When the same command has something to ask again, and what it will ask then."""
    if not screening.is_written:
        yield from _unwritten(screening, has_journal=has_journal)
    elif screening.still_due or screening.due_again is not None:
        again = "" if has_journal else _ASKS_ALL
        yield f"next run: {_when(screening, now)}{again}"
    elif has_journal:
        yield "next run: not needed for this list"


def _when(screening: Screening, now: datetime) -> str:
    due = screening.next_due(now)
    if screening.still_due:
        rows = f"for {_rows(screening.still_due)} without an answer"
        if due is None:
            return f"when that is mended, {rows}"
        if due > now:
            return f"{_from(due)}, {rows}"
        fault = screening.stopped_by
        return f"{'at any time' if fault is None or isinstance(fault, Interrupted) else 'later'}, {rows}"
    if due is None or screening.due_again is None or screening.due_again <= now:
        return "useful at any time, for the rows whose answer is not known"
    return f"useful {_from(due)}"


def _from(instant: datetime) -> str:
    """The time in whole minutes, rounded up."""
    minute = (instant + timedelta(minutes=1, microseconds=-1)).astimezone(BRUSSELS)
    return f"from {minute:%d/%m/%Y %H:%M} (Brussels)"


def _unwritten(screening: Screening, *, has_journal: bool) -> Iterator[str]:
    """What exists instead of a result."""
    known = screening.known.total() - screening.known[Pending]
    yield f"the result is not written; known: {known} of {_rows(screening.total)}"
    if has_journal:
        yield "  -> what was answered is in the journal; run it again to go on"
    else:
        yield "  -> what was answered is gone; run with --journal FILE, it would be kept"


def _lines(count: int) -> str:
    return f"{count} line" if count == 1 else f"{count} lines"


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"

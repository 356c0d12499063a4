"""A list of candidates and a few start dates, screened in one call.

Knows how to put the pool and the aggregator together for a list that fits in memory. For longer lists
use `verify_many` and fold what you need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import aclosing

from attrs import evolve, frozen

from ..client import Verifier
from ..errors import Fault, Reach
from ..journal.due import DuePolicy
from ..journal.port import Journal
from ..model import Candidate, Outcome
from .aggregate import CitizenResult, ResultAggregator, Tallies
from .pool import verify_many


@frozen
class Screening:
    """What came out: per citizen, in counts, and row by row."""

    citizens: tuple[CitizenResult, ...]
    tallies: Tallies
    outcomes: tuple[Outcome, ...]
    """One for each candidate and start date, in the order of the list, then of the dates."""


async def screen(
    client: Verifier,
    candidates: Iterable[object],
    start_dates: Iterable[object] = (),
    *,
    journal: Journal | None = None,
    due: DuePolicy = DuePolicy(),  # noqa: B008 (frozen)
) -> Screening:
    """Verify every candidate for every start date.

    `candidates`: SSINs in any writing, or `Candidate`s. `start_dates`: in any writing that
    `read_start_date` reads; without any, each `Candidate` is asked for its own. Duplicates are asked
    once. `journal`, `due`: see `verify_many`.

    Raises:
        Fault: once, with `reach` BATCH, when no question can be answered: see `verify_many`, which also
            gives what was known by then.
    """
    aggregator = ResultAggregator()
    outcomes: dict[int, Outcome] = {}
    questions = _questions(candidates, tuple(start_dates))
    try:
        async with aclosing(
            verify_many(client, questions, remember=None, journal=journal, due=due)
        ) as stream:
            async for outcome in stream:
                aggregator.add(outcome)
                outcomes[_position(outcome)] = outcome
    except Fault as fault:
        if fault.reach is not Reach.CALLER:  # then every row has its outcome
            raise
    ordered = tuple(outcomes[position] for position in sorted(outcomes))
    return Screening(aggregator.citizens(), aggregator.tallies(), ordered)


def _questions(candidates: Iterable[object], start_dates: tuple[object, ...]) -> Iterator[Candidate]:
    position = 0
    for each in candidates:
        candidate = each if isinstance(each, Candidate) else Candidate(each, None)
        for start_date in start_dates or (candidate.start_date,):
            yield evolve(candidate, start_date=start_date, row=position)
            position += 1


def _position(outcome: Outcome) -> int:
    assert isinstance(outcome.row, int)  # noqa: S101 (every question here got one)
    return outcome.row

"""Decides about a question before anything is sent.

Knows the order of its steps: it parses a question without looking at the date, so that a known answer counts
even after the start date; it does not ask a settled question again; it checks every other question against
today's start-date window. The pool and the results use it. Leaves to others: how a question is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..journal.port import Entry
from ..journal.recheck import RecheckPolicy
from ..model.dates import StartDateWindow, day_in_brussels
from ..model.errors import InternalFault
from ..model.identifiers import EnterpriseNumber
from ..model.planning import Planner, employer_of
from ..model.questions import Caller, Candidate, Deferred, Outcome, Query, Refused
from .backend import VerificationBackend

Question = Query | Candidate


class Intake:
    """Parses questions and decides about them, for one run.

    `planner` gives the current planner, with or without the start-date window. `now` is the wall clock.
    `began` is the start of the run: a run does not ask again what it learned after its start.
    """

    def __init__(
        self,
        planner: Callable[[bool], Planner],
        now: Callable[[], datetime],
        due: RecheckPolicy,
        *,
        began: datetime,
        check_window: bool,
    ) -> None:
        self._planner = planner
        self._timeless = planner(False)
        self._now = now
        self._began = began
        self._due = due
        self._checks_window = check_window

    def employer(self, question: Question) -> EnterpriseNumber | None:
        """The employer for which a question is asked; None: unknown."""
        if isinstance(question, Query):
            return question.caller.employer
        try:
            return employer_of(question, self._timeless.caller)
        except Exception:  # noqa: BLE001 (`understood` reports what is wrong with it)
            return None

    def understood(self, question: Question) -> Query | Refused:
        """The query; or `Refused` with every violation, including those of the start-date window."""
        if isinstance(question, Query):
            return question
        if not isinstance(question, Candidate):
            raise TypeError(f"a question is a Candidate or a Query, and not a {type(question).__name__}")
        try:
            planned = self._timeless.plan(question)
            if isinstance(planned, Refused) and self._checks_window:
                planned = self._planner(True).plan(question)
        except Exception as error:  # noqa: BLE001 (one row's bug never kills the others)
            return _defect(question, error)
        assert not isinstance(planned, Deferred)  # noqa: S101 (a refusal does not depend on the window)
        return planned

    def decide(self, question: Question, query: Query, entry: Entry | None) -> Query | Outcome:
        """The query, when it must be asked now; otherwise the known outcome, or why it cannot be asked."""
        if entry is not None and not self._is_due(entry):
            return entry.outcome
        planned = self._today(question, query)
        if isinstance(planned, Query) or entry is None or entry.is_pending:
            return planned
        return entry.outcome

    def due_again(self, entry: Entry) -> datetime | None:
        """When a query that is settled now is asked again; None: never, for instance after its start date."""
        at = self._due.due_at(entry.last, entry.learned_at)
        if at is None or entry.outcome.query.start_date < day_in_brussels(self._now()):
            return None
        return at

    def _is_due(self, entry: Entry) -> bool:
        return self._due.is_due(entry.last, entry.learned_at, now=self._now(), began=self._began)

    def _today(self, question: Question, query: Query) -> Query | Refused | Deferred:
        try:
            planner = self._planner(self._checks_window)
            checked = planner.check(query)
            if checked is query or isinstance(question, Query):
                return checked
            return planner.plan(question)
        except Exception as error:  # noqa: BLE001 (as above)
            return _defect(question, error)


def intake_of(
    client: VerificationBackend, due: RecheckPolicy, *, began: datetime, check_window: bool
) -> Intake:
    """The intake for a run of `client` that began at `began`."""
    return Intake(
        lambda windowed: client.planner(check_window=windowed),
        client.now,
        due,
        began=began,
        check_window=check_window,
    )


def intake_at(instant: datetime, caller: Caller, due: RecheckPolicy, *, check_window: bool) -> Intake:
    """The intake for a run of `caller` that begins and ends at `instant` (with a time zone)."""
    planners = {
        windowed: Planner(caller, StartDateWindow.at(instant) if windowed else None)
        for windowed in (True, False)
    }
    return Intake(
        lambda windowed: planners[windowed], lambda: instant, due, began=instant, check_window=check_window
    )


def _defect(question: Question, error: Exception) -> Refused:
    candidate = question if isinstance(question, Candidate) else Candidate(question.citizen, None)
    return Refused(candidate, (InternalFault.of(error).diagnosis,), candidate.row)

"""Anomalies that concern more than one row: our defects, answers about another citizen, unexplained refusals.

Knows that a run logs each defect once, since a defect may hit every row, and how many mix-ups and refusals
end a run. Leaves to others: what happens to the rows.
"""

from __future__ import annotations

import logging
from typing import Final

from ..model.errors import Fault, InternalFault, RunStopped, Unexplained, WrongCitizen
from ..observability.logs import LogEvent, fields

_log = logging.getLogger(__name__)

_MOST_MIX_UPS: Final = 3
"""Answers about other citizens that end a run."""

_MOST_REFUSALS: Final = 20
"""Consecutive refusals without a reason that end a run."""


class AnomalyMonitor:
    """Counts the anomalies of one run."""

    def __init__(self) -> None:
        self._logged: set[str] = set()
        self._mix_ups = 0
        self._refusals = 0

    def defect(self, defect: InternalFault) -> None:
        """Log a defect, unless this run logged the same before."""
        if defect.diagnosis not in self._logged:
            self._logged.add(defect.diagnosis)
            extra = fields(LogEvent.DEFECT, fault=defect)
            _log.error("%s; its rows stay pending", defect.diagnosis, extra=extra)

    def mix_up(self, mix_up: WrongCitizen) -> Fault:
        """Log a mix-up. The third stops the run: after that no answer of this gateway can be trusted."""
        self._mix_ups += 1
        extra = fields(LogEvent.WRONG_CITIZEN, fault=mix_up)
        _log.error("an answer was about another citizen; trace id %s", mix_up.trace_id, extra=extra)
        if self._mix_ups < _MOST_MIX_UPS:
            return mix_up
        diagnosis = "answers come mixed up: they are about other citizens"
        return RunStopped(diagnosis, mix_up.next_step, trace_id=mix_up.trace_id)

    def answered(self) -> None:
        """The gateway itself answered: the count of refusals starts again."""
        self._refusals = 0

    def refusal(self, refusal: Unexplained) -> Fault:
        """Stop the run after many in sequence: something before the gateway refuses us, whatever the row."""
        self._refusals += 1
        if self._refusals < _MOST_REFUSALS:
            return refusal
        next_step = "Ask who runs your network about firewalls and proxies, then the gateway's helpdesk."
        return RunStopped(refusal.diagnosis, next_step, status=refusal.status, trace_id=refusal.trace_id)

"""What is wrong beyond one row: defects of ours, answers about somebody else, refusals without a reason.

Knows that a defect is told once in a run, since it may hit every row, and how many mix-ups and refusals end
a run. Refuses to know what becomes of the rows.
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
"""Refusals without a reason in a row that end a run."""


class AnomalyMonitor:
    """The alarms of one run."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._mix_ups = 0
        self._refusals = 0

    def defect(self, defect: InternalFault) -> None:
        """Tell of a defect, unless one like it was told."""
        if defect.diagnosis not in self._told:
            self._told.add(defect.diagnosis)
            said = fields(LogEvent.DEFECT, fault=defect)
            _log.error("%s; its rows stay pending", defect.diagnosis, extra=said)

    def mix_up(self, mix_up: WrongCitizen) -> Fault:
        """Tell of it; the third stops the run: then no answer of this gateway can be trusted."""
        self._mix_ups += 1
        said = fields(LogEvent.WRONG_CITIZEN, fault=mix_up)
        _log.error("an answer was about another citizen; trace id %s", mix_up.trace_id, extra=said)
        if self._mix_ups < _MOST_MIX_UPS:
            return mix_up
        diagnosis = "answers come mixed up: they are about other citizens"
        return RunStopped(diagnosis, mix_up.next_step, trace_id=mix_up.trace_id)

    def answered(self) -> None:
        """The gateway itself said something."""
        self._refusals = 0

    def refusal(self, refusal: Unexplained) -> Fault:
        """After some in a row the run stops: somebody on the way refuses us, and no row is to blame."""
        self._refusals += 1
        if self._refusals < _MOST_REFUSALS:
            return refusal
        next_step = "Ask who runs your network about firewalls and proxies, then the gateway's helpdesk."
        return RunStopped(refusal.diagnosis, next_step, status=refusal.status, trace_id=refusal.trace_id)

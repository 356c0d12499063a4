"""The exit codes, and which exit code an error has."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Final

from attrs import define, field

from ..model.errors import (
    CredentialsRefused,
    Fault,
    GatewayDown,
    InputError,
    JournalBusy,
    JournalFailed,
    Paused,
    RunStopped,
    TokenRejected,
    Unavailable,
)
from ..model.questions import Answered, Outcome, Pending, Rejected
from ..tables import ListChanged

COMPLETE: Final = 0
FAILURE: Final = 1
USAGE: Final = 2
ROWS_PENDING: Final = 3
CREDENTIALS_REFUSED: Final = 4
GATEWAY_UNAVAILABLE: Final = 5
SIGNALLED: Final = 128
"""Added to the number of the signal: 130 for Ctrl-C, 143 for SIGTERM, 129 for a terminal that went away."""

# The first matching row counts, so special classes come before general ones.
_BY_ERROR: Final[Mapping[type[BaseException], int]] = {
    CredentialsRefused: CREDENTIALS_REFUSED,
    TokenRejected: CREDENTIALS_REFUSED,
    Paused: GATEWAY_UNAVAILABLE,
    GatewayDown: GATEWAY_UNAVAILABLE,
    JournalFailed: FAILURE,
    JournalBusy: FAILURE,
    Unavailable: GATEWAY_UNAVAILABLE,
    ListChanged: FAILURE,
    RunStopped: USAGE,
    InputError: USAGE,
}


def exit_code(error: BaseException) -> int:
    """The exit code that shows a script the kind of error."""
    if isinstance(error, KeyboardInterrupt):
        return SIGNALLED + getattr(error, "number", signal.SIGINT)
    return next((code for kind, code in _BY_ERROR.items() if isinstance(error, kind)), FAILURE)


@define
class BatchExit:
    """The exit code of a batch, computed from its rows and from the error that stopped it."""

    _faults: dict[type[Fault], Fault] = field(factory=dict, init=False)
    _heard_something: bool = field(default=False, init=False)

    def see(self, outcome: Outcome) -> None:
        """Add one row of the result."""
        self._heard_something |= isinstance(outcome, Answered | Rejected)
        if isinstance(outcome, Pending):
            self._faults.setdefault(type(outcome.fault), outcome.fault)

    @property
    def first_fault(self) -> Fault | None:
        """The fault of the first pending row."""
        return next(iter(self._faults.values()), None)

    def code(self, stopped_by: Fault | None, still_due: int) -> int:
        """The exit code; `still_due` is the number of rows that this run should have asked and did not."""
        if stopped_by is not None:
            return exit_code(stopped_by)
        if not self._faults:
            return ROWS_PENDING if still_due else COMPLETE
        is_out = not self._heard_something and all(issubclass(kind, Unavailable) for kind in self._faults)
        return GATEWAY_UNAVAILABLE if is_out else ROWS_PENDING

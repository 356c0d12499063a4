"""The exit codes, and which one an error means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ..errors import (
    CredentialsRefused,
    Fault,
    InputError,
    Paused,
    PrecontractualError,
    RunStopped,
    TokenRejected,
    Unavailable,
)
from ..model import Answered, Outcome, Pending, Rejected

COMPLETE: Final = 0
FAILURE: Final = 1
USAGE: Final = 2
ROWS_PENDING: Final = 3
CREDENTIALS_REFUSED: Final = 4
GATEWAY_UNAVAILABLE: Final = 5
SIGNALLED: Final = 128
"""Plus the number of the signal: 130 for Ctrl-C, 143 for SIGTERM."""

# The first row that fits counts, so the special come first.
_BY_ERROR: Final[Mapping[type[PrecontractualError], int]] = {
    CredentialsRefused: CREDENTIALS_REFUSED,
    TokenRejected: CREDENTIALS_REFUSED,
    Paused: GATEWAY_UNAVAILABLE,
    Unavailable: GATEWAY_UNAVAILABLE,
    RunStopped: USAGE,
    InputError: USAGE,
}


def exit_code(error: PrecontractualError) -> int:
    """The exit code that tells a script what kind of error it was."""
    return next((code for kind, code in _BY_ERROR.items() if isinstance(error, kind)), FAILURE)


def batch_exit_code(outcomes: Iterable[Outcome], stopped_by: Fault | None) -> int:
    """The exit code of a batch, from its outcomes and what stopped it."""
    if stopped_by is not None:
        return exit_code(stopped_by)
    faults, heard_something = [], False
    for outcome in outcomes:
        if isinstance(outcome, Pending):
            faults.append(outcome.fault)
        heard_something |= isinstance(outcome, Answered | Rejected)
    if not faults:
        return COMPLETE
    is_out = not heard_something and all(isinstance(fault, Unavailable) for fault in faults)
    return GATEWAY_UNAVAILABLE if is_out else ROWS_PENDING

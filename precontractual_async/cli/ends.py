"""The exit code for any error that ends a command."""

from __future__ import annotations

from ..batch.exits import USAGE, exit_code
from .values import Refusal


def code_of(error: BaseException) -> int:
    """The exit code of the process when this error ends it."""
    return USAGE if isinstance(error, Refusal) else exit_code(error)

"""The exit code of whatever ends a command."""

from __future__ import annotations

from ..batch.exits import USAGE, exit_code
from .values import Refusal


def code_of(error: BaseException) -> int:
    """What the process tells whoever started it, when this error ends it."""
    return USAGE if isinstance(error, Refusal) else exit_code(error)

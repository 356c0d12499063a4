"""Errors that leave without the frames they came through.

Knows that error trackers show the locals of every frame of a traceback, and that of some functions the
locals are the secret: a key, a password, a citizen's number. Refuses to know what is secret and why it was
refused: the error says that, and where it is raised from then on is the edge it leaves by.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from .errors import PrecontractualError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")


def discreet(call: Callable[_P, _R]) -> Callable[_P, _R]:
    """`call`, whose errors of ours show nothing of what it was given, nor of what it made of it.

    An error that is not ours keeps its frames: it is a defect, which nobody could find without them.
    """

    @wraps(call)
    def edge(*arguments: _P.args, **named: _P.kwargs) -> _R:
        try:
            return call(*arguments, **named)
        except PrecontractualError as error:
            del arguments, named
            raise error.with_traceback(None)  # noqa: B904 (the same error: nothing new stands behind it)

    return edge


def discreetly_made(kind: type[_C]) -> type[_C]:
    """A class whose values are made discreetly: attrs' own ``__init__`` has the fields for locals."""
    kind.__init__ = discreet(kind.__init__)  # type: ignore[method-assign]
    return kind

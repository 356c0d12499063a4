"""What keeps secrets: errors without the frames they came through, and texts without numbers.

Knows that error trackers show the locals of every frame of a traceback, and that of some functions the
locals are the secret: a key, a password, a citizen's number. Refuses to know what is secret and why it was
refused: the error says that, and where it is raised from then on is the edge it leaves by.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar
from unicodedata import category

from .errors import PrecontractualError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")


def without_frames(call: Callable[_P, _R]) -> Callable[_P, _R]:
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


def made_without_frames(kind: type[_C]) -> type[_C]:
    """A class whose values are made discreetly: attrs' own ``__init__`` has the fields for locals."""
    kind.__init__ = without_frames(kind.__init__)  # type: ignore[method-assign]
    return kind


# --- numbers in a text ---------------------------------------------------------------------------------

# Seven digits or more, whatever a few signs stand between them, and however many that nobody sees.
_NUMBER: Final = re.compile("d(?:i*+(?:si*+){0,3}d){6,}")
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that show nothing."""


def masked(text: str) -> str:
    """`text` without what a reader could take for a number of somebody.

    Digits are those of any script or shape. What is not seen, or no more than as a gap, hides none of them.

    >>> masked("the citizen 07.01.01-899.01, or ⓪⑦⓪①⓪①⑧⑨⑨⓪①, in 2026")
    'the citizen ***, or ***, in 2026'
    """
    if sum(map(str.isnumeric, text)) < _LEAST_DIGITS:
        return text
    told: list[str] = []
    place = 0
    for found in _NUMBER.finditer("".join(map(_looks, text))):
        told += text[place : found.start()], "***"
        place = found.end()
    return "".join((*told, text[place:]))


_LEAST_DIGITS: Final = 7


@lru_cache(maxsize=1024)
def _looks(character: str) -> str:
    """How it looks: a digit, invisible, a sign, or a letter."""
    if character.isnumeric():
        return "d"
    if category(character)[0] in "CMZ" or character in _FILLERS:
        return "i"
    return "w" if character.isalnum() else "s"

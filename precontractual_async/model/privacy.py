"""Keeps secrets out of errors and texts: errors without traceback frames, texts without numbers.

Knows that error trackers show the local variables of every frame of a traceback, and that in some functions
these variables hold a secret: a key, a password, a citizen's number. Leaves to others: what is secret, and
why it was refused. A stripped traceback begins in the decorator `without_frames`.
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
    """`call`, but its `PrecontractualError`s show neither its arguments nor its local variables.

    Any other error keeps its frames: it is a defect, and nobody could find it without them.
    """

    @wraps(call)
    def edge(*arguments: _P.args, **named: _P.kwargs) -> _R:
        try:
            return call(*arguments, **named)
        except PrecontractualError as error:
            del arguments, named
            raise error.with_traceback(None)  # noqa: B904 (it is the same error, without a new cause)

    return edge


def made_without_frames(kind: type[_C]) -> type[_C]:
    """Apply `without_frames` to a class: the local variables of attrs' ``__init__`` are the fields."""
    kind.__init__ = without_frames(kind.__init__)  # type: ignore[method-assign]
    return kind


# --- numbers in a text ---------------------------------------------------------------------------------

# Seven digits or more; between two digits up to three signs and any number of invisible characters.
_NUMBER: Final = re.compile("d(?:i*+(?:si*+){0,3}d){6,}")
_DAY: Final = re.compile(r"\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d-\d{1,2}-\d{1,2}", re.ASCII)
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are displayed as blank."""


def masked(text: str, *, keeps_days: bool = False) -> str:
    """`text` without anything that could be a person's number.

    Digits of any script or shape count. Invisible characters and gaps between them do not hide a number.

    >>> masked("the citizen 07.01.01-899.01, or ⓪⑦⓪①⓪①⑧⑨⑨⓪①, in 2026")
    'the citizen ***, or ***, in 2026'

    `keeps_days`: but the days of a calendar, where a start date is expected.

    >>> masked("from 01/12/2026, not 07010189901", keeps_days=True)
    'from 01/12/2026, not ***'
    """
    if sum(map(str.isnumeric, text)) < _LEAST_DIGITS:
        return text
    parts: list[str] = []
    position = 0
    for match in _NUMBER.finditer("".join(map(_appearance, text))):
        found = text[match.start() : match.end()]
        is_kept = keeps_days and _DAY.fullmatch(found)
        parts += text[position : match.start()], found if is_kept else "***"
        position = match.end()
    return "".join((*parts, text[position:]))


_LEAST_DIGITS: Final = 7


@lru_cache(maxsize=1024)
def _appearance(character: str) -> str:
    """How a character looks: d for a digit, i for invisible, w for a letter, s for a sign."""
    if character.isnumeric():
        return "d"
    if category(character)[0] in "CMZ" or character in _FILLERS:
        return "i"
    return "w" if character.isalnum() else "s"

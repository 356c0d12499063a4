"""What an error tracker shows: the locals of every frame of an error and of those behind it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

import precontractual_async
from precontractual_async import PrecontractualError

_OURS = (str(Path(precontractual_async.__file__).parent), "<attrs generated")


def refused(call: Callable[[], object]) -> PrecontractualError:
    """The error of ours that `call` ends in."""
    with pytest.raises(PrecontractualError) as told:
        call()
    return told.value


def shown(error: BaseException) -> str:
    """Text, repr and pickle-to-be of an error and of those behind it, and the locals of our frames.

    Without the addresses of objects, whose digits are nobody's.
    """
    parts = [str(error), repr(error), repr(vars(error))]
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts += [f"{each.name} {each.locals}" for each in told.stack if each.filename.startswith(_OURS)]
    behind = (error.__cause__, error.__context__)
    told_of = "\n".join([*parts, *(shown(each) for each in behind if each is not None)])
    return re.sub(r" at 0x[0-9a-f]+", "", told_of)

"""What a test needs of the machine: a program of the system's, or the reason why the test is skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest


def program(*names: str, hint: str, more: Iterable[Path] = ()) -> str:
    """Where the first of `names` is, on the path or in `more` folders; without it the test cannot run here."""
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, more)])
    found = next(filter(None, (shutil.which(name, path=places) for name in names)), None)
    return found or cannot_run(f"{names[0]} is not installed: {hint}")


def cannot_run(reason: str) -> NoReturn:
    """Skip the test for what is missing here. CI has all of it, so there the test fails."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)

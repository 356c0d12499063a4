"""The version of this package, and its name in ``User-Agent``."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _own_version() -> str:
    try:
        return version("precontractual-async")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"


VERSION: Final = _own_version()
USER_AGENT: Final = f"precontractual-async/{VERSION}"

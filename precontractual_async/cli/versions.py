"""``precontractual --version --json``: what is installed, to find out why two machines differ.

Knows that the package's own metadata names the dependencies and the extras: no list is kept here.
"""

from __future__ import annotations

import platform
import re
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from ..settings.version import VERSION

_OURS: Final = "precontractual-async"
_FOR_DEVELOPERS: Final = frozenset({"bench", "browser", "lint", "mutation", "test"})
"""Extras that users do not install."""
_NAME: Final = re.compile(r"[\w.-]+")
_EXTRA: Final = re.compile(r"""extra == ["']([\w-]+)["']""")


def versions() -> dict[str, object]:
    """The versions of this package, of Python, of its dependencies, and of each complete extra."""
    needed = _needed()
    packages = _installed(needed.pop("", []))
    extras = {name: _installed(each) for name, each in sorted(needed.items()) if name not in _FOR_DEVELOPERS}
    return {
        "version": VERSION,
        "python": platform.python_version(),
        "packages": packages,
        "extras": {name: found for name, found in extras.items() if len(found) == len(needed[name])},
    }


def _needed() -> dict[str, list[str]]:
    """The required packages by extra; an empty name stands for no extra. A requirement
    on this package itself, with another extra, is left out."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    try:
        lines = requires(_OURS) or []
    except PackageNotFoundError:  # run from a source tree that was never installed
        lines = []
    for line in lines:
        extra, name = _EXTRA.search(line), _NAME.match(line)
        if name is not None and name[0] != _OURS:
            found[extra[1] if extra else ""].append(name[0])
    return found


def _installed(names: list[str]) -> dict[str, str]:
    """The versions of the packages that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

"""The names of columns: compared without regard to spelling, and shown without digits of an SSIN.

Knows how names are compared and how they may be shown. Leaves to others: what a column holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ..model.planning import folded
from ..model.privacy import masked

_SHOWN: Final = 30
"""The most names in one text."""


def is_none_of(names: Iterable[str]) -> Callable[[str], bool]:
    """A function that tells whether a name differs from all `names`, in any spelling.

    A reader would confuse ``Flexi_Status `` with our own ``flexi_status``.
    """
    known = frozenset(map(folded, names))
    return lambda name: folded(name) not in known


def shown(name: str) -> str:
    """A name as it may be shown: anything that could be a citizen's number is masked."""
    return masked(name)[:40]


def listed(columns: tuple[str, ...]) -> str:
    """Names as one text that may be shown."""
    more = f" and {len(columns) - _SHOWN:,} more" if len(columns) > _SHOWN else ""
    return ", ".join(repr(shown(name)) for name in columns[:_SHOWN]) + more


def distinct(columns: tuple[str, ...]) -> list[str]:
    """Distinct names: a foreign list may have several columns with the same name or without a name."""
    names: dict[str, None] = {}
    for position, column in enumerate(columns, 1):
        name = column or f"column_{position}"
        while name in names:
            name = f"{name}_{position}"
        names[name] = None
    return list(names)

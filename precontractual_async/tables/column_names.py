"""What a column's name is: compared without its dress, and shown without its digits.

Knows how names are compared and how they may be shown. Refuses to know what a column holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ..model.planning import folded
from ..model.privacy import masked

_SHOWN: Final = 30
"""Names in one text."""


def is_none_of(names: Iterable[str]) -> Callable[[str], bool]:
    """Tells whether a name is another than all of `names`, however it is written.

    ``Flexi_Status `` beside our own ``flexi_status`` would be read for it.
    """
    known = frozenset(map(folded, names))
    return lambda name: folded(name) not in known


def shown(name: str) -> str:
    """A name for a text that is shown: without what could be a citizen's number, which may stand there."""
    return masked(name)[:40]


def listed(columns: tuple[str, ...]) -> str:
    """Names in one text, as they may be shown."""
    more = f" and {len(columns) - _SHOWN:,} more" if len(columns) > _SHOWN else ""
    return ", ".join(repr(shown(name)) for name in columns[:_SHOWN]) + more


def distinct(columns: tuple[str, ...]) -> list[str]:
    """Names that are all different: a list from elsewhere may have two columns of one name, or of none."""
    names: dict[str, None] = {}
    for position, column in enumerate(columns, 1):
        name = column or f"column_{position}"
        while name in names:
            name = f"{name}_{position}"
        names[name] = None
    return list(names)

"""``precontractual journal``: what a journal holds, and how long it keeps it."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from ..errors import Move
from ..journal.due import DuePolicy, Standing
from ..journal.keys import find_journal_key
from ..journal.store import Count, Store
from ..session import utc_now
from .console import tell
from .summary import WAITING

_WORDS: Final = {
    Standing.PENDING: "pending: not answered yet",
    Standing.TEMPORARY: WAITING[Move.LATER],
    Standing.CITIZEN: WAITING[Move.CITIZEN],
    Standing.CONCLUSIVE: "complete: all of it ok or nok",
    Standing.FINAL: WAITING[Move.NOBODY],
}
"""By the words of a run's summary."""
_WIDTH: Final = max(map(len, _WORDS.values())) + 2


def run(arguments: argparse.Namespace) -> int:
    """Look into it, or clear it out."""
    path = Path(arguments.journal)
    opened = partial(Store, path, find_journal_key(os.environ, path, make=False), must_exist=True)
    if arguments.action == "purge":
        with closing(opened()) as store:
            count = store.purge(utc_now() - arguments.older_than)
        tell(f"{count} entries deleted and overwritten")
    else:
        with closing(opened(is_shared=True)) as store:
            for line in _told(_counts(store, arguments)):
                tell(line)
    return 0


def _counts(store: Store, arguments: argparse.Namespace) -> list[Count]:
    return store.counts(DuePolicy(fresh_for=arguments.fresh_for), utc_now())


def _told(counts: list[Count]) -> list[str]:
    if not counts:
        return ["empty"]
    lines = [
        "distinct questions, not rows: the same citizen, date, employer and type of worker is one",
        f"{'':{_WIDTH}}{'questions':>10}{'due':>10}  learned",
    ]
    for each in counts:
        period = f"{each.first:%Y-%m-%d %H:%M} to {each.last:%Y-%m-%d %H:%M} UTC"
        lines.append(f"{_WORDS[each.standing]:{_WIDTH}}{each.queries:>10}{each.due:>10}  {period}")
    total, due = sum(each.queries for each in counts), sum(each.due for each in counts)
    return [*lines, f"{'together':{_WIDTH}}{total:>10}{due:>10}"]

"""``precontractual journal``: what a journal holds, and how long it keeps it."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from ..calls.session import utc_now
from ..journal.keys import find_journal_key
from ..journal.recheck import Finality, RecheckPolicy
from ..journal.store import Count, Store
from ..model.errors import Move
from .console import in_language, tell
from .summary import WAITING

_WORDS: Final = {
    Finality.PENDING: "pending: not answered yet",
    Finality.TEMPORARY: WAITING[Move.LATER],
    Finality.CITIZEN: WAITING[Move.CITIZEN],
    Finality.CONCLUSIVE: "complete: ok or nok, or partly final",
    Finality.FINAL: WAITING[Move.NOBODY],
}
"""By the words of a run's summary."""


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
    return store.counts(RecheckPolicy(fresh_for=arguments.fresh_for), utc_now())


def _told(counts: list[Count]) -> list[str]:
    if not counts:
        return ["empty"]
    names = {each: in_language(word) for each, word in _WORDS.items()}
    width = max(map(len, names.values())) + 2
    questions, due, learned, together = map(in_language, ("questions", "due", "learned (UTC)", "together"))
    lines = [
        "distinct questions, not rows: the same citizen, date, employer and type of worker is one",
        f"{'':{width}}{questions:>10}{due:>10}  {learned}",
    ]
    for each in counts:
        period = f"{each.first:%Y-%m-%d %H:%M} - {each.last:%Y-%m-%d %H:%M}"
        lines.append(f"{names[each.finality]:{width}}{each.queries:>10}{each.due:>10}  {period}")
    all_of_them, all_due = sum(each.queries for each in counts), sum(each.due for each in counts)
    return [*lines, f"{together:{width}}{all_of_them:>10}{all_due:>10}"]

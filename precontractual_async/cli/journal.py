"""``precontractual journal``: shows what a journal holds and its runs; purges, copies, changes the key."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import asdict

from ..batch.exits import COMPLETE
from ..batch.summary import WAITING
from ..calls.session import utc_now
from ..journal.backup import Backup
from ..journal.keys import find_journal_key, key_files, key_in_file, known_journal_key
from ..journal.port import Entry
from ..journal.recheck import Finality, RecheckPolicy
from ..journal.runs import Run
from ..journal.store import Count, Store
from ..model.dates import BRUSSELS
from ..model.errors import InvalidSettings, Move
from ..model.identifiers import Ssin
from ..tables.cells import instant_text
from ..tables.output import copied_whole
from ..tables.results import RESULT_COLUMNS, result_cells
from .console import in_language, read_citizen, say, tell, tell_machine
from .files import check_backup, check_kept, check_output, writing
from .values import Refusal

_WORDS: Final = {
    Finality.PENDING: "pending: not answered yet",
    Finality.TEMPORARY: WAITING[Move.LATER],
    Finality.CITIZEN: WAITING[Move.CITIZEN],
    Finality.CONCLUSIVE: "complete: ok or nok, or partly final",
    Finality.FINAL: WAITING[Move.NOBODY],
}
"""The words for each finality, as in the summary of a run."""


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action on a journal."""
    _ACTIONS[arguments.action](arguments)
    return COMPLETE


def _opened(arguments: argparse.Namespace, *, is_shared: bool = False) -> Store:
    path = Path(arguments.journal)
    key = find_journal_key(os.environ, path, make=False)
    return Store(path, key, must_exist=True, is_shared=is_shared)


# --- status


def _status(arguments: argparse.Namespace) -> None:
    with closing(_opened(arguments, is_shared=True)) as store:
        counts = store.counts(RecheckPolicy(fresh_for=arguments.fresh_for), utc_now())
    for line in _counted(counts):
        tell(line)


def _counted(counts: list[Count]) -> list[str]:
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


# --- runs

_FIGURES: Final = ("rows", "known", "calls", "retries", "pauses", "tokens")
"""The figures of a run, in the order of their columns."""
_NOT_ENDED: Final = "under way, or killed"
_WIDTH: Final = 9
"""The minimum width of a column of figures."""


def _runs(arguments: argparse.Namespace) -> None:
    with closing(_opened(arguments, is_shared=True)) as store:
        runs = store.runs()
    if arguments.json:
        tell_machine({"runs": [_facts(each) for each in runs]})
    else:
        for line in _listed(runs):
            tell(line)


def _facts(one: Run) -> dict[str, object]:
    """A run as JSON; `ended` is null while the run is under way, and stays null when it was killed."""
    instants = {"began": one.began, "ended": one.ended}
    told = {
        name: at and at.astimezone(BRUSSELS).isoformat(timespec="seconds") for name, at in instants.items()
    }
    return asdict(one) | told | {"stopped": one.stopped or None}


def _listed(runs: tuple[Run, ...]) -> Iterator[str]:
    """A line for each run, and below it what stopped the run; times are those of Brussels."""
    if not runs:
        yield "no runs are noted"
        return
    began, ended, *names = map(in_language, ("began (Brussels)", "ended", *_FIGURES))
    widths = [max(_WIDTH, len(name) + 2) for name in names]
    lasting = max(len(ended), *(len(_end_of(each)) for each in runs))
    yield f"{began:16}  {ended:{lasting}}" + _row(names, widths)
    for each in runs:
        figures = [getattr(each, name) for name in _FIGURES]
        yield f"{_minute(each.began):16}  {_end_of(each):{lasting}}" + _row(figures, widths)
        if each.stopped:
            yield f"  stopped: {each.stopped}"


def _row(cells: list[str] | list[int], widths: list[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _end_of(one: Run) -> str:
    return _minute(one.ended) if one.ended else in_language(_NOT_ENDED)


def _minute(at: datetime) -> str:
    return f"{at.astimezone(BRUSSELS):%d/%m/%Y %H:%M}"


# --- retention


def _purge(arguments: argparse.Namespace) -> None:
    """Purge. Reads the number before it opens the journal, so that no run waits while somebody types."""
    citizen = Ssin.parse(read_citizen()) if arguments.citizen else None
    with closing(_opened(arguments, is_shared=arguments.dry_run)) as store:
        if citizen is not None:
            count = (store.count_about if arguments.dry_run else store.erase)(citizen)
        else:
            before = utc_now() - arguments.older_than
            count = (store.count_older if arguments.dry_run else store.purge)(before)
    tell(f"{count} entries {'would be deleted' if arguments.dry_run else 'deleted'} and overwritten")


# --- copies


def _backup(arguments: argparse.Namespace) -> None:
    journal, target = Path(arguments.journal), Path(arguments.target)
    check_backup(target, journal, key_files(os.environ))
    with closing(Backup(journal)) as backup:
        backup.check_replaceable(target)
        with copied_whole(target, lambda: backup.check_replaceable(target)) as place:
            count = backup.copy_into(place, utc_now())
    tell(f"written: {target} ({count} entries)")


# --- for an audit

_AUDITED: Final = tuple(name for name in RESULT_COLUMNS if name != "next_step")
"""All columns of a result but the next step, which is advice for today."""


def _export(arguments: argparse.Namespace) -> None:
    """Write all entries as they are at one moment; a run may use the journal meanwhile."""
    path, target = Path(arguments.journal), "-" if arguments.output is None else arguments.output
    if arguments.output is None and not arguments.dry_run and sys.stdout.isatty():
        raise Refusal(
            "the export holds national numbers, and would be shown on this terminal",
            "Give a file after -o; -o - shows it all the same.",
        )
    check_kept(target, "export", path, key_files(os.environ))
    check_output("-", target, make=not arguments.dry_run)
    with closing(_opened(arguments, is_shared=True)) as store, store.snapshot():
        count = store.count()
        if arguments.dry_run:
            tell(f"{count} entries would be exported, with the citizens' numbers")
            return
        with writing(target) as output:
            for entry in store.entries():
                output.file.write(json.dumps(_audited(entry)).encode() + b"\n")
    if target != "-":
        tell(f"written: {target} ({count} entries)")


def _audited(entry: Entry) -> dict[str, object]:
    """One entry for an audit: question, caller, time and outcome. Empty values are left out."""
    query, caller = entry.outcome.query, entry.outcome.query.caller
    told: dict[str, object] = {
        "asked_at": instant_text(entry.learned_at),
        "enterprise_number": caller.enterprise_number,
        "represented_enterprise_number": caller.represented_enterprise_number,
        "mandatary_ssin": caller.mandatary_ssin,
        "citizen": query.citizen,
        "start_date": query.start_date.isoformat(),
        "type_of_worker": query.type_of_worker.value,
    }
    told |= {name: cell for name, cell in result_cells(entry.outcome).items() if name in _AUDITED}
    return {name: getattr(value, "digits", value) for name, value in told.items() if value not in (None, "")}


# --- another key

_NEW_KEY: Final = "--new-key-file"


def _rekey(arguments: argparse.Namespace) -> None:
    """Encrypt the journal with the new key; or finish an earlier change of key that was killed."""
    path, file = Path(arguments.journal), Path(arguments.new_key_file)
    new = key_in_file(file, path, _NEW_KEY, make=False)
    if new is not None and _is_under(path, new):
        _end_rekeying(arguments, path, new)
        return
    with closing(_opened(arguments, is_shared=arguments.dry_run)) as store:
        if arguments.dry_run:
            tell(f"{store.count()} entries would be encrypted with the new key")
            return
        new = key_in_file(file, path, _NEW_KEY, make=True)
        assert new is not None  # noqa: S101 (`make=True` creates a missing key)
        done = store.rekey(new)
    tell(f"{done.entries} entries encrypted with the new key; give it from now on: JOURNAL_KEY_FILE={file}")
    if done.forgotten_lists:
        say(f"lists noted by an older program, which count as new at the next run: {done.forgotten_lists}")


def _end_rekeying(arguments: argparse.Namespace, path: Path, new: bytes) -> None:
    """Finish a change of key; works also when the old key no longer exists.

    Raises:
        InvalidSettings: the new key is the current key: no change of key was begun.
    """
    if not arguments.dry_run:
        with closing(Store(path, new, must_exist=True)) as store:
            store.scrub()
    if known_journal_key(os.environ, path) == new:
        raise InvalidSettings(
            "the journal has the key in --new-key-file already, and it is the one that is set",
            "For another key, name a file that is not there yet: it is made.",
        )
    tell("the journal has the key in --new-key-file already: give that one from now on")


def _is_under(path: Path, key: bytes) -> bool:
    try:
        Store(path, key, must_exist=True, is_shared=True).close()
    except InvalidSettings:
        return False
    return True


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "status": _status,
    "runs": _runs,
    "purge": _purge,
    "backup": _backup,
    "export": _export,
    "rekey": _rekey,
}

"""``screen --metrics``: metrics of the last run, as a file for node_exporter's textfile collector.

Knows that the file is written however the run ends, also by an error or a signal, and that a failure to write
it fails no run. Leaves to others: the names and the format of metrics.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from attrs import define, field

from ..batch.backend import VerificationBackend
from ..batch.exits import FAILURE
from ..batch.list_screening import Screening
from ..model.errors import InvalidList
from ..model.moves import outcome_word
from ..model.privacy import masked
from ..model.questions import Pending
from ..observability.batch_metrics import COMPLETE_ROWS, LastRun, exposition
from ..tables.output import new_unfinished
from .console import say
from .ends import code_of
from .files import check_kept, is_one, what_stands_against
from .lists import ENTERPRISE
from .values import Refusal

_FOR_EVERYBODY: Final = 0o644
"""Readable for all users, unlike every other file written here: the collector runs as another user than the
batch, and the file holds no personal data."""


def check_metrics(
    arguments: argparse.Namespace, journal: Path | None, keys: Iterable[Path], *, make: bool = True
) -> None:
    """Find an unusable path before the work, and never write the metrics over another file.

    `make`: as in `check_output`.

    Raises:
        InvalidList: the path cannot be written, or is that of the list or of its result.
        JournalRefused: the path is that of the journal or of its key.
        Refusal: a label was given without a file.
    """
    if arguments.metrics is None:
        if arguments.metrics_label is not None:
            raise Refusal("--metrics-label is of no use without --metrics", "Give --metrics FILE as well.")
        return
    path = Path(arguments.metrics)
    check_kept(arguments.metrics, "metrics", journal, keys, "Give another name after --metrics.")
    others = (
        (arguments.list, "the list"),
        (arguments.output, "the result"),
        (arguments.changes, "the changes"),
    )
    for name, what in others:
        if name not in (None, "-") and _could_be(path, Path(name)):
            raise InvalidList(f"the metrics would overwrite {what}", "Give another name after --metrics.")
    if said := what_stands_against(path, make=make):
        raise InvalidList(
            f"the metrics cannot be written to {masked(str(path))} ({said})",
            "Give another place or name after --metrics.",
        )


def _could_be(path: Path, other: Path) -> bool:
    """Whether both are one file; where `other` has the place for an employer's number, for any number."""
    before, place, behind = other.name.partition(ENTERPRISE)
    if not place:
        return is_one(path, other)
    is_alike = path.name.startswith(before) and path.name.endswith(behind)
    return is_alike and is_one(path.parent, other.parent)


@define
class RunMetrics:
    """Collects the metrics of a run; writes them at the end of the block, however the block ends."""

    path: Path | None
    """Where the file goes; None: no file is wanted."""
    label: str | None
    screening: Screening | None = field(default=None, init=False)
    """Set as soon as the list is understood."""
    client: VerificationBackend | None = field(default=None, init=False)
    """Set as soon as the settings are read."""
    _began: datetime = field(factory=lambda: datetime.now(UTC), init=False)
    _clock: float = field(factory=time.monotonic, init=False)

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        path = None if arguments.metrics is None else Path(arguments.metrics)
        return cls(path, arguments.metrics_label)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is None:
            return
        try:
            _write(self.path, exposition(self._last_run(error), self.label))
        except OSError as refused:  # the result is kept; the alert for a missing run reports this
            said = refused.strerror or type(refused).__name__
            say(f"the metrics could not be written ({said})", logging.WARNING)

    def _last_run(self, error: BaseException | None) -> LastRun:
        screening = self.screening
        done = None if self.client is None else self.client.statistics()
        return LastRun(
            began=self._began,
            ended=datetime.now(UTC),
            seconds=time.monotonic() - self._clock,
            exit_code=_code(screening, error),
            rows=None if screening is None else _rows(screening),
            moves=None if screening is None or not screening.is_written else _moves(screening),
            calls=done.requests - done.token_requests if done else 0,
            retries=done.retries if done else 0,
            pauses=done.pauses if done else 0,
            tokens=done.token_requests if done else 0,
            next_due=None if error is not None else self._next_due(),
        )

    def _next_due(self) -> datetime | None:
        """When the next run is due; unknown when an error ended this run."""
        if self.screening is None or self.client is None:
            return None
        return self.screening.next_due(self.client.now())


def _code(screening: Screening | None, error: BaseException | None) -> int:
    """The exit code that the process will have."""
    if error is None:
        return FAILURE if screening is None else screening.exit_code
    return code_of(error)


def _rows(screening: Screening) -> dict[str, int]:
    """Every row once: the rows of the result; without a result the known rows, and all others as pending."""
    if screening.is_written:
        return dict(screening.tally.counts().outcomes)
    counts = Counter({outcome_word(kind): count for kind, count in screening.known.items()})
    counts[outcome_word(Pending)] += screening.total - counts.total()
    return dict(counts)


def _moves(screening: Screening) -> dict[str, int]:
    return {move.value if move else COMPLETE_ROWS: count for move, count in screening.waiting.items()}


def _write(path: Path, text: str) -> None:
    """Replace the file whole or not at all: the collector may read it at any moment."""
    handle, unfinished = new_unfinished(path)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(_FOR_EVERYBODY)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)  # exists only when the writing was interrupted

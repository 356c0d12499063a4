"""``screen --metrics``: what became of the last run, as a file for node_exporter's textfile collector.

Knows that the file is written however the run ends, by an error or a signal too, and that no run fails for
it. Refuses to know the names and the format of metrics.
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
from .values import Refusal

_FOR_EVERYBODY: Final = 0o644
"""Readable for all, as nothing else that is written here: the collector is another user than the one that
runs the batch, and nothing personal is in the file."""


def check_metrics(
    arguments: argparse.Namespace, journal: Path | None, keys: Iterable[Path], *, make: bool = True
) -> None:
    """Notice a place that will not do before the work, and never put the metrics in that of another file.

    `make`: as in `check_output`.

    Raises:
        InvalidList: they cannot be written there, or the list or its result stands there.
        JournalRefused: the journal or its key stands there.
        Refusal: there is a label for nothing.
    """
    if arguments.metrics is None:
        if arguments.metrics_label is not None:
            raise Refusal("--metrics-label is of no use without --metrics", "Give --metrics FILE as well.")
        return
    path = Path(arguments.metrics)
    check_kept(arguments.metrics, "metrics", journal, keys, "Give another name after --metrics.")
    for name, what in ((arguments.list, "the list"), (arguments.output, "the result")):
        if name not in (None, "-") and is_one(path, Path(name)):
            raise InvalidList(f"the metrics would overwrite {what}", "Give another name after --metrics.")
    if said := what_stands_against(path, make=make):
        raise InvalidList(
            f"the metrics cannot be written to {masked(str(path))} ({said})",
            "Give another place or name after --metrics.",
        )


@define
class RunMetrics:
    """What is known of a run as it goes; at the end of the block it is written, however that ends."""

    path: Path | None
    """None: nobody wants it."""
    label: str | None
    screening: Screening | None = field(default=None, init=False)
    """As soon as the list is understood."""
    client: VerificationBackend | None = field(default=None, init=False)
    """As soon as the settings are."""
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
        except (
            OSError
        ) as refused:  # the result stands all the same; the alert for a run that is missing tells
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
        """As the run tells it; of one that an error ended nobody knows."""
        if self.screening is None or self.client is None:
            return None
        return self.screening.next_due(self.client.now())


def _code(screening: Screening | None, error: BaseException | None) -> int:
    """What the process is going to end with."""
    if error is None:
        return FAILURE if screening is None else screening.exit_code
    return code_of(error)


def _rows(screening: Screening) -> dict[str, int]:
    """Every row once: those of the result; without one those that are known, and the others as pending."""
    if screening.is_written:
        return dict(screening.tally.counts().outcomes)
    counts = Counter({outcome_word(kind): count for kind, count in screening.known.items()})
    counts[outcome_word(Pending)] += screening.total - counts.total()
    return dict(counts)


def _moves(screening: Screening) -> dict[str, int]:
    return {move.value if move else COMPLETE_ROWS: count for move, count in screening.waiting.items()}


def _write(path: Path, text: str) -> None:
    """Whole or not at all: the collector may read at any moment. What stood there is replaced."""
    handle, unfinished = new_unfinished(path)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(_FOR_EVERYBODY)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)  # there only when something came between

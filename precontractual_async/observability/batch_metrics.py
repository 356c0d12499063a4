"""What a monitoring reads of the last run of a batch: names, meanings, and Prometheus' text format. Pure.

A batch that runs for minutes each night is gone before anything could ask it, so it leaves a text, which
node_exporter's textfile collector hands on until the next run replaces it. All are gauges for that reason:
each tells the last run, and starts anew with the next. Nothing personal is among them: counts, instants and
an exit code. Refuses to know where the text goes and who runs the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from ..model.errors import Move
from ..model.moves import OUTCOME_WORDS

COMPLETE_ROWS: Final = "complete"
"""The word, among those of whose move is next, for rows that nobody has to do anything about."""
MOVE_WORDS: Final = (COMPLETE_ROWS, *(move.value for move in Move))


@frozen(kw_only=True)
class LastRun:
    """What became of a run, however it ended. Instants are aware."""

    began: datetime
    ended: datetime
    seconds: float
    """By a clock that only goes forward."""
    exit_code: int
    rows: Mapping[str, int] | None = None
    """Every row once, by the word of its outcome; None: the list was not understood."""
    moves: Mapping[str, int] | None = None
    """Every row of the result once, by `MOVE_WORDS`; None: no result was written."""
    calls: int = 0
    retries: int = 0
    pauses: int = 0
    tokens: int = 0
    next_due: datetime | None = None
    """When the next run makes sense; None: never, or not before somebody has mended something."""


@frozen
class BatchMetric:
    """One row: what is told, what by, and what it means."""

    name: str
    says: str
    split_by: str = ""
    """The name of its label; empty: it has none."""


BATCH_METRICS: Final = (
    BatchMetric("precontractual_batch_begin_timestamp_seconds", "When the last run began."),
    BatchMetric("precontractual_batch_end_timestamp_seconds", "When the last run ended, however it did."),
    BatchMetric("precontractual_batch_exit_code", "The exit code of the last run."),
    BatchMetric("precontractual_batch_duration_seconds", "How long the last run took."),
    BatchMetric("precontractual_batch_rows", "Rows by outcome.", "outcome"),
    BatchMetric("precontractual_batch_rows_by_move", "Rows by whose move is next.", "move"),
    BatchMetric("precontractual_batch_calls", "Calls that were sent, retries included."),
    BatchMetric("precontractual_batch_retries", "Calls that were sent again."),
    BatchMetric("precontractual_batch_pauses", "Pauses that the gateway asked for."),
    BatchMetric("precontractual_batch_token_requests", "Requests for a token."),
    BatchMetric("precontractual_batch_next_due_timestamp_seconds", "When the next run makes sense."),
)
"""guides/telemetry.md shows them, alerts.yml and the dashboard use them."""


def exposition(run: LastRun, label: str | None = None) -> str:
    """The run in Prometheus' text format; `label`: what the label `list` says on each line.

    What is not known is left out: a 0 in its place would be a lie that no alert could see through.
    """
    common = {} if label is None else {"list": label}
    return "".join(f"{line}\n" for line in _lines(run, common))


def _lines(run: LastRun, common: Mapping[str, str]) -> Iterator[str]:
    samples = _samples(run)
    for metric in BATCH_METRICS:
        found = samples[metric.name]
        if not found:
            continue
        yield f"# HELP {metric.name} {metric.says}"
        yield f"# TYPE {metric.name} gauge"
        for value, number in found.items():
            labels = {**common, metric.split_by: value} if metric.split_by else common
            yield f"{metric.name}{_braces(labels)} {number}"


def _samples(run: LastRun) -> dict[str, dict[str, str]]:
    """The numbers as they are written, by metric and by the value of its label."""
    alone: dict[str, str | None] = {
        "begin_timestamp_seconds": _instant(run.began),
        "end_timestamp_seconds": _instant(run.ended),
        "exit_code": str(run.exit_code),
        "duration_seconds": f"{run.seconds:.3f}",
        "calls": str(run.calls),
        "retries": str(run.retries),
        "pauses": str(run.pauses),
        "token_requests": str(run.tokens),
        "next_due_timestamp_seconds": None if run.next_due is None else _instant(run.next_due),
    }
    split = {"rows": _by_word(OUTCOME_WORDS, run.rows), "rows_by_move": _by_word(MOVE_WORDS, run.moves)}
    told = split | {name: {} if number is None else {"": number} for name, number in alone.items()}
    return {f"precontractual_batch_{name}": found for name, found in told.items()}


def _by_word(words: tuple[str, ...], counts: Mapping[str, int] | None) -> dict[str, str]:
    """All words, also those that no row has: a line that comes and goes is hard to watch."""
    return {} if counts is None else {word: str(counts.get(word, 0)) for word in words}


def _instant(at: datetime) -> str:
    return f"{at.timestamp():.3f}"


def _braces(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

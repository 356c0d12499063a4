"""Metrics of the last run of a batch, in Prometheus' text format. Pure.

Knows their names and meanings. A batch that runs for minutes each night ends before Prometheus can scrape it.
So it leaves a text, which node_exporter's textfile collector serves until the next run replaces it. For that
reason all metrics are gauges: each describes the last run only. They hold no personal data: only counts,
instants and an exit code. Leaves to others: where the text goes, and who runs the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from ..model.errors import Move
from ..model.moves import OUTCOME_WORDS

COMPLETE_ROWS: Final = "complete"
"""The word for complete rows, which need no action; the other words are those of `Move`."""
MOVE_WORDS: Final = (COMPLETE_ROWS, *(move.value for move in Move))


@frozen(kw_only=True)
class LastRun:
    """The figures of a run, however it ended. Instants are aware."""

    began: datetime
    ended: datetime
    seconds: float
    """Measured with a monotonic clock."""
    exit_code: int
    rows: Mapping[str, int] | None = None
    """Number of rows for each outcome; None: the list was not understood."""
    moves: Mapping[str, int] | None = None
    """Number of rows of the result for each of `MOVE_WORDS`; None: no result was written."""
    calls: int = 0
    retries: int = 0
    pauses: int = 0
    tokens: int = 0
    next_due: datetime | None = None
    """When the next run makes sense; None: never, or only after a person has fixed something."""


@frozen
class BatchMetric:
    """One metric: its name, its meaning and its label."""

    name: str
    says: str
    split_by: str = ""
    """The name of the label; empty: there is none."""


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
"""guides/telemetry.md lists these metrics; alerts.yml and the dashboard use them."""


def exposition(run: LastRun, label: str | None = None) -> str:
    """The run in Prometheus' text format. `label`: the value of the label `list` on each line.

    Unknown figures are left out: an alert could not tell a false 0 from a true one.
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
    """The numbers as text, by metric and by the value of its label."""
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
    """The counts of all words, with those of no row: a series that comes and goes is hard to monitor."""
    return {} if counts is None else {word: str(counts.get(word, 0)) for word in words}


def _instant(at: datetime) -> str:
    return f"{at.timestamp():.3f}"


def _braces(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

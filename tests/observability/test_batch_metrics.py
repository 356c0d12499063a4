"""What a run leaves for a monitoring: read as Prometheus reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from precontractual_async.model.moves import OUTCOME_WORDS
from precontractual_async.observability.batch_metrics import BATCH_METRICS, MOVE_WORDS, LastRun, exposition

BEGAN = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
RUN = LastRun(
    began=BEGAN,
    ended=BEGAN + timedelta(seconds=90.5),
    seconds=90.5,
    exit_code=3,
    rows={"answered": 7, "pending": 2},
    moves={"complete": 6, "citizen": 1, "later": 2},
    calls=12,
    retries=3,
    pauses=1,
    tokens=2,
    next_due=BEGAN + timedelta(hours=6),
)


def families(text: str) -> dict[str, Metric]:
    return {each.name: each for each in text_string_to_metric_families(text)}


def values(text: str, name: str) -> dict[frozenset[tuple[str, str]], float]:
    return {frozenset(each.labels.items()): each.value for each in families(text)[name].samples}


def test_every_metric_is_told_with_what_it_means() -> None:
    """In the order of the table, each once, and as a gauge: it tells the last run and no other."""
    found = families(exposition(RUN))
    assert list(found) == [row.name for row in BATCH_METRICS]
    assert [each.documentation for each in found.values()] == [row.says for row in BATCH_METRICS]
    assert {each.type for each in found.values()} == {"gauge"}
    alone = [row.name for row in BATCH_METRICS if not row.split_by]
    assert {name.removeprefix("precontractual_batch_"): found[name].samples[0].value for name in alone} == {
        "begin_timestamp_seconds": BEGAN.timestamp(),
        "end_timestamp_seconds": BEGAN.timestamp() + 90.5,
        "exit_code": 3,
        "duration_seconds": 90.5,
        "calls": 12,
        "retries": 3,
        "pauses": 1,
        "token_requests": 2,
        "next_due_timestamp_seconds": BEGAN.timestamp() + 21_600,
    }


def test_every_word_has_its_line() -> None:
    """Also with no row: an alert cannot tell a line that is gone from one that nobody writes any more."""
    rows = values(exposition(RUN), "precontractual_batch_rows")
    assert rows == {
        frozenset({("outcome", word)}): {"answered": 7, "pending": 2}.get(word, 0) for word in OUTCOME_WORDS
    }
    moves = values(exposition(RUN), "precontractual_batch_rows_by_move")
    assert moves == {
        frozenset({("move", word)}): {"complete": 6, "citizen": 1, "later": 2}.get(word, 0)
        for word in MOVE_WORDS
    }


def test_what_is_not_known_is_left_out() -> None:
    """With its HELP and TYPE."""
    text = exposition(evolve(RUN, rows=None, moves=None, next_due=None))
    left_out = {row.name for row in BATCH_METRICS} - set(families(text))
    assert left_out == {
        "precontractual_batch_rows",
        "precontractual_batch_rows_by_move",
        "precontractual_batch_next_due_timestamp_seconds",
    }
    assert not [name for name in left_out if f"{name} " in text]


def test_a_label_is_on_each_line() -> None:
    """Whatever is in it; without one no line says which list it was."""
    label = 'Gent \\ "zuid"\u00e9'
    for family in families(exposition(RUN, label)).values():
        assert {sample.labels["list"] for sample in family.samples} == {label}
    assert "list=" not in exposition(RUN)

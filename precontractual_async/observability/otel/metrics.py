"""Makes metrics from events, as in `table`. Knows which metrics an event changes. Leaves to others: spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opentelemetry.metrics import Counter, Histogram, Meter, UpDownCounter

from ..events import (
    Admitted,
    AttemptBegan,
    AttemptEnded,
    Event,
    JournalKept,
    OutageBegan,
    OutageEnded,
    PauseBegan,
    RowTold,
    TokenRequestBegan,
    TokenRequestEnded,
    VerificationEnded,
    Waited,
)
from .attributes import of_endpoint, of_failure, of_request
from .table import FLEXI_STATUS, LANE, METRICS, OUTCOME, REASON, STUDENT_STATUS, Metric

_ROWS: Final[Mapping[str, Metric]] = {row.name: row for row in METRICS}


def _counter(meter: Meter, name: str) -> Counter:
    row = _ROWS[name]
    return meter.create_counter(name, row.unit, row.says)


def _up_down_counter(meter: Meter, name: str) -> UpDownCounter:
    row = _ROWS[name]
    return meter.create_up_down_counter(name, row.unit, row.says)


def _histogram(meter: Meter, name: str) -> Histogram:
    row = _ROWS[name]
    return meter.create_histogram(name, row.unit, row.says, explicit_bucket_boundaries_advisory=row.buckets)


class Metrics:
    """Counts and measures events."""

    def __init__(self, meter: Meter) -> None:
        self._requests = _histogram(meter, "http.client.request.duration")
        self._active = _up_down_counter(meter, "http.client.active_requests")
        self._verifications = _counter(meter, "precontractual.verifications")
        self._verification_seconds = _histogram(meter, "precontractual.verification.duration")
        self._waits = _histogram(meter, "precontractual.wait.duration")
        self._admissions = _histogram(meter, "precontractual.admission.duration")
        self._pauses = _counter(meter, "precontractual.pauses")
        self._tokens = _counter(meter, "precontractual.token.fetches")
        self._outages = _up_down_counter(meter, "precontractual.outages")
        self._rows = _counter(meter, "precontractual.rows")
        self._lag = _histogram(meter, "precontractual.journal.lag")

    def tell(self, event: Event) -> None:
        match event:
            case AttemptBegan(endpoint=endpoint) | TokenRequestBegan(endpoint=endpoint):
                self._active.add(1, of_endpoint(endpoint))
            case AttemptEnded():
                self._end_request(event)
            case VerificationEnded():
                self._end_verification(event)
            case TokenRequestEnded(failure=failure):
                self._end_request(event)
                self._tokens.add(1, of_failure(failure))
            case _:
                self._tell_moment(event)

    def _tell_moment(self, event: Event) -> None:
        match event:
            case RowTold(outcome=outcome):
                self._rows.add(1, {OUTCOME: outcome})
            case Waited(reason=reason, seconds=seconds):
                self._waits.record(seconds, {REASON: reason.value})
            case Admitted(is_batch=is_batch, seconds=seconds):
                self._admissions.record(seconds, {LANE: "batch" if is_batch else "interactive"})
            case JournalKept(lag=lag):
                self._lag.record(lag)
            case PauseBegan(why=why):
                self._pauses.add(1, of_failure(why))
            case OutageBegan():
                self._outages.add(1)
            case OutageEnded():
                self._outages.add(-1)
            case _:
                pass  # a beginning is counted at its end; a probe is a request like others

    def _end_request(self, event: AttemptEnded | TokenRequestEnded) -> None:
        self._active.add(-1, of_endpoint(event.endpoint))
        self._requests.record(event.seconds, of_request(event))

    def _end_verification(self, event: VerificationEnded) -> None:
        failure = of_failure(event.failure)
        self._verification_seconds.record(event.seconds, failure)
        statuses = {FLEXI_STATUS: event.flexi_job, STUDENT_STATUS: event.student_job}
        answered = {name: status.value for name, status in statuses.items() if status is not None}
        self._verifications.add(1, {**answered, **failure})

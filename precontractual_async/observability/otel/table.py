"""All metrics and spans: every name, unit and attribute, one row each. guides/telemetry.md shows them.

Knows OpenTelemetry's semantic conventions for HTTP clients, and units as UCUM writes them. The conventions
ask for ``url.full``, but it would hold the citizen's number: ``url.template`` is used instead.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

# --- attributes -------------------------------------------------------------------------------------

METHOD: Final = "http.request.method"
STATUS_CODE: Final = "http.response.status_code"
RESEND_COUNT: Final = "http.request.resend_count"
ADDRESS: Final = "server.address"
PORT: Final = "server.port"
TEMPLATE: Final = "url.template"
ERROR_TYPE: Final = "error.type"
FLEXI_STATUS: Final = "precontractual.flexi_job.status"
STUDENT_STATUS: Final = "precontractual.student_job.status"
OUTCOME: Final = "precontractual.outcome"
REASON: Final = "precontractual.wait.reason"
LANE: Final = "precontractual.lane"
WAITED: Final = "precontractual.wait.{reason}"
ATTEMPTS: Final = "precontractual.attempts"
TRACE_ID: Final = "precontractual.trace_id"
ROWS: Final = "precontractual.rows.{outcome}"
EXIT_CODE: Final = "process.exit.code"

ENDPOINT: Final = (METHOD, ADDRESS, PORT, TEMPLATE)
"""Where a request goes."""

# --- metrics ----------------------------------------------------------------------------------------

COUNTER: Final = "counter"
UP_DOWN_COUNTER: Final = "up-down counter"
HISTOGRAM: Final = "histogram"

REQUEST_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds: the buckets of the semantic conventions."""
WAIT_BUCKETS: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 7200.0)
"""Seconds: up to the longest wait for the end of an outage. The SDK's default buckets fit milliseconds."""


@frozen
class Metric:
    """One metric: its name, kind, unit, attributes and meaning."""

    name: str
    kind: str
    unit: str
    attributes: tuple[str, ...]
    says: str
    buckets: tuple[float, ...] | None = None
    """Only for a histogram."""


METRICS: Final = (
    Metric(
        "http.client.request.duration",
        HISTOGRAM,
        "s",
        (*ENDPOINT, STATUS_CODE, ERROR_TYPE),
        "calls and token requests by outcome, and what each took",
        REQUEST_BUCKETS,
    ),
    Metric("http.client.active_requests", UP_DOWN_COUNTER, "{request}", ENDPOINT, "what is on the wire now"),
    Metric(
        "precontractual.verifications",
        COUNTER,
        "{verification}",
        (FLEXI_STATUS, STUDENT_STATUS, ERROR_TYPE),
        "queries that were answered, by both statuses; or not, by the fault",
    ),
    Metric(
        "precontractual.verification.duration",
        HISTOGRAM,
        "s",
        (ERROR_TYPE,),
        "what a query took, with all its waits and attempts",
        WAIT_BUCKETS,
    ),
    Metric(
        "precontractual.wait.duration",
        HISTOGRAM,
        "s",
        (REASON,),
        "what was waited for: `place`, `token`, `rate_limit`, `pause`, `retry`, `outage`, `joined`",
        WAIT_BUCKETS,
    ),
    Metric(
        "precontractual.admission.duration",
        HISTOGRAM,
        "s",
        (LANE,),
        "what a call waited for place, token and slot: `interactive` (`verify`) goes before `batch`",
        WAIT_BUCKETS,
    ),
    Metric(
        "precontractual.pauses",
        COUNTER,
        "{pause}",
        (ERROR_TYPE,),
        "pauses that the gateway asked of everybody",
    ),
    Metric(
        "precontractual.token.fetches",
        COUNTER,
        "{fetch}",
        (ERROR_TYPE,),
        "tokens that were fetched; or not, by the fault",
    ),
    Metric(
        "precontractual.outages",
        UP_DOWN_COUNTER,
        "{outage}",
        (),
        "batches that wait out an outage now; 0: none",
    ),
    Metric("precontractual.rows", COUNTER, "{row}", (OUTCOME,), "rows of batches by outcome"),
    Metric(
        "precontractual.journal.lag",
        HISTOGRAM,
        "s",
        (),
        "from the first outcome of a group to the whole group on the disk",
        WAIT_BUCKETS,
    ),
)

# --- spans ------------------------------------------------------------------------------------------

INTERNAL: Final = "internal"
CLIENT: Final = "client"


@frozen
class SpanRow:
    """One span: its name, kind, parent and attributes."""

    name: str
    kind: str
    below: str
    attributes: tuple[str, ...]


RUN: Final = "precontractual.run"
"""Only the command makes this span; a program of yours makes its own."""
BATCH: Final = "precontractual.batch"
VERIFICATION: Final = "precontractual.verification"

SPANS: Final = (
    SpanRow(RUN, INTERNAL, "none; only the command makes it", (EXIT_CODE, ERROR_TYPE)),
    SpanRow(BATCH, INTERNAL, f"yours, or {RUN}", (ROWS, ERROR_TYPE)),
    SpanRow(
        VERIFICATION,
        INTERNAL,
        f"yours, or {RUN}; in a batch none, but a link to it",
        (ATTEMPTS, WAITED, ERROR_TYPE),
    ),
    SpanRow(
        "GET {url.template}",
        CLIENT,
        VERIFICATION,
        (*ENDPOINT, RESEND_COUNT, TRACE_ID, STATUS_CODE, ERROR_TYPE),
    ),
    SpanRow(
        "POST {url.template}",
        CLIENT,
        f"the {VERIFICATION} that was first to need the token",
        (*ENDPOINT, STATUS_CODE, ERROR_TYPE),
    ),
)

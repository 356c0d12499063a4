"""Makes spans from events, as in `table`.

Knows the parent of each span, and that no other instrumentation may make a span of our calls: automatic
instrumentation would record the URL, and with it the citizen's number. No exception is recorded, only its
kind and our diagnosis, because its text may hold personal data. No span holds the answer about a citizen
either: a span belongs to one request of one user, and would reveal something about both.

The open span of a task is kept in the task's own context, which ends with the task.
"""

from __future__ import annotations

import asyncio
from contextvars import Token
from typing import Final

from attrs import define, field
from opentelemetry import context, trace
from opentelemetry.context import (
    _SUPPRESS_HTTP_INSTRUMENTATION_KEY,
    _SUPPRESS_INSTRUMENTATION_KEY,
    Context,
)
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, Tracer

from ..events import (
    AttemptBegan,
    AttemptEnded,
    BatchBegan,
    BatchEnded,
    Endpoint,
    Event,
    Failure,
    TokenRequestBegan,
    TokenRequestEnded,
    VerificationBegan,
    VerificationEnded,
    Waited,
)
from .attributes import Attributes, of_endpoint, of_failure, of_request
from .table import ATTEMPTS, BATCH, RESEND_COUNT, ROWS, TRACE_ID, VERIFICATION, WAITED

_OPEN: Final = context.create_key("precontractual-open")
_BATCH: Final = context.create_key("precontractual-batch")


@define(eq=False)
class _Open:
    """A span that has not ended."""

    span: Span
    task: object
    """The task that opened it. The task that fetches a token inherits another's span, and must not use it."""
    before: Token[Context] | None = None
    waits: dict[str, float] = field(factory=dict)


class Spans:
    """Begins and ends spans as events come."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def tell(self, event: Event) -> None:
        match event:
            case AttemptBegan(endpoint=endpoint, trace_id=trace_id, resent=resent):
                resends = {RESEND_COUNT: resent} if resent else {}
                self._begin_request(endpoint, {TRACE_ID: trace_id, **resends})
            case AttemptEnded() | TokenRequestEnded():
                _end(of_request(event), event.failure)
            case VerificationBegan():
                self._begin_verification()
            case VerificationEnded(attempts=attempts):
                _end({ATTEMPTS: attempts}, event.failure)
            case Waited(reason=reason, seconds=seconds):
                _note_wait(reason.value, seconds)
            case TokenRequestBegan(endpoint=endpoint):
                self._begin_request(endpoint, {})
            case BatchBegan():
                span = self._tracer.start_span(BATCH)
                _enter(span, context.set_value(_BATCH, span))
            case BatchEnded(rows=rows):
                _end({ROWS.format(outcome=name): count for name, count in rows.items()}, event.failure)
            case _:
                pass  # events without duration: metrics count them

    def _begin_verification(self) -> None:
        """In a batch, begin a new trace for each query: no backend can show or sample one of 200,000 rows."""
        batch = context.get_value(_BATCH)
        if not isinstance(batch, Span):
            _enter(self._tracer.start_span(VERIFICATION), context.get_current())
            return
        links = [Link(batch.get_span_context())]
        nowhere = trace.set_span_in_context(trace.INVALID_SPAN)
        _enter(self._tracer.start_span(VERIFICATION, nowhere, links=links), nowhere)

    def _begin_request(self, endpoint: Endpoint, more: Attributes) -> None:
        name = f"{endpoint.method} {endpoint.path}"
        attributes = {**of_endpoint(endpoint), **more}
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
        quiet = context.set_value(_SUPPRESS_HTTP_INSTRUMENTATION_KEY, True)
        # Older instrumentation of aiohttp (such as 0.51b0) obeys only this key.
        _enter(span, context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True, quiet))


def _enter(span: Span, within: Context) -> None:
    """Make `span` the current span of this task until it ends."""
    opened = _Open(span, asyncio.current_task())
    opened.before = context.attach(trace.set_span_in_context(span, context.set_value(_OPEN, opened, within)))


def _note_wait(reason: str, seconds: float) -> None:
    opened = context.get_value(_OPEN)
    if isinstance(opened, _Open) and opened.task is asyncio.current_task():
        opened.waits[reason] = opened.waits.get(reason, 0.0) + seconds


def _end(attributes: Attributes, failure: Failure | None) -> None:
    """End the current span."""
    opened = context.get_value(_OPEN)
    if not isinstance(opened, _Open) or opened.before is None:
        return
    context.detach(opened.before)
    span = opened.span
    span.set_attributes({**attributes, **of_failure(failure)})
    span.set_attributes({WAITED.format(reason=reason): took for reason, took in opened.waits.items()})
    if failure is not None:
        span.set_status(StatusCode.ERROR, failure.diagnosis)
    span.end()

"""OpenTelemetry: an observer that makes spans and metrics from the events. Needs the extra ``otel``.

Knows where tracers and meters come from. Leaves to others: exporters. The application configures its SDK, and
without an SDK nothing is recorded. No trace context is sent to the gateway: it does not ask for a
``traceparent``, which would show our internals to a third party.

This module can be imported without OpenTelemetry, which is imported only when an observer is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...settings.version import VERSION
from ..events import Event

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

_SCOPE = "precontractual_async"


class OpenTelemetryObserver:
    """Makes spans and metrics from events of any number of clients: ``PrecontractualClient(observer=...)``.

    `tracer_provider`, `meter_provider`: the providers that get them; by default the global ones. Their names
    are in guides/telemetry.md, and come from `table`.

    Raises:
        ImportError: OpenTelemetry is not installed.

    >>> from precontractual_async.observability.events import JournalKept
    >>> OpenTelemetryObserver()(JournalKept(rows=50, lag=0.06))  # to nowhere, until there is an SDK
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        try:
            from opentelemetry.metrics import get_meter
            from opentelemetry.trace import get_tracer
        except ImportError:
            problem = "telemetry needs opentelemetry-api: pip install 'precontractual-async[otel]'"
            raise ImportError(problem) from None
        from .metrics import Metrics
        from .spans import Spans

        self._spans = Spans(get_tracer(_SCOPE, VERSION, tracer_provider))
        self._metrics = Metrics(get_meter(_SCOPE, VERSION, meter_provider))

    def __call__(self, event: Event, /) -> None:
        self._metrics.tell(event)  # first: while the event's span is still the current one
        self._spans.tell(event)

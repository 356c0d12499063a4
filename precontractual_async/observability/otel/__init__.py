"""OpenTelemetry: an observer that makes spans and metrics of the events. Needs the extra ``otel``.

Knows where tracers and meters come from. Refuses to know exporters: the application configures its SDK,
and without one nothing is recorded. No trace context goes to the gateway: a ``traceparent`` would tell a
third party about our inside, and it does not ask for one.

It can be looked at where OpenTelemetry is not installed: what needs it is imported when it is used.
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
    """Makes spans and metrics of the events of any number of clients: ``PrecontractualClient(observer=...)``.

    `tracer_provider`, `meter_provider`: where they go; by default the global ones. The names are in
    guides/telemetry.md, and come from `table`.

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
        self._metrics.tell(event)  # first: while its span is still the current one
        self._spans.tell(event)

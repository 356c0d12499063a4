"""What an observer hears goes to a collector, for a process that ends with its run. Needs the extra ``otlp``.

Knows that a process which ends must send what it still holds, and must not be held up by a collector that
does not answer: what sends it are threads that end with the process. Refuses to know what a run is. Where
things go the SDK reads from its own ``OTEL_*`` variables; the exporters speak OTLP over HTTP.

No detector describes the process: its command line would be among what it finds, and the name of a list may
hold a number. The variables that name the service are heeded.
"""

from __future__ import annotations

import logging
import time
from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, StatusCode

from ...settings.version import VERSION
from . import OpenTelemetryObserver
from .table import ERROR_TYPE, EXIT_CODE, RUN

_OF_THE_SDK: Final = "opentelemetry"
_FINE: Final = (0, 3)
"""Exit codes of runs in which nothing went wrong: in that of 3 some rows wait for the next."""


class _Complaints(logging.Handler):
    """What the SDK says of itself: that something was not delivered is remembered, and nothing is printed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.is_any = False

    def emit(self, record: logging.LogRecord) -> None:
        self.is_any |= record.levelno >= self.level


class Delivery:
    """Providers of its own, an observer that tells them, and a span over all of it.

    `traces`, `metrics`: whether a collector is named for them.
    """

    def __init__(self, *, traces: bool, metrics: bool) -> None:
        self._complaints = _Complaints()
        _listen(self._complaints)
        ours = Resource({SERVICE_NAME: "precontractual-async", SERVICE_VERSION: VERSION})
        resource = ours.merge(OTELResourceDetector().detect())
        readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if metrics else []
        # Neither is shut down by the interpreter, which would wait for a collector as long as it takes.
        self._metering = MeterProvider(readers, resource, shutdown_on_exit=False)
        self._tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        if traces:
            self._tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.observer: OpenTelemetryObserver = OpenTelemetryObserver(self._tracing, self._metering)

    def span(self) -> Span:
        """One over the whole run, which begins."""
        return self._tracing.get_tracer("precontractual_async", VERSION).start_span(RUN)

    def close(self, seconds: float) -> bool:
        """Send what there is for so many seconds at most; whether all of it was delivered."""
        ends = time.monotonic() + seconds
        sending = [Thread(target=each.shutdown, daemon=True) for each in (self._tracing, self._metering)]
        for thread in sending:
            thread.start()
        for thread in sending:
            thread.join(max(0.0, ends - time.monotonic()))
        return not (self._complaints.is_any or any(thread.is_alive() for thread in sending))


def end(span: Span, code: int, error: BaseException | None) -> None:
    """With what the process ends; of an error its kind alone, since its text may be anybody's."""
    span.set_attribute(EXIT_CODE, code)
    if code not in _FINE:
        span.set_attribute(ERROR_TYPE, str(code) if error is None else type(error).__name__)
        span.set_status(StatusCode.ERROR)
    span.end()


def _listen(complaints: logging.Handler) -> None:
    logger = logging.getLogger(_OF_THE_SDK)
    logger.handlers[:] = [complaints]
    logger.propagate = False

"""Sends spans and metrics to a collector, for a process that ends with its run. Needs the extra ``otlp``.

Knows that a process must send the rest before it ends, and must not wait long for a collector that does not
answer: daemon threads do the sending. The SDK reads the address from its own ``OTEL_*`` variables; the
exporters speak OTLP over HTTP. Leaves to others: what a run is.

No resource detector describes the process: it would report the command line, and the name of a list there
may hold a citizen's number. The ``OTEL_*`` variables that name the service are used.
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
"""Exit codes of runs without an error; after 3, some rows wait for the next run."""


class _Complaints(logging.Handler):
    """Takes the SDK's own log: notes whether something was not delivered, and prints nothing."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.is_any = False

    def emit(self, record: logging.LogRecord) -> None:
        self.is_any |= record.levelno >= self.level


class Delivery:
    """Providers of its own, an observer that feeds them, and a span for the whole run.

    `traces`, `metrics`: whether a collector is named for them.
    """

    def __init__(self, *, traces: bool, metrics: bool) -> None:
        self._complaints = _Complaints()
        _listen(self._complaints)
        ours = Resource({SERVICE_NAME: "precontractual-async", SERVICE_VERSION: VERSION})
        resource = ours.merge(OTELResourceDetector().detect())
        readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if metrics else []
        # The interpreter must not shut them down: it would wait for a collector without limit.
        self._metering = MeterProvider(readers, resource, shutdown_on_exit=False)
        self._tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        if traces:
            self._tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.observer: OpenTelemetryObserver = OpenTelemetryObserver(self._tracing, self._metering)

    def span(self) -> Span:
        """Begin the span of the whole run."""
        return self._tracing.get_tracer("precontractual_async", VERSION).start_span(RUN)

    def close(self, seconds: float) -> bool:
        """Send the rest, for `seconds` at most; return whether everything was delivered."""
        ends = time.monotonic() + seconds
        sending = [Thread(target=each.shutdown, daemon=True) for each in (self._tracing, self._metering)]
        for thread in sending:
            thread.start()
        for thread in sending:
            thread.join(max(0.0, ends - time.monotonic()))
        return not (self._complaints.is_any or any(thread.is_alive() for thread in sending))


def end(span: Span, code: int, error: BaseException | None) -> None:
    """End the span with the exit code, and only the kind of an error: its text may hold personal data."""
    span.set_attribute(EXIT_CODE, code)
    if code not in _FINE:
        span.set_attribute(ERROR_TYPE, str(code) if error is None else type(error).__name__)
        span.set_status(StatusCode.ERROR)
    span.end()


def _listen(complaints: logging.Handler) -> None:
    logger = logging.getLogger(_OF_THE_SDK)
    logger.handlers[:] = [complaints]
    logger.propagate = False

"""Sends spans and metrics to a collector, for a process that ends with its run (extra ``otlp``).

Knows that a process must send the rest before it ends, and must not wait long for a collector that does not
answer: daemon threads do the sending. The SDK reads the address from its own ``OTEL_*`` variables; these also
say whether OTLP goes over HTTP or gRPC. Leaves to others: what a run is.

No resource detector describes the process: it would report the command line, and the name of a list there
may hold a citizen's number. The ``OTEL_*`` variables that name the service are used.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from importlib.metadata import entry_points
from os import environ
from threading import Thread
from typing import Any, Final

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, StatusCode

from ...model.errors import InvalidSettings
from ...settings.version import VERSION
from . import OpenTelemetryObserver
from .table import ERROR_TYPE, EXIT_CODE, RUN

_BY_PROTOCOL: Final[Mapping[str, tuple[str, str]]] = {
    "http/protobuf": ("otlp_proto_http", "otlp"),
    "grpc": ("otlp_proto_grpc", "otlp-grpc"),
}
"""The SDK's name for the exporter of a protocol, and our extra with its package; HTTP is the default."""
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

    Raises:
        InvalidSettings: the variables name a protocol that is unknown, or whose package is not installed.
    """

    def __init__(self, *, traces: bool, metrics: bool) -> None:
        self._complaints = _Complaints()
        _listen(self._complaints)  # first: what the SDK says of its variables shows the headers in them
        spans = [_exporter("traces")] if traces else []
        readers = [PeriodicExportingMetricReader(_exporter("metrics"))] if metrics else []
        ours = Resource({SERVICE_NAME: "precontractual-async", SERVICE_VERSION: VERSION})
        resource = ours.merge(OTELResourceDetector().detect())
        # The interpreter must not shut them down: it would wait for a collector without limit.
        self._metering = MeterProvider(readers, resource, shutdown_on_exit=False)
        self._tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        for exporter in spans:
            self._tracing.add_span_processor(BatchSpanProcessor(exporter))
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


def _exporter(signal: str) -> Any:
    """The exporter of ``traces`` or ``metrics`` for the protocol that the variables name."""
    names = (f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    given = {name: text for name in names if (text := environ.get(name, "").strip())}
    name, protocol = next(iter(given.items()), ("", "http/protobuf"))
    if protocol not in _BY_PROTOCOL:
        raise InvalidSettings(f"{name} must be one of {', '.join(_BY_PROTOCOL)}", f"Check {name}.")
    exporter, extra = _BY_PROTOCOL[protocol]
    for found in entry_points(group=f"opentelemetry_{signal}_exporter", name=exporter):
        return found.load()(**_session(protocol))
    raise InvalidSettings(
        f"OTLP over {protocol} needs a package that is not installed",
        f"pip install 'precontractual-async[{extra}]'",
    )


def _session(protocol: str) -> Mapping[str, Any]:
    """For HTTP, a session that reads no answer's body: one without an end would fill the memory."""
    if protocol == "grpc" or any("CREDENTIAL_PROVIDER" in name for name in environ):  # which has its own
        return {}
    import requests  # noqa: PLC0415 (comes with the exporter of this protocol)

    session = requests.Session()
    session.stream = True
    return {"session": session}


def end(span: Span, code: int, error: BaseException | None) -> None:
    """End the span with the exit code, and only the kind of an error: its text may hold personal data."""
    span.set_attribute(EXIT_CODE, code)
    if code not in _FINE:
        span.set_attribute(ERROR_TYPE, str(code) if error is None else type(error).__name__)
        span.set_status(StatusCode.ERROR)
    span.end()


def _listen(complaints: logging.Handler) -> None:
    environ.setdefault("GRPC_VERBOSITY", "NONE")  # grpcio writes to standard error by itself
    logger = logging.getLogger(_OF_THE_SDK)
    logger.handlers[:] = [complaints]
    logger.propagate = False

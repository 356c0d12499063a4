"""What OpenTelemetry's SDK exports, held in memory."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    Histogram,
    InMemoryMetricReader,
    Metric,
    MetricsData,
    NumberDataPoint,
    Sum,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from precontractual_async.observability.otel import OpenTelemetryObserver


@define(eq=False)
class Exported:
    """An observer, and all that comes out of it."""

    tracing: TracerProvider = field(factory=TracerProvider)
    _spans: InMemorySpanExporter = field(factory=InMemorySpanExporter)
    _reader: InMemoryMetricReader = field(factory=InMemoryMetricReader)
    observer: OpenTelemetryObserver = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tracing.add_span_processor(SimpleSpanProcessor(self._spans))
        self.observer = OpenTelemetryObserver(self.tracing, MeterProvider([self._reader]))

    def spans(self, name: str = "") -> list[ReadableSpan]:
        """Those that have ended, in that order: of one name, or all."""
        return [span for span in self._spans.get_finished_spans() if name in ("", span.name)]

    def data(self) -> MetricsData:
        """All metrics, as they are now."""
        return self._reader.get_metrics_data() or MetricsData([])

    def metrics(self) -> dict[str, Metric]:
        """The same by name."""
        return {
            metric.name: metric
            for resource in self.data().resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def values(self, name: str) -> dict[frozenset[tuple[str, object]], float]:
        """What one metric counted, by its attributes; of a histogram, how many there were."""
        found: dict[frozenset[tuple[str, object]], float] = {}
        metrics = self.metrics()
        for point in metrics[name].data.data_points if name in metrics else ():
            counted = point.value if isinstance(point, NumberDataPoint) else point.count
            found[frozenset((point.attributes or {}).items())] = counted
        return found

    def attributes(self, name: str) -> set[str]:
        """The attributes that one metric is split by."""
        return {key for attributes in self.values(name) for key, _ in attributes}

    def said(self) -> Iterator[str]:
        """All of it, as exporters write it."""
        yield from (span.to_json() for span in self.spans())
        yield self.data().to_json()


def kind(metric: Metric) -> str:
    """The word of the table for what this is."""
    if isinstance(metric.data, Histogram):
        return "histogram"
    assert isinstance(metric.data, Sum)
    return "counter" if metric.data.is_monotonic else "up-down counter"

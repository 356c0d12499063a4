"""A collector of OpenTelemetry's on loopback: keeps what it is sent, and answers, or does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from attrs import define, field
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@define
class Collected:
    """What came, by path; `heads` are the request lines and headers."""

    url: str
    bodies: list[tuple[str, bytes]] = field(factory=list)
    heads: list[str] = field(factory=list)

    def spans(self) -> list[Span]:
        told = [ExportTraceServiceRequest.FromString(body) for path, body in self.bodies if "trace" in path]
        return [
            span
            for each in told
            for resource in each.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def resources(self) -> list[dict[str, str]]:
        """What each message says of the process."""
        found = []
        for path, body in self.bodies:
            resources = (
                [each.resource for each in ExportTraceServiceRequest.FromString(body).resource_spans]
                if "trace" in path
                else [each.resource for each in ExportMetricsServiceRequest.FromString(body).resource_metrics]
            )
            found += [{item.key: item.value.string_value for item in each.attributes} for each in resources]
        return found

    def metrics(self) -> set[str]:
        told = [
            ExportMetricsServiceRequest.FromString(body) for path, body in self.bodies if "metric" in path
        ]
        return {
            metric.name
            for each in told
            for resource in each.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@contextmanager
def collecting() -> Iterator[Collected]:
    """Within the block a collector takes what it is sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collected.bodies.append((self.path, body))
            collected.heads.append(f"{self.requestline}\n{self.headers}")
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collected = Collected(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield collected
        finally:
            server.shutdown()
            serving.join()


SERVICES = {
    f"opentelemetry.proto.collector.{signal}.v1.{name}Service": "Export"
    for signal, name in (("trace", "Trace"), ("metrics", "Metrics"))
}
"""The services of OTLP over gRPC, each with its method."""


@contextmanager
def collecting_by_grpc() -> Iterator[Collected]:
    """The same over gRPC; a path is a service, and a head what came with a call."""

    def handler(service: str) -> grpc.RpcMethodHandler:
        def take(body: bytes, context: grpc.ServicerContext) -> bytes:
            collected.bodies.append((service, body))
            collected.heads.append(f"{service}\n{context.invocation_metadata()}")
            return b""  # all of it was taken

        return grpc.unary_unary_rpc_method_handler(take)

    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        collected = Collected(f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
        for service, method in SERVICES.items():
            handlers = grpc.method_handlers_generic_handler(service, {method: handler(service)})
            server.add_generic_rpc_handlers((handlers,))
        server.start()
        try:
            yield collected
        finally:
            server.stop(grace=None).wait()


@contextmanager
def talking() -> Iterator[str]:
    """The address of a collector whose answers have no end."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(bytes(1 << 10))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@contextmanager
def mute() -> Iterator[str]:
    """The address of a collector that takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"

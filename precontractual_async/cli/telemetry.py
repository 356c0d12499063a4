"""OpenTelemetry for a run of the command, when it is installed and a collector is named.

Knows the environment variables that name a collector, and that no run fails or takes much longer because of
one. Without these variables nothing of OpenTelemetry is imported. Leaves to others: what is exported.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ..batch.exits import COMPLETE
from ..model.errors import InvalidSettings
from ..observability.events import Observer
from .console import say
from .ends import code_of

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from ..observability.otel.otlp import Delivery

LONGEST: Final = 5.0
"""Seconds that the command waits at its end for a collector that does not answer."""


class RunTelemetry:
    """A context manager that exports one run to a collector; `observer` is None without a collector."""

    observer: Observer | None = None
    _delivery: Delivery | None = None
    _span: Span | None = None
    _code = COMPLETE

    def __init__(self, environ: Mapping[str, str], *, quiet: bool = False) -> None:
        self._environ = environ
        self._quiet = quiet
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        traces, metrics = (_is_named(self._environ, signal) for signal in ("TRACES", "METRICS"))
        if traces or metrics:
            try:
                self._begin(traces=traces, metrics=metrics)
            except ImportError:
                pass  # the variables are for other programs
            except InvalidSettings as error:
                self._say(f"OpenTelemetry gets nothing ({error.diagnosis})", self._code)
                self._say(f"  -> {error.next_step}", self._code)
            except Exception as error:  # noqa: BLE001 (the SDK may be unable to read a variable)
                self._say(f"OpenTelemetry gets nothing ({type(error).__name__})", self._code)
        return self

    def _begin(self, *, traces: bool, metrics: bool) -> None:
        from opentelemetry.trace import use_span

        from ..observability.otel.otlp import Delivery

        self._delivery = delivery = Delivery(traces=traces, metrics=metrics)
        self._span = delivery.span()
        current = use_span(self._span, record_exception=False, set_status_on_exception=False)
        self._stack.enter_context(current)
        self.observer = delivery.observer

    def ended(self, code: int) -> int:
        """Note the exit code that the process will have."""
        self._code = code
        return code

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if self._delivery is None or self._span is None:
            return
        from ..observability.otel.otlp import end

        code = self._code if error is None else code_of(error)
        end(self._span, code, error)
        if not self._delivery.close(LONGEST):
            self._say("the collector did not take all traces and metrics", code)

    def _say(self, text: str, code: int) -> None:
        """Print a warning; after a complete run with ``--quiet`` print nothing, since cron would mail it."""
        if not self._quiet or code != COMPLETE:
            say(text, logging.WARNING)


def _is_named(environ: Mapping[str, str], signal: str) -> bool:
    """Whether a collector is named for `signal`, ``TRACES`` or ``METRICS``, and is not switched off."""
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    is_off = environ.get(f"OTEL_{signal}_EXPORTER", "").strip() == "none"
    return not is_off and any(environ.get(name, "").strip() for name in names)

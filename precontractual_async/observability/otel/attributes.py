"""The attributes that spans and metrics share."""

from __future__ import annotations

from functools import lru_cache

from opentelemetry.util.types import AttributeValue

from ..events import AttemptEnded, Endpoint, Failure, TokenRequestEnded
from .table import ADDRESS, ERROR_TYPE, METHOD, PORT, STATUS_CODE, TEMPLATE

Attributes = dict[str, AttributeValue]


@lru_cache(maxsize=16)
def of_endpoint(endpoint: Endpoint) -> Attributes:
    """Where a request goes. Callers share the result and must not change it."""
    return {
        METHOD: endpoint.method,
        ADDRESS: endpoint.host,
        PORT: endpoint.port,
        TEMPLATE: endpoint.path,
    }


def of_failure(failure: Failure | None) -> Attributes:
    """The kind of the failure; empty if there is none."""
    return {} if failure is None else {ERROR_TYPE: failure.kind}


def of_request(event: AttemptEnded | TokenRequestEnded) -> Attributes:
    """Where a request went, and its status or failure."""
    status = {} if event.status is None else {STATUS_CODE: event.status}
    return {**of_endpoint(event.endpoint), **status, **of_failure(event.failure)}

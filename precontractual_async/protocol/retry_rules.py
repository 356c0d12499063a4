"""What to do about a fault: retry, give up this query, or stop the run. One table.

Knows which faults can pass by themselves and how long to wait. Leaves to others: clocks, sleeping and
randomness. The earlier faults, the time that has passed and the jitter are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from ..model.errors import (
    BrokenAnswer,
    Fault,
    InternalFault,
    Paused,
    Reach,
    RunStopped,
    ServerError,
    SharingUnavailable,
    Throttled,
    TimedOut,
    TokenRejected,
    TokenUnavailable,
    Unexplained,
    Unreachable,
    WrongCitizen,
)
from ..model.problems import RequestRejected
from ..settings.settings import RetryPolicy


@frozen
class Retry:
    """Ask the same question again, `after` seconds from now."""

    after: float


@frozen
class GiveUp:
    """Do not ask this query again in this run: the fault becomes its outcome."""


@frozen
class StopTheRun:
    """Ask nothing more: `fault` affects every query, or every query of this caller."""

    fault: Fault


Verdict = Retry | GiveUp | StopTheRun

_UNLIMITED: Final = 1_000

# How often a query is retried after each kind of fault, within the limits of the policy. A missing row is a
# defect; a test checks that the table is complete.
RETRIES: Final[Mapping[type[Fault], int]] = {
    Unreachable: _UNLIMITED,
    TimedOut: _UNLIMITED,
    ServerError: _UNLIMITED,
    Throttled: _UNLIMITED,
    TokenUnavailable: _UNLIMITED,
    SharingUnavailable: _UNLIMITED,
    BrokenAnswer: 2,  # a proxy's page may be temporary; a changed contract is not
    TokenRejected: _UNLIMITED,  # with another token; `SharedToken` gives none when this client is refused
    WrongCitizen: 0,  # an alarm; and every call is logged as a consultation of a citizen
    Unexplained: 0,  # a refusal without a reason repeats itself; it may be gone in the next run
    RequestRejected: 0,
    RunStopped: 0,
    InternalFault: 0,
}


def _allowance(fault: Fault) -> int:
    return next(RETRIES[kind] for kind in type(fault).__mro__ if kind in RETRIES)


def decide(
    faults: Sequence[Fault], *, elapsed: float, deadline: float, jitter: float, policy: RetryPolicy
) -> Verdict:
    """The verdict on the last of `faults`, the list of all faults of this query so far.

    `elapsed`: seconds since the query first failed. `deadline`: the most that `elapsed` may become.
    `jitter`: uniform in 0..1. A pause that the gateway asks for adds nothing here, because the rate limiter
    stops all calls; a pause that the OAuth server asks for is added. A rejected token is not the query's
    fault, so it does not count as an attempt.

    >>> from precontractual_async.settings.settings import RetryPolicy
    >>> failed = [ServerError("the gateway answered 500")]
    >>> decide(failed, elapsed=1.0, deadline=120.0, jitter=0.5, policy=RetryPolicy())
    Retry(after=0.25)
    """
    fault = faults[-1]
    if stopping := _stops_the_run(faults, policy):
        return StopTheRun(stopping)
    alike = sum(type(earlier) is type(fault) for earlier in faults)
    rejections = sum(isinstance(earlier, TokenRejected) for earlier in faults)
    if alike > _allowance(fault) or len(faults) - rejections >= policy.attempts:
        return GiveUp()
    attempt = len(faults) - rejections
    if isinstance(fault, TokenRejected):  # the first retry is immediate; only repeated rejections wait
        attempt = rejections - 1
    after = _full_jitter(attempt, jitter, policy) if attempt else 0.0
    pause = fault.retry_after or 0.0
    if elapsed + max(after, pause) > deadline:
        return GiveUp()
    return Retry(max(after, pause) if isinstance(fault, TokenUnavailable) else after)


def _stops_the_run(faults: Sequence[Fault], policy: RetryPolicy) -> Fault | None:
    """The fault that stops the run, when the last fault affects more than its own row; otherwise None."""
    fault = faults[-1]
    if fault.reach is not Reach.ROW:
        return fault
    if fault.retry_after is not None and fault.retry_after > policy.longest_pause:
        return Paused(fault.retry_after, status=fault.status, trace_id=fault.trace_id)
    return None


def _full_jitter(attempt: int, jitter: float, policy: RetryPolicy) -> float:
    """Full jitter: uniform between 0 and a doubling, capped pause. It spreads many clients best."""
    return jitter * min(policy.cap, policy.base * 2.0 ** (attempt - 1))

"""What to do about a fault: ask again, give this query up, or stop the run. One table.

Knows which faults pass by themselves and how long to wait. Refuses to know clocks, sleeping and
randomness: how often it happened, the time that passed and the jitter are parameters.
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
    """Ask the same again, `after` seconds from now."""

    after: float


@frozen
class GiveUp:
    """Ask no more in this run: the fault becomes the outcome of this query."""


@frozen
class StopTheRun:
    """Ask nothing more: `fault` holds for every query, or for every query of this caller."""

    fault: Fault


Verdict = Retry | GiveUp | StopTheRun

_UNLIMITED: Final = 1_000

# How many times more the same query is sent because of each kind of fault, within the policy's own
# limits. A missing row would be a defect; a test holds the table complete.
RETRIES: Final[Mapping[type[Fault], int]] = {
    Unreachable: _UNLIMITED,
    TimedOut: _UNLIMITED,
    ServerError: _UNLIMITED,
    Throttled: _UNLIMITED,
    TokenUnavailable: _UNLIMITED,
    SharingUnavailable: _UNLIMITED,
    BrokenAnswer: 2,  # a proxy's page may pass; a changed contract does not
    TokenRejected: _UNLIMITED,  # with another token, which is not to be had when it is us who are refused
    WrongCitizen: 0,  # an alarm, and each call a logged consultation of somebody
    Unexplained: 0,  # whoever refuses without a reason does so again; the next run may find another mood
    RequestRejected: 0,
    RunStopped: 0,
    InternalFault: 0,
}


def _allowance(fault: Fault) -> int:
    return next(RETRIES[kind] for kind in type(fault).__mro__ if kind in RETRIES)


def decide(
    faults: Sequence[Fault], *, elapsed: float, deadline: float, jitter: float, policy: RetryPolicy
) -> Verdict:
    """The verdict on the last of `faults`, which are all that befell this query so far.

    `elapsed` is in seconds since it first failed, `deadline` the most it may become; `jitter`
    is uniform in 0..1. A pause that the gateway asks for is not waited for here, since the rate limiter
    holds everybody; one that the OAuth server asks for is. A rejected token is no fault of the query's: it
    does not count among its attempts.

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
    if isinstance(fault, TokenRejected):  # at once, and later only for a row that meets it again and again
        attempt = rejections - 1
    after = _full_jitter(attempt, jitter, policy) if attempt else 0.0
    pause = fault.retry_after or 0.0
    if elapsed + max(after, pause) > deadline:
        return GiveUp()
    return Retry(max(after, pause) if isinstance(fault, TokenUnavailable) else after)


def _stops_the_run(faults: Sequence[Fault], policy: RetryPolicy) -> Fault | None:
    """The fault as one that reaches further than its row, when it does."""
    fault = faults[-1]
    if fault.reach is not Reach.ROW:
        return fault
    if fault.retry_after is not None and fault.retry_after > policy.longest_pause:
        return Paused(fault.retry_after, status=fault.status, trace_id=fault.trace_id)
    return None


def _full_jitter(attempt: int, jitter: float, policy: RetryPolicy) -> float:
    """Uniform between 0 and the doubling pause: what spreads a crowd best, also once it is capped."""
    return jitter * min(policy.cap, policy.base * 2.0 ** (attempt - 1))

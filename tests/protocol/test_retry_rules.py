"""The table of verdicts: complete, and each row as the contract says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precontractual_async import (
    AccessDenied,
    BrokenAnswer,
    CallerRejected,
    CredentialsRefused,
    Fault,
    InternalFault,
    Paused,
    Problem,
    RequestRejected,
    RetryPolicy,
    RunStopped,
    ServerError,
    SharingUnavailable,
    Throttled,
    TimedOut,
    TokenRejected,
    TokenUnavailable,
    Unavailable,
    Unreachable,
)
from precontractual_async.protocol.retry_rules import RETRIES, GiveUp, Retry, StopTheRun, Verdict, decide

POLICY = RetryPolicy()


def verdict(*faults: Fault, elapsed: float = 0.0, deadline: float = 120.0, jitter: float = 0.5) -> Verdict:
    return decide(faults, elapsed=elapsed, deadline=deadline, jitter=jitter, policy=POLICY)


def kinds_of(base: type[Fault]) -> set[type[Fault]]:
    return {base} | {each for child in base.__subclasses__() for each in kinds_of(child)}


def test_every_fault_has_a_row() -> None:
    """No fault's treatment is left to chance."""
    abstract = {Fault, Unavailable}
    for kind in kinds_of(Fault) - abstract:
        assert any(base in RETRIES for base in kind.__mro__), kind


@pytest.mark.parametrize(
    "kind", [Unreachable, TimedOut, ServerError, Throttled, TokenUnavailable, SharingUnavailable]
)
def test_what_passes_is_asked_again_up_to_the_policy(kind: type[Fault]) -> None:
    """Seven times more, and not an eighth."""
    assert isinstance(verdict(*[kind("x")] * 7), Retry)
    assert verdict(*[kind("x")] * 8) == GiveUp()


def test_a_rejected_row_is_given_up_at_once() -> None:
    """400 is never asked again."""
    assert verdict(RequestRejected(Problem(400))) == GiveUp()
    assert verdict(InternalFault("x")) == GiveUp()


@pytest.mark.parametrize("kind", [AccessDenied, CallerRejected, CredentialsRefused, RunStopped])
def test_what_holds_for_all_stops_the_run(kind: type[Fault]) -> None:
    """403, 404 and refused credentials: nobody asks on."""
    fault = kind("x")
    assert verdict(fault) == StopTheRun(fault)


def test_a_401_is_resent_at_once_and_costs_no_attempt() -> None:
    """Whether it is about us is the token's to know; a row that meets it again and again comes back less often."""
    assert verdict(TokenRejected("x")) == Retry(0.0)
    assert verdict(*[TokenRejected("x")] * 20) == Retry(15.0)
    assert verdict(*[ServerError("x")] * 7, *[TokenRejected("x")] * 3) == Retry(0.5)
    assert verdict(*[TokenRejected("x")] * 3, *[ServerError("x")] * 8) == GiveUp()
    assert verdict(TokenRejected("x"), elapsed=121.0) == GiveUp()


def test_a_broken_answer_is_asked_again_twice() -> None:
    """A proxy's page may pass; a changed contract does not."""
    assert isinstance(verdict(*[BrokenAnswer("x")] * 2), Retry)
    assert verdict(*[BrokenAnswer("x")] * 3) == GiveUp()
    assert isinstance(verdict(BrokenAnswer("x"), ServerError("x"), BrokenAnswer("x")), Retry)


@given(st.integers(1, 7), st.floats(0, 1))
def test_full_jitter(attempt: int, jitter: float) -> None:
    """Uniform between zero and the doubling, capped pause."""
    again = verdict(*[ServerError("x")] * attempt, jitter=jitter, deadline=1000)
    assert again == Retry(jitter * min(30.0, 0.5 * 2 ** (attempt - 1)))


def test_the_deadline_counts_the_pause() -> None:
    """What would come too late is not waited for; a pause of the gateway's counts as well."""
    assert isinstance(verdict(ServerError("x"), elapsed=119.7), Retry)
    assert verdict(ServerError("x"), elapsed=119.8) == GiveUp()
    assert verdict(Throttled("x", retry_after=130)) == GiveUp()
    assert isinstance(verdict(Throttled("x", retry_after=130), deadline=900), Retry)


def test_a_pause_of_the_oauth_servers_is_waited_for() -> None:
    """No brake holds the callers of the OAuth server: each waits as long as it asks for."""
    assert verdict(TokenUnavailable("x", retry_after=100)) == Retry(100)


def test_a_pause_beyond_the_cap_stops_the_run() -> None:
    """It is told instead of slept through."""
    assert isinstance(verdict(Throttled("x", retry_after=300), deadline=900), Retry)
    stopped = verdict(Throttled("x", retry_after=301, status=429, trace_id="t"), deadline=900)
    assert isinstance(stopped, StopTheRun)
    assert isinstance(stopped.fault, Paused)
    assert "301 seconds" in str(stopped.fault)
    assert (stopped.fault.status, stopped.fault.trace_id) == (429, "t")
    assert verdict(Throttled("x", retry_after=100), deadline=900) == Retry(0.25)  # the brake holds everybody
    assert verdict(ServerError("x"), elapsed=119.75) == Retry(0.25)  # the very last moment

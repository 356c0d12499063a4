"""The retry loop: tenacity runs it, `retry_rules.decide` decides.

Knows all faults of one question so far, and reports them to the log, the statistics and the observer.
Leaves to others: how an attempt is made, and what a fault means for other questions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState

from ..model.answers import Answer
from ..model.errors import Fault
from ..observability.events import WaitReason
from ..observability.instrumentation import Instrumentation, waiting
from ..observability.logs import LogEvent, fields
from ..protocol.retry_rules import Retry, StopTheRun, decide
from ..settings.settings import RetryPolicy
from .statistics import Tally

_log = logging.getLogger(__name__)


class Retrier:
    """The retries of one question. `deadline`: seconds after its first failure. `jitter`: uniform in 0..1."""

    def __init__(
        self,
        policy: RetryPolicy,
        deadline: float,
        jitter: Callable[[], float],
        tally: Tally,
        instrumentation: Instrumentation | None,
    ) -> None:
        self._policy = policy
        self._deadline = deadline
        self._jitter = jitter
        self._tally = tally
        self._instrumentation = instrumentation
        self._faults: list[Fault] = []
        self._failed_at = 0.0
        self._after = 0.0

    @property
    def failures(self) -> int:
        """The number of failed attempts so far."""
        return len(self._faults)

    @property
    def was_sent(self) -> bool:
        """Whether a call was sent, by this question or by another that asks the same: only then does a fault
        have a trace id.
        """
        return any(fault.trace_id for fault in self._faults)

    async def until_answered(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of `attempt`, which is repeated as `decide` says.

        Raises:
            Fault: the last fault, or a fault that stops the run.
        """
        retrying = AsyncRetrying(retry=self._again, wait=self._wait, sleep=self._sleep, reraise=True)
        return await retrying(attempt)

    def _again(self, state: RetryCallState) -> bool:
        """Whether tenacity tries again. Only our own faults are retried, never a cancellation."""
        assert state.outcome is not None  # noqa: S101 (tenacity asks after an attempt)
        fault = state.outcome.exception()
        if not isinstance(fault, Fault):
            return False
        now = asyncio.get_running_loop().time()
        self._failed_at = self._failed_at if self._faults else now
        self._faults.append(fault)
        self._tally.failed(fault, now)
        verdict = decide(
            self._faults,
            elapsed=now - self._failed_at,
            deadline=self._deadline,
            jitter=self._jitter(),
            policy=self._policy,
        )
        if isinstance(verdict, StopTheRun) and verdict.fault is not fault:
            raise verdict.fault
        if not isinstance(verdict, Retry):
            data = fields(LogEvent.GIVEN_UP, fault=fault, attempt=self.failures)
            _log.debug("not asked again: %s", fault.diagnosis, extra=data)
            return False
        self._after = verdict.after
        data = fields(LogEvent.ASKED_AGAIN, fault=fault, attempt=self.failures, seconds=verdict.after)
        _log.debug("asked again in %.2f seconds: %s", verdict.after, fault.diagnosis, extra=data)
        return True

    def _wait(self, _: RetryCallState) -> float:
        return self._after

    async def _sleep(self, seconds: float) -> None:
        await waiting(self._instrumentation, WaitReason.RETRY, asyncio.sleep(seconds))

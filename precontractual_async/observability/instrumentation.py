"""Reports events to an observer: wraps actions, so that their own code need not know about events.

Knows when an action begins and ends, how long it takes, and that an observer's error must not affect it.
Leaves to others: what is done with events. Without an observer there is no `Instrumentation`, and no cost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from types import TracebackType
from typing import Final, TypeVar

from attrs import define

from ..model.answers import Answer
from ..model.errors import Fault
from ..settings.settings import Settings
from .events import (
    AttemptBegan,
    AttemptEnded,
    Endpoint,
    Event,
    Failure,
    Observer,
    PauseBegan,
    TokenRequestBegan,
    TokenRequestEnded,
    VerificationBegan,
    VerificationEnded,
    Waited,
    WaitReason,
)
from .logs import LogEvent, fields

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

_SHORTEST: Final = 0.001
"""Seconds: in less time no wait happened, only its code ran."""


@define
class _Sent:
    """The calls that one verification has sent."""

    times: int = 0


_SENT: Final = ContextVar[_Sent | None]("precontractual-sent", default=None)


class Instrumentation:
    """Reports to one observer what a client with these settings does."""

    def __init__(self, observer: Observer, settings: Settings) -> None:
        self._observer = observer
        self._api = Endpoint.of("GET", settings.api_url + settings.api_path)
        self._oauth = Endpoint.of("POST", settings.token_url)
        self._failed: set[str] = set()

    def tell(self, event: Event) -> None:
        """Pass one event to the observer; if it raises, log only the name of the error."""
        try:
            self._observer(event)
        except Exception as error:  # noqa: BLE001 (whoever looks on must not harm a call)
            name = type(error).__name__
            if name not in self._failed:
                self._failed.add(name)
                text = "the observer failed (%s); calls go on, what it was told is lost"
                _log.error(text, name, extra=fields(LogEvent.OBSERVER_FAILED))

    async def verification(
        self, asking: Callable[[], Awaitable[Answer]], ended_by: Callable[[], Fault | None] = lambda: None
    ) -> Answer:
        """The answer of `asking`, reported as a verification. `ended_by`: the fault that cut it short."""
        sent, answer, before = _Sent(), None, _SENT.get()
        _SENT.set(sent)
        self.tell(VerificationBegan())

        def ended(seconds: float, failure: Failure | None) -> VerificationEnded:
            flexi = answer and answer.flexi_job.status
            student = answer and answer.student_job.status
            if failure is not None and (fault := ended_by()) is not None:
                failure = Failure.of(fault)
            return VerificationEnded(seconds, sent.times, flexi, student, failure)

        try:
            with self.timing(ended):
                answer = await asking()
                return answer
        finally:
            _SENT.set(before)  # not `reset`: we may be closed in another context

    def joining(self, asking: Callable[[], Awaitable[Answer]]) -> Awaitable[Answer]:
        """The answer to a question that another task is asking already."""
        return self.verification(lambda: self.waiting(WaitReason.JOINED, asking()))

    async def attempt(self, exchange: Awaitable[_T], trace_id: str) -> _T:
        """The result of one call, reported as an attempt."""
        sent = _SENT.get() or _Sent()
        self.tell(AttemptBegan(self._api, trace_id, sent.times))
        sent.times += 1
        with self.timing(partial(AttemptEnded, self._api, trace_id)):
            return await exchange

    async def token_request(self, exchange: Awaitable[_T]) -> _T:
        """The result of one token request, reported."""
        self.tell(TokenRequestBegan(self._oauth))
        with self.timing(partial(TokenRequestEnded, self._oauth)):
            return await exchange

    async def waiting(self, reason: WaitReason, waiting: Awaitable[_T]) -> _T:
        """The result of `waiting`; the time that it took is reported even if it failed."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await waiting
        finally:
            seconds = loop.time() - began
            if seconds >= _SHORTEST:
                self.tell(Waited(reason, seconds))

    def pause_began(self, seconds: float, fault: Fault) -> None:
        """Report that a fault made all calls wait."""
        self.tell(PauseBegan(seconds, Failure.of(fault)))

    def timing(self, ended: Callable[[float, Failure | None], Event]) -> Timing:
        """For ``with``: reports the event that `ended` makes of the seconds and the error of the block."""
        return Timing(self.tell, ended)


class Timing:
    """See `Instrumentation.timing`."""

    def __init__(
        self, tell: Callable[[Event], None], ended: Callable[[float, Failure | None], Event]
    ) -> None:
        self._tell = tell
        self._ended = ended

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = self._loop.time() - self._began
        self._tell(self._ended(seconds, None if error is None else Failure.of(error)))


def waiting(
    instrumentation: Instrumentation | None, reason: WaitReason, waiting: Awaitable[_T]
) -> Awaitable[_T]:
    """`waiting`, reported if there is an observer."""
    return waiting if instrumentation is None else instrumentation.waiting(reason, waiting)

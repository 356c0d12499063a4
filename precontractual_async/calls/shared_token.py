"""The bearer token that all tasks of a process share, and the port that tokens come from.

Knows when a token is fetched, by which task, and what the other tasks do meanwhile. There is one fetch at a
time (single flight), in the background while the old token is good. No token is fetched in place of one that
was already replaced, and after a failure a growing pause comes first. A token that was accepted before it was
rejected is always replaced; only several fresh tokens rejected in a row mean that the client itself is
refused. Leaves to others: where tokens come from, and what they are used for.

Decisions are made synchronously, so no lock is needed; only the fetch is awaited.
"""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from attrs import frozen

from ..model.errors import (
    AnswersUnreadable,
    ClientClosed,
    CredentialsRefused,
    Fault,
    InternalFault,
    RunStopped,
    TokenUnavailable,
)
from ..observability.logs import LogEvent, fields
from ..protocol.access_token import BearerToken
from .throughput import Wait
from .timeouts import Allowance

_log = logging.getLogger(__name__)

_FIRST_COOL_DOWN: Final = 1.0
_LONGEST_COOL_DOWN: Final = 30.0

_REFUSALS: Final = 2
"""So many fresh tokens rejected in a row, without an answer between, mean that the client is refused."""
_REFUSALS_OF_THE_KNOWN: Final = 5
"""The same limit after a first answer. If three calls in a hundred find their token revoked, then by chance
one list of 2,000 in twenty meets two such calls in a row, and none meets five."""
_UNREADABLE: Final = 5
"""So many answers in a row without a token probably do not come from the OAuth server."""
_REPLACED: Final = 0.25
"""Seconds between two fetches that replace a rejected token, because each fetch is a call too. Doubled for
each fresh token that is rejected in a row."""


class TokenProvider(Protocol):
    """Gives fresh tokens: a port, for tokens from a sidecar or a vault.

    A provider needs no cache and gets no parallel calls: `SharedToken` takes care of both.
    """

    async def fetch(self, rejected: BearerToken | None) -> BearerToken:
        """A token that is good from now on; see `BearerToken.lasting`.

        `rejected` is an earlier token of this provider that the gateway does not accept: a provider with a
        cache must not return it again.

        Raises:
            Fault: there is no token. Any other error becomes a `TokenUnavailable`.
        """


class OwnProvider:
    """Our own providers: they have their own timeout, because they wait for slots, and raise only `Fault`."""


class ForeignTokens:
    """A provider that is not ours, with `timeout` seconds for each fetch. Its own errors are replaced by
    ours: their texts may hold anything.
    """

    def __init__(self, provider: TokenProvider, timeout: float) -> None:
        self._provider = provider
        self._timeout = timeout

    async def fetch(self, rejected: BearerToken | None) -> BearerToken:
        """See `TokenProvider.fetch`."""
        late = TokenUnavailable("the token provider did not answer in time")
        try:
            token = await Allowance(self._timeout).within(self._provider.fetch(rejected), late)
            if isinstance(token, BearerToken):
                return token
            kind = type(token).__name__
            del token  # it may be the text of a token, and tracebacks show local variables
        except Fault:
            raise
        except Exception as error:  # noqa: BLE001 (whatever a client of somebody else's service raises)
            kind = type(error).__name__
        raise TokenUnavailable(f"the token provider failed ({kind})")


@frozen
class _Failure:
    """Why the last fetch failed, and until when no other fetch begins."""

    fault: Fault
    until: float
    cool_down: float

    def is_for_all(self, now: float) -> bool:
        """Whether callers should fail at once: the failure will not pass, or not soon."""
        left = self.until - now
        return left > 0 and (isinstance(self.fault, RunStopped) or left > _LONGEST_COOL_DOWN)

    def fault_at(self, now: float) -> Fault:
        """A copy of the fault for one caller; its `retry_after` is the time that is left."""
        fault = copy.copy(self.fault)
        if fault.retry_after is not None:
            fault.retry_after = self.until - now
        return fault


class SharedToken:
    """The token that all tasks of one event loop share. `fetch`: see `TokenProvider.fetch`.

    One task fetches the token for all. From `refresh_at` on, the next token is fetched in the background
    while all tasks use the old one; from `expires_at` on, all tasks wait for that fetch.
    """

    def __init__(self, fetch: Callable[[BearerToken | None], Awaitable[BearerToken]]) -> None:
        self._fetch = fetch
        self._token: BearerToken | None = None
        self._rejected_token: BearerToken | None = None
        self._flight: asyncio.Task[BearerToken | Exception] | None = None
        self._failure: _Failure | None = None
        self._unreadable = 0
        self._asked_at = 0.0
        self._rejections = 0
        self._known = 0
        """The number of rejections when the current token was requested."""
        self._counted = 0
        """The number of the last rejection that concerned the client itself, or a token that was good."""
        self._refusals = 0
        self._most_refusals = _REFUSALS
        self._is_proven = False
        """Whether any call got an answer with the current token."""

    async def get(self) -> BearerToken:
        """A token that is good now.

        Raises:
            Fault: there is no token; each caller gets its own copy of the error.
        """
        if (token := self.current()) is not None:
            return token
        now = asyncio.get_running_loop().time()
        if self._failure is not None and self._failure.is_for_all(now):
            raise self._failure.fault_at(now)
        result = await self._result(self._start())
        if isinstance(result, BearerToken):
            return result
        raise copy.copy(result)

    def current(self) -> BearerToken | None:
        """The token that is good at this moment; None: a call has to wait for the next token. From
        `refresh_at` on, the next one is fetched in the background.
        """
        token, now = self._token, asyncio.get_running_loop().time()
        if token is None or now >= token.expires_at:
            return None
        if now >= token.refresh_at:
            self._start()
        return token

    def reject(self, token: BearerToken, trace_id: str | None = None) -> None:
        """The gateway does not accept `token`. Only the current token is dropped.

        A rejection concerns the client itself only if no call got an answer with this token, and if it was
        requested after the last rejection that counted: an earlier token may have been revoked with that one.
        `trace_id`: the id of the rejected call.
        """
        if token is not self._token:
            return
        self._token, self._rejected_token = None, token
        self._rejections += 1
        if self._is_proven:
            self._counted = self._rejections
        elif self._known >= self._counted:
            self._counted = self._rejections
            self._refusals += 1
            if self._refusals >= self._most_refusals:
                text = "the gateway rejects every token, also a fresh one"
                self._fail(CredentialsRefused(text, status=401, trace_id=trace_id))

    def mark_accepted(self, token: BearerToken) -> None:
        """The gateway accepted `token`."""
        self._refusals, self._most_refusals = 0, _REFUSALS_OF_THE_KNOWN
        self._is_proven = self._is_proven or token is self._token

    def until(self, now: float) -> float | None:
        """When the current token expires; None: there is no token now."""
        token = self._token
        return token.expires_at if token is not None and now < token.expires_at else None

    def refusal(self, now: float) -> Fault | None:
        """Why no token is available now; None: there is a token, or a call can wait for one."""
        failure = self._failure
        if failure is None or self.until(now) is not None or not failure.is_for_all(now):
            return None
        return failure.fault

    def wait(self) -> Wait | None:
        """Why all calls wait; None while there is a token, or when no call asks for one."""
        now = asyncio.get_running_loop().time()
        if self.until(now) is not None:
            return None
        if self._failure is not None and self._failure.until > now:
            return Wait(f"no token: {self._failure.fault.diagnosis}", self._failure.until - now)
        is_fetched = self._flight is not None and not self._flight.done()
        return Wait("a token is fetched", 0.0) if is_fetched else None

    async def close(self) -> None:
        """Cancel the current fetch, if there is one."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait([self._flight])

    async def _result(self, flight: asyncio.Task[BearerToken | Exception]) -> BearerToken | Exception:
        """The result of a fetch. Shielded: a cancelled caller must not cancel the fetch of the others."""
        try:
            return await asyncio.shield(flight)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if not flight.cancelled() or (me is not None and me.cancelling()):
                raise
        return ClientClosed("the client was closed while it was asked")

    def _start(self) -> asyncio.Task[BearerToken | Exception]:
        """The current fetch, or a new one."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fly(), name="precontractual-token")
        return self._flight

    async def _fly(self) -> BearerToken | Exception:
        """Wait until a token may be fetched, and fetch it. Errors are returned, so that each caller can raise
        its own copy.
        """
        try:
            token, known = await self._fetch_another()
        except ClientClosed as closed:  # not the OAuth server's fault; a reopened client can fetch again
            return closed
        except Fault as fault:
            return self._fail(self._escalated(fault))
        except Exception as error:  # noqa: BLE001 (a background task has no caller)
            self._fail(InternalFault.of(error))
            return error.with_traceback(None)
        self._token, self._known, self._is_proven = token, known, False
        self._rejected_token, self._failure, self._unreadable = None, None, 0
        _log.info("a fresh token is in use", extra=fields(LogEvent.TOKEN_FRESH))
        return token

    async def _fetch_another(self) -> tuple[BearerToken, int]:
        """A token that differs from the rejected one, and the number of rejections when it was requested.

        The current token may be rejected while the next one is fetched in the background. That fetch may give
        the same token again (from a cache, or from a server that reuses tokens). Then another is fetched, and
        the provider gets the rejected one as an argument.
        """
        while True:
            await self._fetch_allowed()
            self._asked_at = asyncio.get_running_loop().time()
            known = self._rejections
            token = await self._fetch(self._rejected_token)
            rejected = self._rejected_token
            if known == self._rejections or rejected is None or token.value != rejected.value:
                return token, known

    async def _fetch_allowed(self) -> None:
        """Wait until the next fetch may begin: after a failure or a rejection there is a pause."""
        loop = asyncio.get_running_loop()
        while True:
            until = 0.0 if self._failure is None else self._failure.until
            if self._rejected_token is not None:
                doubled = min(self._refusals, _REFUSALS_OF_THE_KNOWN)
                until = max(until, self._asked_at + _REPLACED * 2**doubled)
            if (left := until - loop.time()) <= 0:
                return
            await asyncio.sleep(left)

    def _escalated(self, fault: Fault) -> Fault:
        """The fault of a fetch; after several unreadable answers, a fault that stops the run."""
        self._unreadable = self._unreadable + 1 if fault.seen else 0
        if self._unreadable < _UNREADABLE:
            return fault
        return AnswersUnreadable(
            f"no answer of the OAuth server can be read ({fault.seen})", status=fault.status
        )

    def _fail(self, fault: Fault) -> Fault:
        before = self._failure.cool_down if self._failure else 0.0
        cool_down = min(_LONGEST_COOL_DOWN, max(_FIRST_COOL_DOWN, 2 * before))
        if isinstance(fault, RunStopped):
            cool_down = _LONGEST_COOL_DOWN
        pause = max(cool_down, fault.retry_after or 0.0)
        self._failure = _Failure(fault, asyncio.get_running_loop().time() + pause, cool_down)
        data = fields(LogEvent.TOKEN_MISSING, fault=fault, seconds=pause)
        if isinstance(fault, RunStopped):  # it ends the run, so there may be no next attempt
            _log.warning("no token: %s", fault.diagnosis, extra=data)
        else:
            _log.warning("no token: %s; next attempt in %.0f seconds", fault.diagnosis, pause, extra=data)
        return fault

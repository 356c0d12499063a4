"""The one bearer token that all tasks of a process share, and the port it comes from.

Knows when a token is fetched, by whom, and what the others do meanwhile: one fetch at a time whatever
the number of tasks; in the background while the old token is good; never for a token that somebody has
already replaced; and after a failure not before a growing pause. A token that was good and is rejected is
replaced as often as that happens; only fresh ones that are rejected one after the other mean that we are
refused. Refuses to know where tokens come from and what they are used for.

Decisions are made synchronously, so no lock is needed; only the one fetch is awaited.
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
"""Fresh tokens rejected in a row, with nobody answered in between: then it is who we are that is refused."""
_REFUSALS_OF_THE_KNOWN: Final = 5
"""The same where somebody was answered before. Where three calls in a hundred find their token revoked, two
in a row are met by chance in one list of 2,000 out of twenty; five in a row never."""
_UNREADABLE: Final = 5
"""Answers without a token in a row, after which they are not the OAuth server's."""
_REPLACED: Final = 0.25
"""Seconds from one fetch to the next that replaces a rejected token: each is a call too. Doubled for each
fresh one that is rejected in a row."""


class TokenProvider(Protocol):
    """Where fresh tokens come from: a port, for tokens that a sidecar or a vault hands out.

    Nothing is kept here, and nothing is asked twice at once: `SharedToken` stands in front of it.
    """

    async def fetch(self, rejected: BearerToken | None) -> BearerToken:
        """A token that is good from now on; see `BearerToken.lasting`.

        `rejected` was fetched here before, and the gateway does not accept it: whoever keeps tokens must not
        give it again.

        Raises:
            Fault: there is none to be had. Anything else is taken for a `TokenUnavailable`.
        """


class OwnProvider:
    """A provider of ours: it bounds its time itself, since it may wait for slots, and raises only ours."""


class ForeignTokens:
    """A provider that is not ours, and has `timeout` seconds for each fetch. What its own code raises becomes
    ours here: its text may hold anything.
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
            del token  # it may be the token's text, and a traceback's frames show their locals
        except Fault:
            raise
        except Exception as error:  # noqa: BLE001 (whatever a client of somebody else's service raises)
            kind = type(error).__name__
        raise TokenUnavailable(f"the token provider failed ({kind})")


@frozen
class _Failure:
    """Why the last fetch failed, and until when no other is tried."""

    fault: Fault
    until: float
    cool_down: float

    def is_for_all(self, now: float) -> bool:
        """True while waiting makes no sense: it will not pass, or not soon."""
        left = self.until - now
        return left > 0 and (isinstance(self.fault, RunStopped) or left > _LONGEST_COOL_DOWN)

    def fault_at(self, now: float) -> Fault:
        """The fault for one caller, with how long it still lasts when the OAuth server said so."""
        fault = copy.copy(self.fault)
        if fault.retry_after is not None:
            fault.retry_after = self.until - now
        return fault


class SharedToken:
    """The one token of all tasks of one event loop. `fetch`: see `TokenProvider.fetch`.

    Life of a token: fetched by one task for all; from `refresh_at` on replaced in the background while
    everybody goes on with it; from `expires_at` on everybody waits for the one fetch that is under way.
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
        """How many there had been when the token in use was asked for."""
        self._counted = 0
        """The number of the last that says something about us, or of a token that was good."""
        self._refusals = 0
        self._most_refusals = _REFUSALS
        self._is_proven = False
        """Whether anybody was answered with the token in use."""

    async def get(self) -> BearerToken:
        """A token that is good now.

        Raises:
            Fault: there is none to be had; each caller gets an error of its own.
        """
        token = self.current()
        now = asyncio.get_running_loop().time()
        if token is not None:
            if now >= token.refresh_at:
                self._start()
            return token
        if self._failure is not None and self._failure.is_for_all(now):
            raise self._failure.fault_at(now)
        landed = await self._landed(self._start())
        if isinstance(landed, BearerToken):
            return landed
        raise copy.copy(landed)

    def current(self) -> BearerToken | None:
        """The token that is good at this moment; None: one has to be waited for."""
        token = self._token
        return token if token is not None and asyncio.get_running_loop().time() < token.expires_at else None

    def reject(self, token: BearerToken, trace_id: str | None = None) -> None:
        """The gateway does not accept `token`. Counts only for the token in use: compare, then drop.

        It is about us only when nobody was answered with it, and when it was asked for after the last one
        that counted: one that was fetched while another was rejected may be as old. `trace_id`: of the call.
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
        """The instant at which the token at hand expires; None: there is none now."""
        token = self._token
        return token.expires_at if token is not None and now < token.expires_at else None

    def refusal(self, now: float) -> Fault | None:
        """Why there is no token to be had for now; None: there is one, or waiting for one makes sense."""
        failure = self._failure
        if failure is None or self.until(now) is not None or not failure.is_for_all(now):
            return None
        return failure.fault

    def wait(self) -> Wait | None:
        """Why everybody waits; None while there is a token, and when nobody asks for one."""
        if self.current() is not None:
            return None
        now = asyncio.get_running_loop().time()
        if self._failure is not None and self._failure.until > now:
            return Wait(f"no token: {self._failure.fault.diagnosis}", self._failure.until - now)
        is_fetched = self._flight is not None and not self._flight.done()
        return Wait("a token is fetched", 0.0) if is_fetched else None

    async def close(self) -> None:
        """End the fetch that is under way, if any."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait([self._flight])

    async def _landed(self, flight: asyncio.Task[BearerToken | Exception]) -> BearerToken | Exception:
        """What a fetch came to. Shielded: a caller that goes away must not take the others' token along."""
        try:
            return await asyncio.shield(flight)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if not flight.cancelled() or (me is not None and me.cancelling()):
                raise
        return ClientClosed("the client was closed while it was asked")

    def _start(self) -> asyncio.Task[BearerToken | Exception]:
        """The one fetch: the one that is under way, or a new one."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fly(), name="precontractual-token")
        return self._flight

    async def _fly(self) -> BearerToken | Exception:
        """Wait until a token may be fetched, and fetch it. Errors are returned, so that no waiter's is
        another's.
        """
        try:
            token, known = await self._fetch_another()
        except ClientClosed as closed:  # no word of the OAuth server's, and over when it is opened again
            return closed
        except Fault as fault:
            return self._fail(self._escalated(fault))
        except Exception as error:  # noqa: BLE001 (in the background nobody is there to hear it)
            self._fail(InternalFault.of(error))
            return error.with_traceback(None)
        self._token, self._known, self._is_proven = token, known, False
        self._rejected_token, self._failure, self._unreadable = None, None, 0
        _log.info("a fresh token is in use", extra=fields(LogEvent.TOKEN_FRESH))
        return token

    async def _fetch_another(self) -> tuple[BearerToken, int]:
        """A token that is not the rejected one, as far as we can tell; and how many rejections there had been
        when it was asked for.

        The token in use may be rejected while its successor is fetched in the background. What such a fetch
        delivers may be the same again (from a cache, or from a server that reuses tokens): then another is
        fetched, for which the rejected one is named.
        """
        while True:
            await self._paced()
            self._asked_at = asyncio.get_running_loop().time()
            known = self._rejections
            token = await self._fetch(self._rejected_token)
            rejected = self._rejected_token
            if known == self._rejections or rejected is None or token.value != rejected.value:
                return token, known

    async def _paced(self) -> None:
        """Return when the next fetch may begin: after a failure, or a rejection, not at once."""
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
        """The fault of a fetch; after some answers that nobody could read, what they mean for every call."""
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
        said = fields(LogEvent.TOKEN_MISSING, fault=fault, seconds=pause)
        if isinstance(fault, RunStopped):  # a run ends with it: nobody knows whether it is tried again
            _log.warning("no token: %s", fault.diagnosis, extra=said)
        else:
            _log.warning("no token: %s; next attempt in %.0f seconds", fault.diagnosis, pause, extra=said)
        return fault

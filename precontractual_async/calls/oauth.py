"""Fetches bearer tokens from the Social Security OAuth server, with a signed client assertion.

Knows whose key signs an assertion, and whose clock dates it. Leaves to others: how long a token is kept; each
fetch gives a fresh one.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from ..model.errors import CredentialsRefused, Fault, TimedOut, TokenUnavailable, Unreachable
from ..observability.instrumentation import Instrumentation
from ..observability.logs import LogEvent, fields
from ..protocol.access_token import (
    ASSERTION_LIFE,
    BearerToken,
    assertion_input,
    decipher_token,
    signed,
    token_request,
)
from ..protocol.wire import HttpRequest, HttpResponse, http_date, retry_after
from ..settings.settings import Settings
from .rate_limiter import RateLimiter
from .timeouts import Allowance

_log = logging.getLogger(__name__)

_SKEW: Final = timedelta(seconds=10)
"""When our clock is off by more, a refused assertion is tried again with the server's time."""

_MOST_SKEW: Final = timedelta(days=1)
"""A larger difference is not believed: a wrong server must not choose the dates of our assertions."""

_STALE: Final = ASSERTION_LIFE / 2
"""Seconds after which an assertion that waited for its slot is replaced by a new one."""


class Signer(Protocol):
    """Signs with the private key: a port, for a key that never leaves its vault or KMS.

    `SigningKey`, a key that is read from a file or a variable, is a signer too.
    """

    async def sign(self, signing_input: bytes) -> bytes:
        """The signature of `signing_input` with the algorithm in the settings (RFC 7515 §5.1).

        RS256: PKCS#1 v1.5 with SHA-256. PS256: PSS with a salt of 32 bytes. ES256: r and s of 32 bytes each
        (RFC 7518 §3.4), not the DER form that most services return.

        Raises:
            Fault: there is no signature. Any other error becomes a `TokenUnavailable`.
        """


class OAuthTokens:
    """The token provider that a client has by default. Each request waits for a slot, as every call does."""

    def __init__(
        self,
        settings: Settings,
        signer: Signer,
        *,
        rate_limiter: RateLimiter,
        send: Callable[[HttpRequest], Awaitable[HttpResponse]],
        now: Callable[[], datetime],
        instrumentation: Instrumentation | None = None,
    ) -> None:
        self._settings = settings
        self._signer = signer
        self._rate_limiter = rate_limiter
        self._send = send
        self._now = now
        self._instrumentation = instrumentation
        self._ahead = timedelta(0)
        self._server_time: datetime | None = None

    async def fetch(self, _: BearerToken | None = None) -> BearerToken:
        """A fresh token. If it is refused because our clock is wrong, try once more with the server's time.

        Without the waits for a slot, both requests together take no longer than one attempt may.
        """
        allowance = Allowance(self._settings.attempt_timeout)
        try:
            return await self._request_token(allowance)
        except CredentialsRefused:
            if not self._learn_the_time():
                raise
        return await self._request_token(allowance)

    def _learn_the_time(self) -> bool:
        """Whether a new difference between the clocks explains the refusal; the difference is kept."""
        if self._server_time is None:
            return False
        ahead = self._now() - self._server_time
        if abs(ahead - self._ahead) < _SKEW:
            return False
        off = ahead.total_seconds()
        data = fields(LogEvent.CLOCK_OFF, seconds=off)
        if abs(ahead) > _MOST_SKEW:
            text = "our clock and the OAuth server's differ by more than a day; one of them is wrong"
            _log.warning(text, extra=data)
            return False
        _log.warning("our clock is %+.0f seconds off; assertions go by the server's", off, extra=data)
        self._ahead = ahead
        return True

    async def _request_token(self, allowance: Allowance) -> BearerToken:
        """One request. It is signed before it waits for a slot: the signer may be slow, and a slot must be
        used at once.
        """
        loop = asyncio.get_running_loop()
        while True:
            request = await self._token_request(allowance)
            signed_at = loop.time()
            await self._rate_limiter.acquire()
            requested_at = loop.time()
            if requested_at - signed_at < _STALE:
                break
        exchange = self._exchange(request, requested_at, allowance)
        return await (
            exchange if self._instrumentation is None else self._instrumentation.token_request(exchange)
        )

    async def _exchange(self, request: HttpRequest, requested_at: float, allowance: Allowance) -> BearerToken:
        """Send the request, and read the token in the response."""
        try:
            response = await allowance.within(self._send(request), TimedOut("no complete answer in time"))
        except TimedOut as fault:  # without the name, the user would blame the gateway
            raise TimedOut(f"the OAuth server: {fault.diagnosis}") from None
        except Unreachable as fault:
            raise Unreachable(f"the OAuth server: {fault.diagnosis}") from None
        self._server_time = http_date(response.headers.get("date", ""))
        pause = retry_after(response.headers, self._now())
        return decipher_token(response, requested_at=requested_at, pause=pause)

    async def _token_request(self, allowance: Allowance) -> HttpRequest:
        settings = self._settings
        signing_input = assertion_input(
            client_id=settings.credentials.client_id,
            audience=settings.audience,
            algorithm=settings.credentials.algorithm,
            jti=str(uuid.uuid4()),
            issued_at=int((self._now() - self._ahead).timestamp()),
        )
        assertion = signed(signing_input, await self._signature(signing_input, allowance))
        return token_request(
            token_url=settings.token_url,
            assertion=assertion,
            scope=settings.scope,
            user_agent=settings.user_agent,
        )

    async def _signature(self, signing_input: bytes, allowance: Allowance) -> bytes:
        """The signer's signature. Its own errors are replaced by ours: their texts may hold anything."""
        late = TokenUnavailable("the signer did not answer in time")
        try:
            return await allowance.within(self._signer.sign(signing_input), late)
        except Fault:
            raise
        except Exception as error:  # noqa: BLE001 (whatever a client of somebody else's service raises)
            fault = TokenUnavailable(f"the signer failed ({type(error).__name__})")
        raise fault

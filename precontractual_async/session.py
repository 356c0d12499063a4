"""The session manager: one connection pool and one bearer token that all tasks share.

Knows when a token is fetched, by whom, and what the others do meanwhile: one fetch at a time whatever
the number of tasks; in the background while the old token is good; never for a token that somebody has
already replaced; and after a failure not before a growing pause. Refuses to know what the token is used
for.

Decisions are made synchronously, so no lock is needed; only the one fetch is awaited.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self

import aiohttp
from attrs import frozen

from .discreet import discreet
from .errors import ClientClosed, CredentialsRefused, Fault, InternalFault, RunStopped
from .logs import Event, fields
from .pacing import Pace
from .protocol.grant import BearerToken, decipher_token, sign_assertion, token_request
from .protocol.keys import SigningKey, load_key
from .protocol.wire import HttpRequest, HttpResponse, http_date, retry_after
from .secret_files import bytes_of, read_secret
from .settings import Credentials, Settings
from .transport import AiohttpTransport, Transport, open_session, tls_context

_log = logging.getLogger(__name__)

_FIRST_COOL_DOWN: Final = 1.0
_LONGEST_COOL_DOWN: Final = 30.0

_SKEW: Final = timedelta(seconds=10)
"""What a clock may be off before a refused assertion is tried again by the server's clock."""

_MOST_SKEW: Final = timedelta(days=1)
"""Beyond this it is not believed: whatever answers there must not choose what our assertions say."""

_NOT_OPEN: Final = "the client is not open: use it in `async with`"

_REJECTIONS: Final = 2
"""Fresh tokens rejected in a row before no more are fetched for a while: a 401 storm helps nobody."""


def utc_now() -> datetime:
    """The wall clock, aware, UTC."""
    return datetime.now(UTC)


@discreet
def read_key(credentials: Credentials) -> SigningKey:
    """The private key, read, parsed and tried out. Blocks: call it in a thread.

    Raises:
        InvalidSettings: a file cannot be read, others can read the key, or it is no usable key.
    """
    password = None
    if credentials.key_password_file is not None:
        password = read_secret(credentials.key_password_file, "KEY_PASSWORD_FILE").rstrip(b"\r\n")
    elif credentials.key_password is not None:
        password = bytes_of(credentials.key_password, "KEY_PASSWORD")
    if credentials.private_key is not None:
        material = bytes_of(credentials.private_key, "PRIVATE_KEY")
    else:
        assert credentials.key_file is not None  # noqa: S101 (settings are valid by construction)
        material = read_secret(credentials.key_file, "KEY_FILE")
    return load_key(material, password=password or None, algorithm=credentials.algorithm)


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

    def told(self, now: float) -> Fault:
        """The fault for one caller, with how long it still lasts when the OAuth server said so."""
        fault = copy.copy(self.fault)
        if fault.retry_after is not None:
            fault.retry_after = self.until - now
        return fault


class SharedToken:
    """The one token of all tasks of one event loop. `fetch` gets a fresh one or raises a `Fault`.

    Life of a token: fetched by one task for all; from `refresh_at` on replaced in the background while
    everybody goes on with it; from `expires_at` on everybody waits for the one fetch that is under way.
    """

    def __init__(self, fetch: Callable[[], Awaitable[BearerToken]]) -> None:
        self._fetch = fetch
        self._token: BearerToken | None = None
        self._flight: asyncio.Task[BearerToken | Exception] | None = None
        self._failure: _Failure | None = None
        self._rejected = 0

    async def get(self) -> BearerToken:
        """A token that is good now.

        Raises:
            Fault: there is none to be had; each caller gets an error of its own.
        """
        now = asyncio.get_running_loop().time()
        token = self._token
        if token is not None and now < token.expires_at:
            if now >= token.refresh_at:
                self._take_off()
            return token
        if self._failure is not None and self._failure.is_for_all(now):
            raise self._failure.told(now)
        landed = await self._landed(self._take_off())
        if isinstance(landed, BearerToken):
            return landed
        raise copy.copy(landed)

    def reject(self, token: BearerToken) -> None:
        """The gateway does not accept `token`. Counts only for the token in use: compare, then drop."""
        if token is not self._token:
            return
        self._token = None
        self._rejected += 1
        if self._rejected >= _REJECTIONS:
            self._fail(CredentialsRefused("the gateway rejects every token, also a fresh one", status=401))

    def prove(self, token: BearerToken) -> None:
        """The gateway accepted `token`."""
        if token is self._token:
            self._rejected = 0

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

    def _take_off(self) -> asyncio.Task[BearerToken | Exception]:
        """The one fetch: the one that is under way, or a new one."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fly(), name="precontractual-token")
        return self._flight

    async def _fly(self) -> BearerToken | Exception:
        """Wait out the cool-down, then fetch. Errors are returned, so that no waiter's is another's."""
        if self._failure is not None:
            await asyncio.sleep(max(0.0, self._failure.until - asyncio.get_running_loop().time()))
        try:
            token = await self._fetch()
        except ClientClosed as closed:  # no word of the OAuth server's, and over when it is opened again
            return closed
        except Fault as fault:
            self._fail(fault)
            return fault
        except Exception as error:  # noqa: BLE001 (in the background nobody is there to hear it)
            self._fail(InternalFault.of(error))
            return error.with_traceback(None)
        self._token, self._failure = token, None
        _log.debug("a fresh token is in use", extra=fields(Event.TOKEN_FRESH))
        return token

    def _fail(self, fault: Fault) -> None:
        before = self._failure.cool_down if self._failure else 0.0
        cool_down = min(_LONGEST_COOL_DOWN, max(_FIRST_COOL_DOWN, 2 * before))
        if isinstance(fault, RunStopped):
            cool_down = _LONGEST_COOL_DOWN
        pause = max(cool_down, fault.retry_after or 0.0)
        self._failure = _Failure(fault, asyncio.get_running_loop().time() + pause, cool_down)
        said = fields(Event.TOKEN_MISSING, fault=fault, seconds=pause)
        _log.warning("no token: %s; next attempt in %.0f seconds", fault.diagnosis, pause, extra=said)


class SessionManager:
    """The way to the gateway, opened and closed as one: key, connections, token.

    An `http_session` that is passed in is used and never closed. With a `transport` there is no
    connection pool at all.
    """

    def __init__(
        self,
        settings: Settings,
        pace: Pace,
        *,
        http_session: aiohttp.ClientSession | None = None,
        transport: Transport | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.token_requests = 0
        self.is_open = False
        self.token = SharedToken(self._fetch)
        self._settings = settings
        self._pace = pace
        self._http_session = http_session
        self._transport = transport
        self._now = now
        self._key: SigningKey | None = None
        self._requests_before = 0
        self._ahead = timedelta(0)
        self._server_time: datetime | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stack = AsyncExitStack()
        self.reject = self.token.reject
        self.prove = self.token.prove

    async def __aenter__(self) -> Self:
        """Read the key (in a thread: parsing it would hold up the loop) and open the connections.

        Raises:
            InvalidSettings: the key or the CA file cannot be used.
        """
        self._loop = asyncio.get_running_loop()
        key = await asyncio.to_thread(read_key, self._settings.credentials)
        if self._transport is None:
            self._transport = await self._open_transport()
            self._stack.callback(self._forget_transport)
        self._stack.push_async_callback(self.token.close)
        self._key, self.is_open = key, True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_open = False
        await self._stack.aclose()

    def bearer(self) -> Awaitable[BearerToken]:
        """See `SharedToken.get`."""
        if not self.is_open:
            raise self._not_open()
        return self.token.get()

    def time(self) -> float:
        """The clock of the loop that it was opened in, for any thread; 0 before that."""
        return 0.0 if self._loop is None else self._loop.time()

    @property
    def requests(self) -> int:
        """What went on the wire so far, tokens included; 0 with a transport that does not count."""
        now = self._transport.requests if isinstance(self._transport, AiohttpTransport) else 0
        return self._requests_before + now

    async def send(self, request: HttpRequest) -> HttpResponse:
        """See `Transport.send`."""
        if self._transport is None or not self.is_open:
            raise self._not_open()
        return await self._transport.send(request)

    def _not_open(self) -> Exception:
        """Before the first opening it is a mistake in the program; later it happens to who comes too late."""
        return RuntimeError(_NOT_OPEN) if self._key is None else ClientClosed("the client is closed")

    def _forget_transport(self) -> None:
        """It is closed with its session; the next opening makes another."""
        self._requests_before = self.requests
        self._transport = None

    async def _open_transport(self) -> Transport:
        session = self._http_session
        if session is None:
            # In a thread: reading the system's CAs takes longer than a call.
            tls = await asyncio.to_thread(tls_context, self._settings)
            session = await self._stack.enter_async_context(open_session(tls))
        return AiohttpTransport(session, timeout=self._settings.attempt_timeout, proxy=self._settings.proxy)

    async def _fetch(self) -> BearerToken:
        """A fresh token; when it is refused because our clock is wrong, once more by the server's clock."""
        try:
            return await self._request_token()
        except CredentialsRefused:
            if not self._learn_the_time():
                raise
        return await self._request_token()

    def _learn_the_time(self) -> bool:
        """Whether the server's clock differs enough for its refusal, and by more than is known already."""
        if self._server_time is None:
            return False
        ahead = self._now() - self._server_time
        if abs(ahead - self._ahead) < _SKEW:
            return False
        off = ahead.total_seconds()
        said = fields(Event.CLOCK_OFF, seconds=off)
        if abs(ahead) > _MOST_SKEW:
            text = "our clock and the OAuth server's differ by more than a day; one of them is wrong"
            _log.warning(text, extra=said)
            return False
        _log.warning("our clock is %+.0f seconds off; assertions go by the server's", off, extra=said)
        self._ahead = ahead
        return True

    async def _request_token(self) -> BearerToken:
        """One token request. It pays the pace like any other call."""
        await self._pace.slot()
        self.token_requests += 1
        requested_at = asyncio.get_running_loop().time()
        response = await self.send(self._token_request())
        self._server_time = http_date(response.headers.get("date", ""))
        pause = retry_after(response.headers, self._now())
        return decipher_token(response, requested_at=requested_at, pause=pause)

    def _token_request(self) -> HttpRequest:
        assert self._key is not None  # noqa: S101 (whoever asks for a token was told, see `bearer`)
        settings = self._settings
        assertion = sign_assertion(
            client_id=settings.credentials.client_id,
            audience=settings.audience,
            key=self._key,
            jti=str(uuid.uuid4()),
            issued_at=int((self._now() - self._ahead).timestamp()),
        )
        return token_request(token_url=settings.token_url, assertion=assertion, scope=settings.scope)

"""The session manager: one connection pool and one bearer token for all tasks.

Knows what is opened and closed together, and which provider tokens come from. Leaves to others: what is sent,
and how a token is kept.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Protocol, Self

import aiohttp

from ..model.errors import ClientClosed, InvalidSettings
from ..model.privacy import without_frames
from ..observability.instrumentation import Instrumentation
from ..protocol.access_token import BearerToken
from ..protocol.keys import SigningKey, load_key
from ..protocol.wire import HttpRequest, HttpResponse
from ..settings.secret_files import bytes_of, read_secret
from ..settings.settings import Credentials, Settings
from .loops import OF_A_CLIENT, LoopBinding
from .oauth import OAuthTokens, Signer
from .rate_limiter import RateLimiter
from .shared_token import ForeignTokens, OwnProvider, SharedToken, TokenProvider
from .transport import AiohttpTransport, Transport, open_connector, tls_context

_NOT_OPEN: Final = "the client is not open: use it in `async with`"


def utc_now() -> datetime:
    """The wall clock, aware, UTC."""
    return datetime.now(UTC)


@without_frames
def read_key(credentials: Credentials) -> SigningKey:
    """Read, parse and test the private key. It blocks, so call it in a thread.

    Raises:
        InvalidSettings: there is no key, a file cannot be read, other users can read it, or the key cannot be
            used.
    """
    credentials.require_key()
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


class Sharing(Protocol):
    """What processes share: a port. It is opened and closed with the session."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None: ...

    def tokens(self, own: TokenProvider, signer: Signer) -> TokenProvider:
        """A provider of one token for all processes; `own` fetches it."""


class SessionManager:
    """The key, the connections and the token, opened and closed together.

    An `http_session` that is passed in is used but never closed. With a `transport` there is no connection
    pool. With a `signer` or with `tokens` no private key is read. `shared`, the part that processes share, is
    opened and closed here too.
    """

    def __init__(  # noqa: PLR0913 (all but the first two are keyword-only)
        self,
        settings: Settings,
        rate_limiter: RateLimiter,
        *,
        signer: Signer | None = None,
        tokens: TokenProvider | None = None,
        shared: Sharing | None = None,
        http_session: aiohttp.ClientSession | None = None,
        transport: Transport | None = None,
        now: Callable[[], datetime] = utc_now,
        instrumentation: Instrumentation | None = None,
    ) -> None:
        self.token_requests: int = 0
        self.is_open: bool = False
        self.token: SharedToken = SharedToken(self._fetch)
        self._settings = settings
        self._rate_limiter = rate_limiter
        self._signer = signer
        if not (tokens is None or isinstance(tokens, OwnProvider)):  # our own may wait for slots
            tokens = ForeignTokens(tokens, settings.attempt_timeout)
        self._tokens = tokens
        self._shared = shared
        self._http_session = http_session
        self._transport = transport
        self._now = now
        self._instrumentation = instrumentation
        self._provider: TokenProvider | None = None
        self._binding = LoopBinding("the client", OF_A_CLIENT)
        self._requests_before = 0
        self._opened: AsyncGenerator[None] | None = None
        self.check_loop: Callable[[], None] = self._binding.check
        self.reject: Callable[[BearerToken, str | None], None] = self.token.reject
        self.mark_accepted: Callable[[BearerToken], None] = self.token.mark_accepted

    async def __aenter__(self) -> Self:
        """Read the key (in a thread, because parsing it would block the loop) and open the connections.

        Raises:
            InvalidSettings: the key or the CA file cannot be used.
            RuntimeError: the client is open, or was opened in another event loop before.
        """
        self.check_loop()
        if self.is_open:
            raise RuntimeError("the client is open already: the first block to end would close it for both")
        self._opened = self._open()
        await anext(self._opened)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.aclose()

    async def _open(self) -> AsyncGenerator[None]:
        """Keep everything open until this generator is closed; asyncio does that if the loop ends first."""
        async with AsyncExitStack() as stack:
            if self._shared is not None:
                await stack.enter_async_context(self._shared)
            provider = self._tokens or await self._own_tokens()
            if self._transport is None:
                self._transport = await self._open_transport(stack)
                stack.callback(self._forget_transport)
            stack.push_async_callback(self.token.close)
            self._binding.bind()
            self._provider, self.is_open = provider, True
            try:
                yield
            finally:
                self.is_open = False

    def bearer(self) -> Awaitable[BearerToken]:
        """See `SharedToken.get`."""
        if not self.is_open:
            raise self._not_open()
        return self.token.get()

    def current(self) -> BearerToken | None:
        """See `SharedToken.current`."""
        if not self.is_open:
            raise self._not_open()
        return self.token.current()

    def time(self) -> float:
        """The time on the clock of the client's loop, in any thread; 0 before the client was opened."""
        loop = self._binding.loop
        return 0.0 if loop is None else loop.time()

    @property
    def requests(self) -> int:
        """Requests sent so far, token requests included; 0 with a transport that does not count them."""
        now = self._transport.requests if isinstance(self._transport, AiohttpTransport) else 0
        return self._requests_before + now

    def send(self, request: HttpRequest) -> Coroutine[Any, Any, HttpResponse]:
        """See `Transport.send`."""
        if self._transport is None or not self.is_open:
            raise self._not_open()
        return self._transport.send(request)

    def check_opened(self) -> None:
        """Return if the client was opened at least once.

        Raises:
            RuntimeError: it was never opened.
        """
        if self._provider is None:
            raise self._not_open()

    def _not_open(self) -> Exception:
        """Before the first opening, the program is wrong; later, the call came after closing."""
        return RuntimeError(_NOT_OPEN) if self._provider is None else ClientClosed("the client is closed")

    def _forget_transport(self) -> None:
        """Drop the transport, which is closed with the session; the next opening makes another."""
        self._requests_before = self.requests
        self._transport = None

    async def _open_transport(self, stack: AsyncExitStack) -> Transport:
        connector: aiohttp.BaseConnector | None
        if self._http_session is None:
            # In a thread: to read the system's CAs takes longer than a call.
            tls = await asyncio.to_thread(tls_context, self._settings)
            connector = await stack.enter_async_context(open_connector(tls))
        elif (connector := self._http_session.connector) is None:
            raise InvalidSettings(
                "the http_session that was given is closed", "Keep it open longer than the client."
            )
        elif getattr(connector, "_loop", asyncio.get_running_loop()) is not asyncio.get_running_loop():
            raise InvalidSettings(
                "the http_session that was given belongs to another event loop",
                "Make it in the loop in which the client is opened.",
            )
        return AiohttpTransport(connector, timeout=self._settings.attempt_timeout, proxy=self._settings.proxy)

    async def _own_tokens(self) -> TokenProvider:
        signer = self._signer
        if signer is None:
            signer = await asyncio.to_thread(read_key, self._settings.credentials)
        own = OAuthTokens(
            self._settings,
            signer,
            rate_limiter=self._rate_limiter,
            send=self._send_token_request,
            now=self._now,
            instrumentation=self._instrumentation,
        )
        return own if self._shared is None else self._shared.tokens(own, signer)

    async def _send_token_request(self, request: HttpRequest) -> HttpResponse:
        self.token_requests += 1
        return await self.send(request)

    async def _fetch(self, rejected: BearerToken | None) -> BearerToken:
        assert self._provider is not None  # noqa: S101 (`bearer` has raised an error otherwise)
        return await self._provider.fetch(rejected)


def new_trace_id() -> str:
    """A UUID (version 4) that identifies one call for the helpdesk.

    It is not a secret, so a fast generator is enough. It is formatted here: `uuid` takes three times as long.
    """
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

"""What a client shares with other processes, by its settings; opened and closed together.

Knows the name in Redis and the secret. Leaves to others: the shared rate and the shared token themselves.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from ..calls.oauth import Signer
from ..calls.rate_limiter import RateLimiter
from ..calls.shared_token import TokenProvider
from ..calls.transport import tls_context
from ..model.errors import InvalidSettings
from ..protocol.keys import SigningKey
from ..settings.secret_files import key_of
from ..settings.settings import Settings, Sharing
from .allocator import Ask
from .encryption import TokenCipher, namespace
from .rate_limiter import SharedRateLimiter
from .redis import RedisSlots, RedisTokenStore, Server
from .redis_tokens import RedisTokens


class Shared:
    """The rate limiter and the token that all clients with this client id share. `rate_limiter`: used in
    place of the shared one.

    Raises:
        InvalidSettings: the redis package is missing.
    """

    def __init__(self, settings: Settings, sharing: Sharing, rate_limiter: RateLimiter | None) -> None:
        self._settings = settings
        self._key = sharing.key
        self._name = namespace(settings.token_url, settings.credentials.client_id)
        self._server = Server(sharing.redis_url)
        self._slots = RedisSlots(self._server, self._name)
        self._shared_limiter: SharedRateLimiter | None = None
        if rate_limiter is None:
            rate_limiter = SharedRateLimiter(self._slots, rate=settings.rate, processes=sharing.processes)
            self._shared_limiter = rate_limiter
        self.rate_limiter: RateLimiter = rate_limiter
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open everything. No message is sent to Redis yet.

        Raises:
            InvalidSettings: CA_FILE cannot be read.
        """
        if self._server.is_secure:
            self._server.tls = await asyncio.to_thread(tls_context, self._settings)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._server.close)
            if self._shared_limiter is not None:
                await stack.enter_async_context(self._shared_limiter)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def check(self) -> None:
        """Return if Redis accepts us and can do what sharing needs.

        Raises:
            SharingUnavailable, SharingRefused: it does not, or cannot.
        """
        await self._slots.serve(Ask(rate=self._settings.rate))

    def tokens(self, own: TokenProvider, signer: Signer) -> TokenProvider:
        """A provider of one token for all processes. `own` fetches it; reading it needs the same secret.

        Raises:
            InvalidSettings: there is no secret.
        """
        cipher = TokenCipher(self._secret(signer), self._name)
        return RedisTokens(RedisTokenStore(self._server, cipher.name), cipher, own)

    def _secret(self, signer: Signer) -> bytes:
        if self._key is not None:
            return key_of(self._key, "SHARED_KEY")
        if isinstance(signer, SigningKey):
            return signer.content()
        raise InvalidSettings(
            "SHARED_KEY is not set, and without the private key there is no other secret to share a token by",
            "Give all processes the same: openssl rand -base64 32",
        )

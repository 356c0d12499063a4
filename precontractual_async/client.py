"""The client: builds all parts that ask the gateway, and opens and closes them together.

Knows which parts there are, and which of them the user can replace. Leaves to others: how a question is asked
(`Verifier`).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self, TypedDict, Unpack

import aiohttp

from .calls.admission import Admission
from .calls.oauth import Signer
from .calls.rate_limiter import ConcurrencyLimit, LocalRateLimiter, RateLimiter, timed
from .calls.resources import ClientResources
from .calls.session import SessionManager, utc_now
from .calls.shared_token import TokenProvider
from .calls.transport import Transport
from .calls.verifier import Verifier
from .model.privacy import without_frames
from .observability.events import Observer
from .observability.instrumentation import Instrumentation
from .settings.loading import load_settings
from .settings.settings import Settings
from .sharing.shared_resources import Shared


class Ports(TypedDict, total=False):
    """The arguments of a client beside its settings: see `PrecontractualClient`."""

    signer: Signer | None
    tokens: TokenProvider | None
    rate_limiter: RateLimiter | None
    http_session: aiohttp.ClientSession | None
    transport: Transport | None
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    observer: Observer | None


class PrecontractualClient(Verifier):
    """The client: a `Verifier` with its own connections, token and rate limiter.

    One client serves any number of concurrent tasks of one event loop: they share its connections, its
    token and its rate. Use it in ``async with``. In another event loop it raises a `RuntimeError` that says
    where the client was opened. When the client is closed, every current `verify` ends at once with
    `ClientClosed`, and so does every later one: a web server should finish its requests first. A batch stops
    at its next call.

    `signer`: signs for a token, when the private key is kept elsewhere. `tokens`: gives tokens, instead of
    the OAuth server. With either of these, the settings need no key. `rate_limiter`: replaces the client's
    own, for example to share an allowed rate.

    `http_session`: an aiohttp session whose connections are used, with their TLS settings; it is never
    closed. Nothing else of it is used: no proxy, cookies, headers or tracing. `transport`: replaces the
    network completely. `now`: the wall clock, aware. `jitter`: uniform in 0..1. `observer`: gets an event
    for everything that happens, see `events.Observer`.

    Raises:
        InvalidSettings: there is no way to get a token: no key, no `signer`, no `tokens`.
    """

    def __init__(  # noqa: PLR0913 (all but the settings are keyword-only)
        self,
        settings: Settings,
        *,
        signer: Signer | None = None,
        tokens: TokenProvider | None = None,
        rate_limiter: RateLimiter | None = None,
        http_session: aiohttp.ClientSession | None = None,
        transport: Transport | None = None,
        now: Callable[[], datetime] = utc_now,
        jitter: Callable[[], float] = random.random,
        observer: Observer | None = None,
    ) -> None:
        if signer is None and tokens is None:
            settings.credentials.require_key()
        instrumentation = None if observer is None else Instrumentation(observer, settings)
        shared = None if settings.sharing is None else Shared(settings, settings.sharing, rate_limiter)
        given = rate_limiter if shared is None else shared.rate_limiter
        kept = (
            LocalRateLimiter(settings.rate, instrumentation)
            if given is None
            else timed(given, instrumentation)
        )
        session = SessionManager(
            settings,
            kept,
            signer=signer,
            tokens=tokens,
            shared=shared,
            http_session=http_session,
            transport=transport,
            now=now,
            instrumentation=instrumentation,
        )
        parts = ClientResources(
            session=session,
            rate_limiter=kept,
            admission=Admission(
                ConcurrencyLimit(settings.concurrency, instrumentation), session, kept, instrumentation
            ),
            instrumentation=instrumentation,
            retry=settings.retry,
            now=now,
            jitter=jitter,
        )
        super().__init__(settings, parts)

    @classmethod
    @without_frames
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        arguments: Mapping[str, str] | None = None,
        **ports: Unpack[Ports],
    ) -> Self:
        """A client with the settings of `arguments`, the environment and the profile: see `load_settings`.

        `ports`: the other arguments of the constructor. With a `signer` or `tokens`, no key is needed.

        Raises:
            InvalidSettings: the settings cannot work; the error lists every problem.
        """
        needs_key = ports.get("signer") is None and ports.get("tokens") is None
        settings = load_settings(os.environ if environ is None else environ, arguments, needs_key=needs_key)
        return cls(settings, **ports)

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.check_loop()
        self._session.is_open = False  # from here on no new call begins
        try:
            await self._flights.close()
        finally:
            await self._session.__aexit__(kind, error, trace)

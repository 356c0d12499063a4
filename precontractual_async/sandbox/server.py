"""The sandbox over real HTTP: a thin shell around the gateway. Loopback only.

Knows sockets, delays and how to drop a connection. Leaves to others: everything else, which is in the
gateway.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..calls.loops import LoopBinding
from ..client import PrecontractualClient
from ..model.dates import BRUSSELS
from ..model.identifiers import EnterpriseNumber, Ssin
from ..model.questions import Caller
from ..settings.loading import PREFIX
from ..settings.settings import Credentials, RetryPolicy, Settings
from .faults import Faults
from .gateway import API_BASE, TOKEN_PATH, Gateway
from .ledger import Ledger
from .messages import SandboxReply, SandboxRequest
from .oauth import Kind, OAuthServer, Registration
from .population import Population
from .service import Service

EMPLOYER_NUMBER: Final = "0880820673"
"""The employer of the manual's examples."""
PROVIDER_NUMBER: Final = "0400000086"
"""A fictional mandatary: the manual's 0123456789 has wrong check digits."""
PORTAL_PERSON: Final = "10010190162"
"""Who asks at the portal: a citizen of the manual's examples."""

_ELSEWHERE: Final = "Ask it while that loop runs; or let it run in a thread, by in_thread(Sandbox())."

_NUMBERS: Final = {
    Kind.EMPLOYER: EMPLOYER_NUMBER,
    Kind.PROVIDER: PROVIDER_NUMBER,
    Kind.PORTAL: EMPLOYER_NUMBER,
}


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def registrations(private_key_pem: str) -> dict[str, Registration]:
    """One client of each kind, all with the same key."""
    key = serialization.load_pem_private_key(private_key_pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 (made above, or by a test)
    return {
        client_id(kind): Registration(client_id(kind), _NUMBERS[kind], kind, key.public_key())
        for kind in Kind
    }


def client_id(kind: Kind) -> str:
    """The client id of a kind of client in the sandbox."""
    return f"self_service_chaman_sandbox_{kind.value}"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """The simulated gateway, for ``async with``; with blocking code, use `in_thread`.

    `port`: 0 takes a free port. `limit`: calls in any one-second window; None: no limit. `token_life`:
    seconds. `faults`: what goes wrong. `population`: its citizens. `clock`: the wall clock, with a time
    zone. `private_key_pem`: the clients' key; None: a new key. `retry`: the retry policy in the settings
    that it makes.

    Any thread may read and change it while it runs. Change the contents of `faults` and `population`, and
    replace a citizen as a whole. It answers only while its event loop runs: while the loop is not running,
    its address raises a `RuntimeError`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        limit: int | None = 50,
        token_life: float = 300.0,
        faults: Faults | None = None,
        population: Population | None = None,
        clock: Callable[[], datetime] = _utc_now,
        private_key_pem: str | None = None,
        retry: RetryPolicy | None = None,
    ) -> None:
        self.port: int = port
        self.private_key_pem: str = private_key_pem or ""
        self.clock: Callable[[], datetime] = clock
        self.retry: RetryPolicy = retry or RetryPolicy()
        self._as_made = (limit, token_life, clock, self.retry)
        self._serving: AsyncGenerator[None] | None = None
        self._binding = LoopBinding("the sandbox", _ELSEWHERE)
        oauth = OAuthServer({}, token_life)  # registrations come with the key
        service = Service(population or Population(self._today()))
        self.gateway: Gateway = Gateway(oauth, service, faults or Faults(), limit)  # all but the socket

    async def __aenter__(self) -> Self:
        if not self.private_key_pem:
            self.private_key_pem = await asyncio.to_thread(_new_key)
        self.oauth.registrations = registrations(self.private_key_pem)
        self._serving = self._serve()
        await anext(self._serving)
        self.oauth.audience = self.token_url
        self.gateway.started_at = time.monotonic()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._binding.check()
        if self._serving is not None:
            await self._serving.aclose()

    def reset(self) -> None:
        """Reset the state, but not the address: only generated citizens, no faults, an empty ledger.

        `limit`, token life, `clock` and `retry` get their first values again. The key and the issued tokens
        stay valid, so that a client that lives longer continues to work.
        """
        limit, token_life, self.clock, self.retry = self._as_made
        oauth = evolve(self.oauth, token_life=token_life, scopes=None, requests=0, revoked=0)
        service = Service(Population(self._today()))
        self.gateway = Gateway(oauth, service, Faults(), limit, time.monotonic())

    def now(self) -> datetime:
        """The time of `clock`. Clients that `client` did not make use it with ``now=sandbox.now``."""
        return self.clock()

    @property
    def population(self) -> Population:
        return self.gateway.service.population

    @property
    def faults(self) -> Faults:
        return self.gateway.faults

    @property
    def limit(self) -> int | None:
        return self.gateway.limit

    @limit.setter
    def limit(self, limit: int | None) -> None:
        self.gateway.limit = limit

    @property
    def oauth(self) -> OAuthServer:
        return self.gateway.oauth

    @property
    def ledger(self) -> Ledger:
        return self.gateway.ledger

    @property
    def url(self) -> str:
        if not self.port:
            raise RuntimeError("the sandbox is not running: use it in `async with`")
        self._binding.check_running()
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return self.url + API_BASE

    @property
    def token_url(self) -> str:
        return self.url + TOKEN_PATH

    def settings(self, kind: Kind = Kind.EMPLOYER) -> Settings:
        """The settings of a client of this kind; their rate is the sandbox's limit."""
        return Settings(
            caller=caller_of(kind),
            credentials=Credentials(client_id=client_id(kind), private_key=self.private_key_pem),
            api_url=self.api_url,
            token_url=self.token_url,
            audience=self.token_url,
            rate=float(self.limit or 10_000),
            retry=self.retry,
        )

    def client(self, kind: Kind = Kind.EMPLOYER) -> PrecontractualClient:
        """A client with these settings and the sandbox's clock, for ``async with``."""
        return PrecontractualClient(self.settings(kind), now=self.now)

    def variables(self, kind: Kind = Kind.EMPLOYER, key_file: Path | None = None) -> dict[str, str]:
        """The variables to export for a client of this kind.

        Its key is in `key_file`, or else in a variable, since this key is only valid for the sandbox.
        """
        values = {
            "API_URL": self.api_url,
            "TOKEN_URL": self.token_url,
            "CLIENT_ID": client_id(kind),
            "ENTERPRISE_NUMBER": _NUMBERS[kind],
            "RATE": str(self.limit or 10_000),
        }
        if key_file is None:
            values["PRIVATE_KEY"] = self.private_key_pem.replace("\n", "\\n")
        else:
            values["KEY_FILE"] = str(key_file)
        if self.retry != RetryPolicy():
            values["PATIENCE"] = f"{self.retry.patience:g}"  # the only part with a variable
        if kind is Kind.PROVIDER:
            values["REPRESENTED_ENTERPRISE_NUMBER"] = EMPLOYER_NUMBER
        if kind is Kind.PORTAL:
            values["MANDATARY_SSIN"] = PORTAL_PERSON
        return {PREFIX + name: value for name, value in values.items()}

    def statistics(self) -> dict[str, object]:
        """All counts so far, without personal data."""
        tokens = {"token_requests": self.oauth.requests, "tokens_revoked": self.oauth.revoked}
        return {**self.ledger.statistics(), **tokens}

    def _today(self) -> date:
        return self.now().astimezone(BRUSSELS).date()

    async def _serve(self) -> AsyncGenerator[None]:
        """Serve until this generator is closed; asyncio closes it when a loop ends before the sandbox."""
        app = web.Application()
        app.router.add_get("/_sandbox/statistics", self._statistics)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        try:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", self.port)
            await site.start()
            self.port = int(runner.addresses[0][1])
            self._binding.bind()
            yield
        finally:
            await runner.cleanup()

    async def _statistics(self, _: web.Request) -> web.Response:
        return web.Response(text=json.dumps(self.statistics()), content_type="application/json")

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        at = time.monotonic()  # on arrival, before the body is read
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        query = request.rel_url.raw_query_string  # raw, since decoding twice would change the question
        asked = SandboxRequest(request.method, request.path, query, headers, body)
        if asked.path == TOKEN_PATH:
            return await self._token(asked, at)
        reply = self.gateway.handle(asked, now=self.now(), at=at)
        return await self._give(reply, request)

    async def _token(self, asked: SandboxRequest, at: float) -> web.StreamResponse:
        """A token request, counted while it is in flight."""
        gateway = self.gateway
        ledger = gateway.ledger
        ledger.tokens_in_flight += 1
        ledger.most_tokens_in_flight = max(ledger.most_tokens_in_flight, ledger.tokens_in_flight)
        try:
            return await self._give(gateway.handle(asked, now=self.now(), at=at), None)
        finally:
            ledger.tokens_in_flight -= 1

    async def _give(self, reply: SandboxReply, request: web.Request | None) -> web.StreamResponse:
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.is_cut and request is not None:
            begun = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
            begun.content_length = len(reply.body)
            await begun.prepare(request)
            await begun.write(reply.body[: len(reply.body) // 2])
            if request.transport is not None:
                request.transport.abort()
            return begun
        if reply.is_dropped and request is not None and request.transport is not None:
            request.transport.abort()
        return web.Response(status=reply.status or 500, headers=dict(reply.headers), body=reply.body)


def caller_of(kind: Kind) -> Caller:
    """The caller of a client of this kind."""
    own = EnterpriseNumber.parse(_NUMBERS[kind])
    if kind is Kind.PROVIDER:
        return Caller.mandatary(own, EnterpriseNumber.parse(EMPLOYER_NUMBER))
    if kind is Kind.PORTAL:
        return Caller.portal(own, Ssin.parse(PORTAL_PERSON))
    return Caller.enterprise(own)

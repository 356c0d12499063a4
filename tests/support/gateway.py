"""The sandbox without its socket: the same gateway in virtual time."""

from __future__ import annotations

import asyncio
from email.utils import format_datetime
from urllib.parse import urlsplit

from attrs import define, evolve

from precontractual_async import Settings, Unreachable
from precontractual_async.protocol.wire import HttpRequest, HttpResponse
from precontractual_async.sandbox import Faults, Kind, Population
from precontractual_async.sandbox.gateway import API_BASE, TOKEN_PATH, Gateway
from precontractual_async.sandbox.messages import SandboxRequest
from precontractual_async.sandbox.oauth import OAuthServer
from precontractual_async.sandbox.server import caller_of, client_id, registrations
from precontractual_async.sandbox.service import Service

from .virtual import START, now

HOST = "http://127.0.0.1:9"


@define
class GatewayWay:
    """A transport that hands requests to a sandbox's gateway."""

    gateway: Gateway
    latency: float = 0.01

    async def send(self, request: HttpRequest) -> HttpResponse:
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = SandboxRequest(request.method, parts.path, parts.query, headers, request.body or b"")
        ledger, is_token = self.gateway.ledger, parts.path == TOKEN_PATH
        ledger.tokens_in_flight += is_token
        ledger.most_tokens_in_flight = max(ledger.most_tokens_in_flight, ledger.tokens_in_flight)
        await asyncio.sleep(self.latency / 2)
        reply = self.gateway.handle(asked, now=now(), at=asyncio.get_running_loop().time())
        await asyncio.sleep(self.latency / 2 + reply.delay)
        ledger.tokens_in_flight -= is_token
        if reply.is_dropped:
            raise Unreachable("the connection broke before the answer")
        names = {name.lower(): value for name, value in reply.headers.items()}
        names["date"] = format_datetime(now(), usegmt=True)
        return HttpResponse(reply.status, names, reply.body)


def gateway_of(
    pem: str, *, limit: int | None = None, token_life: float = 300, faults: Faults | None = None
) -> GatewayWay:
    """A gateway whose clients have this key."""
    oauth = OAuthServer(registrations(pem), token_life, HOST + TOKEN_PATH)
    return GatewayWay(Gateway(oauth, Service(Population(START.date())), faults or Faults(), limit, 1000.0))


def settings_of(settings: Settings, kind: Kind = Kind.EMPLOYER) -> Settings:
    """Settings that this gateway accepts."""
    credentials = evolve(settings.credentials, client_id=client_id(kind))
    url = HOST + TOKEN_PATH
    return evolve(
        settings,
        caller=caller_of(kind),
        credentials=credentials,
        api_url=HOST + API_BASE,
        token_url=url,
        audience=url,
    )

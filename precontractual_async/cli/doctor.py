"""``precontractual doctor``: one check after another, each with what to do. Nobody's data is consulted."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from ..calls.rate_limiter import LocalRateLimiter
from ..calls.session import SessionManager, read_key, utc_now
from ..model.errors import (
    CertificateRefused,
    Fault,
    InvalidSettings,
    PrecontractualError,
    ServerError,
    Throttled,
    TimedOut,
    Unreachable,
)
from ..protocol.keys import SigningKey
from ..protocol.wire import HttpRequest, HttpResponse, http_date
from ..settings.loading import load_settings
from ..settings.settings import Settings
from ..sharing.shared_resources import Shared
from .console import say, tell
from .exits import COMPLETE, exit_code

_SKEW: Final = timedelta(seconds=60)
_SOON: Final = timedelta(days=30)

_ON_THE_WAY: Final = (Unreachable, TimedOut, CertificateRefused)
"""Faults that say nothing unless it is known where we went."""

_WAY: Final = "Check the network, the name server and the firewall between this machine and there"


def run(arguments: argparse.Namespace) -> int:
    """All checks; the exit code of the first that failed."""
    given = {"--environment": arguments.environment} if arguments.environment else {}
    try:
        settings = load_settings(os.environ, given)
        _good("settings", f"{settings.api_url}, {settings.rate:g} calls a second")
        key = read_key(settings.credentials)
        _good("key", f"{key.key.key_size} bits, signs {key.algorithm}")
    except InvalidSettings as error:
        return _bad("settings and key", error)
    try:
        code = _check_certificate(key) or asyncio.run(_check_online(settings))
        return code or asyncio.run(_check_sharing(settings))
    except InvalidSettings as error:  # CA_FILE, which is read when a connection is made
        return _bad("settings", error)


def _good(what: str, detail: str) -> None:
    tell(f"ok  {what}: {detail}")


def _bad(what: str, error: PrecontractualError) -> int:
    tell(f"!!  {what}: {error.diagnosis}")
    if error.next_step:
        tell(f"    -> {error.next_step}")
    return exit_code(error)


def _bad_way(what: str, fault: Fault, url: str, settings: Settings) -> int:
    """A fault of the gateway's or the OAuth server's; one on the way with where it went, and through what."""
    if isinstance(fault, _ON_THE_WAY):
        fault = type(fault)(f"{fault.diagnosis} ({_way(url, settings)})", _step(fault, settings))
    return _bad(what, fault)


def _way(url: str, settings: Settings) -> str:
    """Where a request goes: hosts and ports only, since a proxy's URL can hold a password."""
    through = f"through the proxy {_place(settings.proxy)}" if settings.proxy else "without a proxy"
    return f"{_place(url)}, {through}"


def _place(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _step(fault: Fault, settings: Settings) -> str:
    if isinstance(fault, CertificateRefused):
        return fault.next_step
    if settings.proxy:
        return f"{_WAY}, and that the proxy of PROXY may go there."
    return f"{_WAY}; set PROXY when only a proxy may go there."


def _check_certificate(key: SigningKey) -> int:
    """One that has ended is a failure, and asking with it is useless; one that ends soon is a warning."""
    expires = key.certificate_expires
    if expires is None:
        return COMPLETE
    if expires <= utc_now():
        ended = InvalidSettings(f"ended on {expires:%Y-%m-%d}", "Register a new certificate in Chaman.")
        return _bad("certificate", ended)
    if expires < utc_now() + _SOON:
        tell(f"!!  certificate: ends on {expires:%Y-%m-%d}")
        tell("    -> Register a new certificate in Chaman before that day.")
    else:
        _good("certificate", f"until {expires:%Y-%m-%d}")
    return COMPLETE


async def _check_online(settings: Settings) -> int:
    codes = []
    async with SessionManager(settings, LocalRateLimiter(settings.rate)) as session:
        try:
            codes.append(_check_reply(await session.send(_question_without_token(settings))))
        except Fault as fault:
            codes.append(_bad_way("gateway", fault, settings.api_url, settings))
        try:
            await session.bearer()
            _good("token", "the OAuth server gave one")
        except Fault as fault:
            codes.append(_bad_way("token", fault, settings.token_url, settings))
    return next((code for code in codes if code), COMPLETE)


async def _check_sharing(settings: Settings) -> int:
    """The Redis through which the rate and the token are shared, when they are."""
    if settings.sharing is None:
        return COMPLETE
    try:
        async with Shared(settings, settings.sharing, LocalRateLimiter(settings.rate)) as shared:
            await shared.check()
    except PrecontractualError as error:
        return _bad("sharing", error)
    known = settings.sharing.processes or "an unknown number of"
    _good("sharing", f"Redis answers; the rate and the token are shared by {known} clients")
    return COMPLETE


def _question_without_token(settings: Settings) -> HttpRequest:
    """No token and no citizen: it reaches the gateway's door and nobody behind it."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": settings.user_agent}
    return HttpRequest("GET", settings.api_url + settings.api_path, headers)


def _check_reply(response: HttpResponse) -> int:
    code = _check_clock(response.headers.get("date", ""))
    if response.status == 401:
        _good("gateway", "it answers, and wants a token, as it should")
        return code
    if response.status == 429 or response.status >= 500:  # it is there, and for now it answers nobody
        kind = Throttled if response.status == 429 else ServerError
        return _bad("gateway", kind(f"the gateway answered {response.status}", status=response.status))
    diagnosis = f"it answered {response.status} where 401 was expected"
    return _bad(
        "gateway", InvalidSettings(diagnosis, "Check API_URL, and whether a proxy stands in between.")
    )


def _check_clock(text: str) -> int:
    """Our clock against the server's: an assertion from the future or the past is refused."""
    theirs = http_date(text)
    if theirs is None:
        say("--  clock: the gateway does not tell the time")
        return COMPLETE
    ahead = datetime.now(UTC) - theirs
    if abs(ahead) > _SKEW:
        diagnosis = f"{ahead.total_seconds():+.0f} seconds against the gateway's"
        step = "Set the clock (NTP); assertions are refused when it is off by minutes."
        return _bad("clock", InvalidSettings(diagnosis, step))
    _good("clock", "agrees with the gateway's")
    return COMPLETE

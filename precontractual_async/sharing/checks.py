"""The doctor's checks: settings, key, clock, token, connection, sharing.

Knows the order of the checks, and what to do about each. Consults nobody's data. Leaves to others: output.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

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
from .shared_resources import Shared

_SKEW: Final = timedelta(seconds=60)
_SOON: Final = timedelta(days=30)

_ON_THE_WAY: Final = (Unreachable, TimedOut, CertificateRefused)
"""Faults that are useful only with the address and the proxies of the request."""

_WAY: Final = "Check the network, the name server and the firewall between this machine and there"


@frozen
class Finding:
    """The result of one check."""

    what: str
    said: str
    next_step: str = ""
    is_good: bool = False
    error: PrecontractualError | None = None
    """What is wrong; None: nothing, or nothing yet."""


def _good(what: str, said: str) -> Finding:
    return Finding(what, said, is_good=True)


def _bad(what: str, error: PrecontractualError) -> Finding:
    return Finding(what, error.diagnosis, error.next_step, error=error)


async def check_all(environ: Mapping[str, str], given: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Run the checks in order, until further checks are useless. `given`: settings by their options."""
    try:
        settings = load_settings(environ, given)
        said = f"{settings.api_url}, {settings.rate:g} calls a second; {settings.caller.described}"
        yield _good("settings", said)
        key = read_key(settings.credentials)
        yield _good("key", f"{key.key.key_size} bits, signs {key.algorithm}")
    except InvalidSettings as error:
        yield _bad("settings and key", error)
        return
    is_well = True
    try:
        for checks in (_certificate, _online, _sharing):
            async for finding in checks(settings, key):
                is_well &= finding.error is None
                yield finding
            if not is_well:
                return
    except InvalidSettings as error:  # the setting CA_FILE is read only when a connection is made
        yield _bad("settings", error)


def _bad_way(what: str, fault: Fault, url: str, settings: Settings) -> Finding:
    """A fault of the gateway or the OAuth server; a network fault gets the address and the proxy added."""
    if isinstance(fault, _ON_THE_WAY):
        fault = type(fault)(f"{fault.diagnosis} ({_way(url, settings)})", _step(fault, settings))
    return _bad(what, fault)


def _way(url: str, settings: Settings) -> str:
    """The route of a request: hosts and ports only, since the URL of a proxy can hold a password."""
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


def check_certificate(key: SigningKey) -> Iterator[Finding]:
    """An expired certificate is a failure that makes asking useless; one that expires soon is a warning."""
    expires = key.certificate_expires
    if expires is None:
        return
    if expires <= utc_now():
        ended = InvalidSettings(f"ended on {expires:%Y-%m-%d}", "Register a new certificate in Chaman.")
        yield _bad("certificate", ended)
    elif expires < utc_now() + _SOON:
        step = "Register a new certificate in Chaman before that day."
        yield Finding("certificate", f"ends on {expires:%Y-%m-%d}", step)
    else:
        yield _good("certificate", f"until {expires:%Y-%m-%d}")


async def _certificate(_: Settings, key: SigningKey) -> AsyncIterator[Finding]:
    for finding in check_certificate(key):
        yield finding


async def _online(settings: Settings, _: SigningKey) -> AsyncIterator[Finding]:
    async with SessionManager(settings, LocalRateLimiter(settings.rate)) as session:
        try:
            for finding in _reply(await session.send(_question_without_token(settings))):
                yield finding
        except Fault as fault:
            yield _bad_way("gateway", fault, settings.api_url, settings)
        try:
            await session.bearer()
            yield _good("token", "the OAuth server gave one")
        except Fault as fault:
            yield _bad_way("token", fault, settings.token_url, settings)


async def _sharing(settings: Settings, _: SigningKey) -> AsyncIterator[Finding]:
    """Check the Redis that shares the rate and the token, if one is set."""
    if settings.sharing is None:
        return
    try:
        async with Shared(settings, settings.sharing, LocalRateLimiter(settings.rate)) as shared:
            await shared.check()
    except PrecontractualError as error:
        yield _bad("sharing", error)
        return
    known = settings.sharing.processes or "an unknown number of"
    yield _good("sharing", f"Redis answers; the rate and the token are shared by {known} clients")


def _question_without_token(settings: Settings) -> HttpRequest:
    """A request without token and citizen: it tests the gateway's address, and consults nobody's data."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": settings.user_agent}
    return HttpRequest("GET", settings.api_url + settings.api_path, headers)


def _reply(response: HttpResponse) -> Iterator[Finding]:
    yield check_clock(response.headers.get("date", ""))
    if response.status == 401:
        yield _good("gateway", "it answers, and wants a token, as it should")
    elif response.status == 429 or response.status >= 500:  # the gateway is there, but answers nobody for now
        kind = Throttled if response.status == 429 else ServerError
        yield _bad("gateway", kind(f"the gateway answered {response.status}", status=response.status))
    else:
        diagnosis = f"it answered {response.status} where 401 was expected"
        step = "Check API_URL, and whether a proxy stands in between."
        yield _bad("gateway", InvalidSettings(diagnosis, step))


def check_clock(text: str) -> Finding:
    """Compare our clock with the server's: the server refuses an assertion from the future or the past."""
    theirs = http_date(text)
    if theirs is None:
        return Finding("clock", "the gateway does not tell the time")
    ahead = datetime.now(UTC) - theirs
    if abs(ahead) > _SKEW:
        diagnosis = f"{ahead.total_seconds():+.0f} seconds against the gateway's"
        step = "Set the clock (NTP); assertions are refused when it is off by minutes."
        return _bad("clock", InvalidSettings(diagnosis, step))
    return _good("clock", "agrees with the gateway's")

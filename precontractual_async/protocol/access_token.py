"""The access token: client assertion, request, answer, and when to fetch the next one.

Knows the client-credentials grant with a signed assertion (RFC 6749 §4.4, RFC 7521 §4.2, RFC 7523 §2.2)
as the Social Security OAuth server wants it. Leaves to others: clocks and ids; instants and `jti` are
parameters.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import urlencode

from attrs import field, frozen

from ..model.errors import AddressWrong, BrokenAnswer, CredentialsRefused, Fault, TokenUnavailable
from ..model.privacy import made_without_frames, without_frames
from ..settings.version import USER_AGENT
from .codec import whole_number
from .document import parse
from .wire import HttpRequest, HttpResponse, seen

ASSERTION_LIFE: Final = 300
"""Seconds until an assertion expires: the most that the OAuth server accepts."""
DEFAULT_LIFE: Final = 300.0
"""The assumed life of a token in seconds, when the answer has no usable ``expires_in``."""
_LONGEST_LIFE: Final = 86_400.0

# RFC 6750 §2.1: other characters could end the header and begin another.
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


def _check_alphabet(_: object, __: object, value: str) -> None:
    if not _B64TOKEN.fullmatch(value):
        raise TokenUnavailable("the token cannot be used: no header may hold such characters")


@made_without_frames
@frozen(eq=False)
class BearerToken:
    """A bearer token and its two instants on the monotonic clock. Tokens are compared by identity.

    Raises:
        TokenUnavailable: a header may not hold `value` (RFC 6750 §2.1).
    """

    value: str = field(repr=False, validator=_check_alphabet)
    refresh_at: float
    """From this instant on, the next token is fetched in the background."""
    expires_at: float
    """From this instant on, the token is not used any more."""

    @classmethod
    @without_frames
    def lasting(cls, value: str, life: float, *, since: float) -> Self:
        """A token that lives for `life` seconds from `since` on. `since`: the instant just before the token
        was requested, on the clock of the event loop. The token is renewed some time before its end.

        >>> token = BearerToken.lasting("t0ken", 300, since=1000.0)
        >>> token.refresh_at, token.expires_at
        (1240.0, 1300.0)
        """
        return cls(value, refresh_at=since + life - refresh_window(life), expires_at=since + life)


def assertion_input(*, client_id: str, audience: str, algorithm: str, jti: str, issued_at: int) -> bytes:
    """The signed part of the client assertion (RFC 7523 §3). Each request needs a new one, with a new `jti`.

    It has no ``nbf``: if our clock is ahead, the server would refuse the assertion as not yet valid.
    """
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": jti,
        "iat": issued_at,
        "exp": issued_at + ASSERTION_LIFE,
    }
    header = {"alg": algorithm, "typ": "JWT"}
    return b".".join(_part(json.dumps(each, separators=(",", ":")).encode()) for each in (header, claims))


def signed(signing_input: bytes, signature: bytes) -> str:
    """The assertion: the signed part and its signature (RFC 7515 §7.1).

    >>> signed(b"e30.e30", b"signature")
    'e30.e30.c2lnbmF0dXJl'
    """
    return b".".join((signing_input, _part(signature))).decode()


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def token_request(
    *, token_url: str, assertion: str, scope: str | None, user_agent: str = USER_AGENT
) -> HttpRequest:
    """The request for a token (RFC 7521 §4.2)."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    if scope:
        form["scope"] = scope
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": user_agent,
    }
    return HttpRequest("POST", token_url, headers, urlencode(form).encode())


# RFC 6749 §5.2. None of these errors goes away by itself, so none is retried.
_REFUSALS: Final[Mapping[str, str]] = {
    "invalid_request": "the OAuth server finds the token request malformed",
    "invalid_client": "the OAuth server does not accept the client id or its signature",
    "invalid_grant": "the OAuth server does not accept the assertion",
    "unauthorized_client": "the OAuth server does not let this client ask for a token",
    "unsupported_grant_type": "the OAuth server does not take this kind of grant",
    "invalid_scope": "the OAuth server does not know the scope",
}


def decipher_token(response: HttpResponse, *, requested_at: float, pause: float | None) -> BearerToken:
    """The token in the OAuth server's answer, or the reason why there is none.

    `requested_at` is the monotonic instant before the request was sent: the token was issued later. `pause`
    is the number of seconds in the answer's Retry-After.

    Raises:
        CredentialsRefused, AddressWrong: asking again is useless.
        TokenUnavailable: the failure may be temporary.
    """
    status = response.status
    if status == 200:
        return _token(response, requested_at)
    if status == 429 or status >= 500 or status == 408:
        raise TokenUnavailable(f"the OAuth server answered {status}", status=status, retry_after=pause)
    raise _refusal(response)


def _refusal(response: HttpResponse) -> Fault:
    status = response.status
    error = _error_code(response.body)
    if error in _REFUSALS:
        return CredentialsRefused(f"{_REFUSALS[error]} ({error})", status=status)
    if status in (400, 401, 403):
        return CredentialsRefused(f"the OAuth server refuses ({status})", status=status)
    return AddressWrong(f"the OAuth server answered {status}: not a token endpoint?", status=status)


def _error_code(body: bytes) -> str:
    try:
        document = parse(body)
    except BrokenAnswer:
        return ""
    error = document.get("error") if isinstance(document, dict) else None
    return error if isinstance(error, str) else ""


def _token(response: HttpResponse, requested_at: float) -> BearerToken:
    try:
        document = parse(response.body)
    except BrokenAnswer:
        document = None
    value = document.get("access_token") if isinstance(document, dict) else None
    if not (isinstance(document, dict) and isinstance(value, str) and _B64TOKEN.fullmatch(value)):
        fault = TokenUnavailable("the OAuth server's answer holds no usable token", status=200)
        fault.seen = seen(response)
        raise fault
    kind = document.get("token_type", "Bearer")
    if not (isinstance(kind, str) and kind.casefold() == "bearer"):
        raise CredentialsRefused("the OAuth server gives tokens of a kind that is not Bearer", status=200)
    return BearerToken.lasting(value, token_life(document.get("expires_in")), since=requested_at)


def token_life(expires_in: object) -> float:
    """Seconds from ``expires_in``, a number or numeric text (RFC 6749 §5.1); otherwise `DEFAULT_LIFE`."""
    seconds = expires_in if isinstance(expires_in, float) else whole_number(expires_in)
    return min(float(seconds), _LONGEST_LIFE) if seconds is not None and seconds > 0 else DEFAULT_LIFE


def refresh_window(life: float) -> float:
    """How many seconds before its end a token is renewed: a minute, or a fifth of a short life.

    With a fixed minute, a token that lives less than a minute would be fetched for every call.
    """
    return min(60.0, 0.2 * life)

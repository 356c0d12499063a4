"""The OAuth server of the sandbox: it really checks assertions, and issues tokens that expire.

Knows RFC 6749 §4.4 and §5.2 and RFC 7523 §3. Leaves to others: what tokens are used for.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

import jwt
from attrs import define, field, frozen
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .messages import SandboxReply, SandboxRequest, json_reply

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST_ASSERTION: Final = 300
_SKEW: Final = 30


class Kind(enum.Enum):
    """The kind of a client, which decides what its token may ask (manual §3.3.7-10)."""

    EMPLOYER = "employer"
    PROVIDER = "mandatary"
    PORTAL = "portal"


@frozen
class Registration:
    """A client as it is registered in Chaman."""

    client_id: str
    enterprise_number: str
    kind: Kind
    public_key: RSAPublicKey | EllipticCurvePublicKey = field(repr=False)


@frozen
class Grant:
    """The data behind a token."""

    registration: Registration
    expires_at: float


class _Refusal(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.reply = json_reply(
            status, {"error": error, "error_description": description}, {"Cache-Control": "no-store"}
        )


@define
class OAuthServer:
    """Issues tokens. An assertion must name `audience`, the URL of the token endpoint."""

    registrations: Mapping[str, Registration]
    token_life: float
    audience: str = ""
    scopes: frozenset[str] | None = None
    """The scopes that a client may request; None: the sandbox ignores scopes."""
    requests: int = 0
    revoked: int = 0
    """Tokens that were revoked so far."""
    _grants: dict[str, Grant] = field(factory=dict, repr=False)
    _seen: dict[str, int] = field(factory=dict)

    def handle(self, request: SandboxRequest, *, now: datetime, at: float) -> SandboxReply:
        """The reply to a token request. `now` is the wall clock, `at` the monotonic clock."""
        self.requests += 1
        try:
            registration = self._authenticate(request, int(now.timestamp()))
        except _Refusal as refusal:
            return refusal.reply
        token = secrets.token_urlsafe(32)
        self._grants[token] = Grant(registration, at + self.token_life)
        life = int(self.token_life) if self.token_life == int(self.token_life) else self.token_life
        document = {"access_token": token, "token_type": "Bearer", "expires_in": life}
        return json_reply(200, document, {"Cache-Control": "no-store"})

    def grant(self, token: str) -> Grant | None:
        """The grant of `token`, expired or not; None when the token was never issued or is revoked."""
        return self._grants.get(token)

    def revoke(self, token: str) -> None:
        """Revoke `token` from now on."""
        self.revoked += self._grants.pop(token, None) is not None

    def revoke_all(self) -> None:
        """Revoke all issued tokens from now on."""
        self.revoked += len(self._grants)
        self._grants.clear()

    def _authenticate(self, request: SandboxRequest, now: int) -> Registration:
        form = _form(request)
        if "grant_type" not in form:
            raise _Refusal("invalid_request", "grant_type is missing")
        if form["grant_type"] != "client_credentials":
            raise _Refusal("unsupported_grant_type", "only client_credentials")
        if form.get("client_assertion_type") != _ASSERTION_TYPE or "client_assertion" not in form:
            raise _Refusal("invalid_request", "a client assertion is needed")
        registration, claims = self._verified(form["client_assertion"])
        _check_times(claims, now)
        self._check_once(claims, now)
        if self.scopes is not None and not set(form.get("scope", "").split()) <= self.scopes:
            raise _Refusal("invalid_scope", "a scope that this client does not have")
        return registration

    def _verified(self, assertion: str) -> tuple[Registration, Mapping[str, object]]:
        """The registration that signed the assertion, and its claims, checked by the sandbox's clock."""
        try:
            claimed = jwt.decode(assertion, options={"verify_signature": False})
            registration = self.registrations.get(str(claimed.get("iss")))
            if registration is None:
                raise _Refusal("invalid_client", "unknown client", 401)
            claims: dict[str, object] = jwt.decode(
                assertion,
                registration.public_key,
                algorithms=["RS256", "PS256", "ES256"],
                audience=self.audience,
                options={
                    "require": ["exp", "iat", "jti", "sub"],
                    "strict_aud": True,  # one text, the token URL, not a list
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, TypeError, ValueError):
            raise _Refusal("invalid_client", "the assertion does not verify", 401) from None
        if claims["sub"] != claims["iss"]:
            raise _Refusal("invalid_client", "issuer and subject differ", 401)
        return registration, claims

    def _check_once(self, claims: Mapping[str, object], now: int) -> None:
        """A `jti` is valid once; it is remembered as long as its assertion is valid."""
        self._seen = {jti: until for jti, until in self._seen.items() if until > now}
        jti = str(claims["jti"])
        if jti in self._seen:
            raise _Refusal("invalid_client", "the assertion was used before", 401)
        self._seen[jti] = now + _LONGEST_ASSERTION + 2 * _SKEW


def _form(request: SandboxRequest) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith(_FORM):
        raise _Refusal("invalid_request", f"the body must be {_FORM}")
    try:
        fields = parse_qs(request.body.decode(), strict_parsing=True)
    except ValueError:
        raise _Refusal("invalid_request", "the form cannot be read") from None
    if any(len(values) != 1 for values in fields.values()):
        raise _Refusal("invalid_request", "a parameter is repeated")
    return {name: values[0] for name, values in fields.items()}


def _check_times(claims: Mapping[str, object], now: int) -> None:
    issued, expires = claims["iat"], claims["exp"]
    if not (isinstance(issued, int | float) and isinstance(expires, int | float)):
        raise _Refusal("invalid_client", "the assertion's times cannot be read", 401)
    if not expires > now - _SKEW:  # this form also refuses NaN, which JSON parsers accept
        raise _Refusal("invalid_client", "the assertion has expired", 401)
    if not (issued <= now + _SKEW and expires - issued <= _LONGEST_ASSERTION):
        raise _Refusal("invalid_client", "the assertion lives too long", 401)

"""The API gateway of the sandbox: paths, tokens and the rate limit, and the service behind it. No sockets.

Knows the replies of the real gateway to a request before the service sees it. Leaves to others: clocks; the
wall clock's `now` and the monotonic `at` come with each request, so that it also works in virtual time.
"""

from __future__ import annotations

import json
import uuid
from collections import deque
from datetime import datetime
from typing import Final

from attrs import define, evolve, field

from .faults import GOES_THROUGH, REJECTIONS, Faults
from .ledger import Ledger
from .messages import SandboxReply, SandboxRequest, json_reply, problem
from .oauth import Grant, OAuthServer
from .service import Complaint, Service, bad_request

API_BASE: Final = "/REST/employmentPrecontractualData/v1"
API_PATH: Final = f"{API_BASE}/verifyPrecontractualData"
TOKEN_PATH: Final = "/REST/oauth/v5/token"
_CHALLENGE: Final = 'Bearer realm="sandbox"'
_INVALID_TOKEN: Final = f'{_CHALLENGE}, error="invalid_token"'

_NAMED: Final = {
    "dropped": SandboxReply(0, is_dropped=True),
    "page": SandboxReply(200, {"Content-Type": "text/html"}, b"<html><h1>Log in</h1></html>"),
    "garbage": SandboxReply(200, {"Content-Type": "application/json"}, b"\x00\xff{]"),
}


@define
class Gateway:
    """Everything behind the socket. `limit`: calls in any one-second window; None: no limit."""

    oauth: OAuthServer
    service: Service
    faults: Faults
    limit: int | None
    started_at: float = 0.0
    ledger: Ledger = field(factory=Ledger)
    _admitted: deque[float] = field(factory=deque)

    def handle(self, request: SandboxRequest, *, now: datetime, at: float) -> SandboxReply:
        """The reply to one request."""
        if request.path == TOKEN_PATH:
            return self._token(request, now, at)
        self.ledger.note(request.query, at)
        reply = self._api(request, now, at)
        self.ledger.note_status(0 if reply.is_dropped else reply.status)
        trace_id = request.headers.get("belgov-trace-id") or str(uuid.uuid4())
        headers = {**reply.headers, "BelGov-Trace-Id": trace_id}
        body = _with_instance(reply, trace_id)
        return evolve(reply, headers=headers, body=body, delay=reply.delay + self.faults.latency)

    def _token(self, request: SandboxRequest, now: datetime, at: float) -> SandboxReply:
        if request.method != "POST":
            return _not_allowed("POST")
        if self.faults.happens(self.faults.token_error_share):
            self.oauth.requests += 1
            reply = SandboxReply(503)
        else:
            reply = self.oauth.handle(request, now=now, at=at)
        return evolve(reply, delay=self.faults.token_latency)

    def _api(self, request: SandboxRequest, now: datetime, at: float) -> SandboxReply:
        what = self.faults.next_upcoming()
        if what == "revoked":
            self.oauth.revoke(_token_of(request))
        elif what == "half":
            return evolve(self._answer(request, now, at), is_cut=True)
        elif what == "slow":
            return evolve(self._answer(request, now, at), delay=self.faults.slow_for)
        elif what != GOES_THROUGH:
            return self._failure(what, now)
        return self._answer(request, now, at)

    def _answer(self, request: SandboxRequest, now: datetime, at: float) -> SandboxReply:
        if self.faults.happens(self.faults.drop_share):
            return self._failure("dropped", now)
        if self.faults.is_out(at - self.started_at):
            return self._failure(503, now)
        grant = self._admission(request, at)
        if isinstance(grant, SandboxReply):
            return grant
        if self.faults.happens(self.faults.error_share):
            return self._failure(500, now)
        return self.service.handle(request.query, grant.registration, now)

    def _failure(self, what: int | str, now: datetime) -> SandboxReply:
        """A fault on demand, in the form of the real gateway; an empty reply for other statuses."""
        match what:
            case str():
                return _NAMED[what] if what in _NAMED else bad_request([Complaint(*REJECTIONS[what])])
            case 401:
                return _expired()
            case 429:
                return self._too_many()
            case 500:
                return _internal_error(now)
            case 502 | 503 | 504:
                page = b"<html><h1>Service Unavailable</h1></html>"
                return SandboxReply(what, {"Content-Type": "text/html"}, page)
        return SandboxReply(what)

    def _admission(self, request: SandboxRequest, at: float) -> Grant | SandboxReply:
        """The grant of the token; or the reply to a request that must not reach the service."""
        if request.path != API_PATH:
            return _not_found()
        if request.method != "GET":
            return _not_allowed("GET")
        grant = self._bearer(request, at)
        if isinstance(grant, SandboxReply):
            return grant
        if not self._within_limit(at):
            return self._too_many()
        return grant if _takes_json(request) else _not_acceptable()

    def _bearer(self, request: SandboxRequest, at: float) -> Grant | SandboxReply:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or not token:
            detail = "No Bearer access token found in Authorization HTTP header"
            return _unauthorized("noAccessToken", "No Access Token", detail, _CHALLENGE)
        if self.faults.happens(self.faults.revoked_share):
            self.oauth.revoke(token)
        grant = self.oauth.grant(token)
        if grant is None:
            detail = "The Bearer access token is invalid"
            return _unauthorized("invalidAccessToken", "Invalid Access Token", detail, _INVALID_TOKEN)
        return grant if at < grant.expires_at else _expired()

    def _within_limit(self, at: float) -> bool:
        """Rate limit: a sliding log of the calls admitted in the last second."""
        limit = self.limit  # read once: another thread may change it
        if limit is None:
            return True
        while self._admitted and at - self._admitted[0] >= 1.0:
            self._admitted.popleft()
        if len(self._admitted) >= limit:
            return False
        self._admitted.append(at)
        return True

    def _too_many(self) -> SandboxReply:
        after = self.faults.retry_after
        members = {"limit": self.limit, "retryAfterSec": after}
        document = problem("tooManyRequests", "Too Many Requests", 429, "The limit is exceeded", members)
        return json_reply(429, document, {"Retry-After": str(after)})


def _token_of(request: SandboxRequest) -> str:
    return request.headers.get("authorization", "").partition(" ")[2]


def _takes_json(request: SandboxRequest) -> bool:
    """A request without Accept takes everything (RFC 9110 §12.5.1)."""
    accept = request.headers.get("accept", "*/*").casefold()
    kinds = {part.partition(";")[0].strip() for part in accept.split(",")}
    return bool(kinds & {"application/json", "application/*", "*/*"})


def _with_instance(reply: SandboxReply, trace_id: str) -> bytes:
    """The body; a problem gets the `instance` of its request, as in manual §3.3.15."""
    if reply.headers.get("Content-Type") != "application/problem+json":
        return reply.body
    return json.dumps(json.loads(reply.body) | {"instance": f"urn:trace-id:{trace_id}"}).encode()


def _unauthorized(name: str, title: str, detail: str, challenge: str) -> SandboxReply:
    return json_reply(401, problem(name, title, 401, detail), {"WWW-Authenticate": challenge})


def _expired() -> SandboxReply:
    detail = "The Bearer access token has expired"
    return _unauthorized("expiredAccessToken", "Expired Access Token", detail, _INVALID_TOKEN)


def _not_found() -> SandboxReply:
    detail = "No resource at this path; letter cases count"
    return json_reply(404, problem("resourceNotFound", "Resource Not Found", 404, detail))


def _not_allowed(method: str) -> SandboxReply:
    document = problem("methodNotAllowed", "Method Not Allowed", 405, f"Only {method}")
    return json_reply(405, document, {"Allow": method})


def _not_acceptable() -> SandboxReply:
    return json_reply(406, problem("notAcceptable", "Not Acceptable", 406, "Only application/json"))


def _internal_error(now: datetime) -> SandboxReply:
    """Spring's own form, as in manual §3.3.16."""
    path = "/career/public/employmentPrecontractualData/v1/verifyPrecontractualData"
    stamp = now.isoformat(timespec="milliseconds")
    return json_reply(
        500, {"timestamp": stamp, "status": 500, "error": "Internal Server Error", "path": path}
    )

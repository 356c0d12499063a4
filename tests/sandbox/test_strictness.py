"""Where a lenient sandbox would hide a client's mistake: in memory, without a socket and without waiting."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from precontractual_async import InvalidIdentifier
from precontractual_async.sandbox import Faults, Kind, Population, generate_ssins
from precontractual_async.sandbox.gateway import API_PATH, TOKEN_PATH, Gateway
from precontractual_async.sandbox.messages import SandboxReply, SandboxRequest
from precontractual_async.sandbox.oauth import OAuthServer, Registration
from precontractual_async.sandbox.service import Service

NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # already the 25th in Brussels
AT = int(NOW.timestamp())
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
AUDIENCE = "http://sandbox/token"
ASK = {"mandataryEnterpriseNumber": "0880820673", "citizen": "07010189901", "startDate": "2026-12-01"}


def made() -> Gateway:
    registration = Registration("employer", "0880820673", Kind.EMPLOYER, KEY.public_key())
    oauth = OAuthServer({"employer": registration}, 300.0, AUDIENCE)
    return Gateway(oauth, Service(Population(NOW.date())), Faults(), None)


def token_reply(
    gateway: Gateway, claims: dict[str, object] | None = None, drop: str = "", **more: str
) -> SandboxReply:
    good: dict[str, object] = {"iss": "employer", "sub": "employer", "aud": AUDIENCE, "iat": AT}
    good |= {"exp": AT + 300, "jti": str(uuid.uuid4())}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(good | (claims or {}), KEY, algorithm="RS256"),
    } | more
    form.pop(drop, None)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = SandboxRequest("POST", TOKEN_PATH, "", headers, urlencode(form).encode())
    return gateway.handle(request, now=NOW, at=0.0)


def call(gateway: Gateway, changes: dict[str, str] | None = None, **headers: str) -> SandboxReply:
    token = json.loads(token_reply(gateway).body)["access_token"]
    sent = {"authorization": f"Bearer {token}"} | {k.replace("_", "-"): v for k, v in headers.items()}
    request = SandboxRequest("GET", API_PATH, urlencode(ASK | (changes or {})), sent)
    return gateway.handle(request, now=NOW, at=0.0)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [AUDIENCE]},
        {"iat": AT - 20, "exp": AT + 290},
        {"exp": float("nan")},
        {"iat": float("nan")},
        {"exp": "soon"},
    ],
)
def test_assertions_with_doubtful_claims(claims: dict[str, object]) -> None:
    """A list as audience, a life over five minutes and times that are no numbers are refused."""
    reply = token_reply(made(), claims)
    assert (reply.status, json.loads(reply.body)["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("drop", "more", "error"),
    [
        ("grant_type", {}, "invalid_request"),
        ("client_assertion", {}, "invalid_request"),
        ("client_assertion_type", {}, "invalid_request"),
        ("", {"grant_type": "password"}, "unsupported_grant_type"),
        ("", {"scope": "known other"}, "invalid_scope"),
    ],
)
def test_token_forms_are_refused_by_name(drop: str, more: dict[str, str], error: str) -> None:
    """RFC 6749 §5.2: each refusal has its own word, with status 400 and never cached."""
    gateway = made()
    gateway.oauth.scopes = frozenset({"known"})
    reply = token_reply(gateway, None, drop, **more)
    assert (reply.status, json.loads(reply.body)["error"]) == (400, error)
    assert reply.headers["Cache-Control"] == "no-store"


def test_scopes_are_looked_at_only_when_there_are_any() -> None:
    """A known scope is given, and a sandbox without a list of scopes takes every one."""
    gateway = made()
    assert token_reply(gateway, scope="whatever").status == 200
    gateway.oauth.scopes = frozenset({"known"})
    assert token_reply(gateway, scope="known").status == 200
    assert token_reply(gateway).status == 200


def test_a_whole_lifetime_is_a_whole_number() -> None:
    """RFC 6749 §5.1 counts seconds: 300, not 300.0."""
    assert b'"expires_in": 300}' in token_reply(made()).body


@pytest.mark.parametrize("name", list(ASK))
@pytest.mark.parametrize("blank", [" {}", "{} ", "{}\n"])
def test_values_are_not_trimmed(name: str, blank: str) -> None:
    """A blank around a number or a date is a 400, as no real service would look past it."""
    assert call(made(), {name: blank.format(ASK[name])}).status == 400


def test_problems_tell_their_request() -> None:
    """§3.3.15: `instance` holds the trace id, which is also in the header."""
    reply = call(made(), {"citizen": "1"}, belgov_trace_id="abc")
    assert json.loads(reply.body)["instance"] == "urn:trace-id:abc"
    assert reply.headers["BelGov-Trace-Id"] == "abc"


def test_the_reference_has_the_day_of_brussels() -> None:
    """Near midnight the calendar of Brussels counts, not that of Greenwich."""
    answer = json.loads(call(made()).body)
    assert answer["precontractualMainReference"].startswith(" 0701018990125112026")
    assert call(made(), {"startDate": "2026-11-24"}).status == 400


def test_the_spring_error_is_that_of_the_manual() -> None:
    """§3.3.16: four members, and a timestamp in milliseconds."""
    gateway = made()
    gateway.faults.error_share = 1.0
    reply = call(gateway)
    assert reply.status == 500
    assert json.loads(reply.body) == {
        "timestamp": "2026-11-24T23:30:00.000+00:00",
        "status": 500,
        "error": "Internal Server Error",
        "path": "/career/public/employmentPrecontractualData/v1/verifyPrecontractualData",
    }


def test_media_types_have_no_letter_case() -> None:
    """RFC 9110 §8.3.1: `Application/JSON` is JSON."""
    assert call(made(), accept="Application/JSON").status == 200


def test_requests_are_counted_by_citizen_and_date() -> None:
    """Whatever else is in the query; and no number shows in the ledger's repr."""
    gateway = made()
    call(gateway)
    ledger = gateway.ledger
    before = ledger.statuses
    call(gateway, {"typeOfWorker": "flexiJob"})
    assert (before, ledger.statuses) == ({200: 1}, {200: 2})
    assert ledger.requests_of("07010189901", date(2026, 12, 1)) == 2
    assert ledger.requests_of("07010189901", date(2026, 12, 2)) == 0
    assert ledger.requests_of("07.01.01-899.01") == 2
    with pytest.raises(InvalidIdentifier):  # a typing mistake is not "never"
        ledger.requests_of("07010189902")
    assert "07010189901" not in repr(ledger)


def test_generated_citizens_show_every_answer() -> None:
    """Old, too young, students, flexi-jobbers and people who do not exist all occur among a few thousand."""
    population = Population(date(2026, 11, 24))
    citizens = [population[number] for number in generate_ssins(4000)]
    assert {each.student_cause for each in citizens} == {
        None,
        "errorStudentRequirements",
        "errorYoungRequirements",
        "errorStudentjobPrecontractual",
    }
    assert {each.flexi for each in citizens} == {"ok", "nok", "unknown", "noGrant", "errorGrant"}
    assert any(not each.exists for each in citizens)
    assert any((each.flexi == "noGrant") != (each.student == "noGrant") for each in citizens)

"""The sandbox says what the manual says: driven in memory, without a socket and without waiting."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from precontractual_async import InvalidIdentifier, Ssin
from precontractual_async.sandbox import SCENARIOS, Citizen, Faults, Kind, Population, generate_ssins
from precontractual_async.sandbox.gateway import API_BASE, API_PATH, TOKEN_PATH, Gateway
from precontractual_async.sandbox.messages import SandboxReply, SandboxRequest
from precontractual_async.sandbox.oauth import OAuthServer, Registration
from precontractual_async.sandbox.service import Service

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
AUDIENCE = "http://sandbox/token"
EMPLOYER, PROVIDER = "0880820673", "0400000086"
ASK = {"mandataryEnterpriseNumber": EMPLOYER, "citizen": "07010189901", "startDate": "2026-12-01"}


def made(limit: int | None = None, token_life: float = 300) -> Gateway:
    numbers = {Kind.EMPLOYER: EMPLOYER, Kind.PROVIDER: PROVIDER, Kind.PORTAL: EMPLOYER}
    known = {kind.value: Registration(kind.value, numbers[kind], kind, KEY.public_key()) for kind in Kind}
    oauth = OAuthServer(known, token_life, AUDIENCE)
    return Gateway(oauth, Service(Population(NOW.date())), Faults(), limit)


def assertion(key: rsa.RSAPrivateKey = KEY, drop: str = "", **changes: object) -> str:
    at = int(NOW.timestamp())
    claims = {
        "iss": "employer",
        "sub": "employer",
        "aud": AUDIENCE,
        "jti": str(uuid.uuid4()),
        "iat": at,
        "exp": at + 300,
    }
    claims = {name: value for name, value in (claims | changes).items() if name != drop}
    return jwt.encode(claims, key, algorithm="RS256")


def token_reply(gateway: Gateway, signed: str, method: str = "POST", **changes: str) -> SandboxReply:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
    } | changes
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = SandboxRequest(method, TOKEN_PATH, "", headers, urlencode(form).encode())
    return gateway.handle(request, now=NOW, at=0.0)


def token_of(gateway: Gateway, kind: Kind = Kind.EMPLOYER) -> str:
    reply = token_reply(gateway, assertion(iss=kind.value, sub=kind.value))
    assert reply.status == 200
    return str(json.loads(reply.body)["access_token"])


def call(
    gateway: Gateway,
    parameters: Mapping[str, object] | list[tuple[str, str]] = ASK,
    *,
    kind: Kind = Kind.EMPLOYER,
    path: str = API_PATH,
    method: str = "GET",
    at: float = 0.0,
    headers: Mapping[str, str] | None = None,
) -> SandboxReply:
    if headers is None:
        headers = {"authorization": f"Bearer {token_of(gateway, kind)}", "accept": "application/json"}
    request = SandboxRequest(method, path, urlencode(parameters), headers)
    return gateway.handle(request, now=NOW, at=at)


def document(reply: SandboxReply) -> Any:
    return json.loads(reply.body)


def issue(reply: SandboxReply) -> tuple[str, str]:
    assert reply.status == 400
    assert document(reply)["type"] == "urn:problem-type:belgif:badRequest"
    (one,) = document(reply)["issues"]
    return one["name"], one["detail"]


def test_the_manuals_citizen() -> None:
    """§3.2.2.1: flexi nok, student ok, 50 hours, references with a leading blank."""
    answer = document(call(made()))
    assert answer["flexiJobResult"]["allowed"] == "nok"
    assert (answer["studentJobResult"]["allowed"], answer["studentJobResult"]["hoursRemaining"]) == ("ok", 50)
    assert answer["precontractualMainReference"].startswith(" 0701018990124112026")
    assert set(answer["flexiJobResult"]["description"]["label"]) == {"nl", "fr", "de", "en"}


@pytest.mark.parametrize(
    ("scenario", "block", "allowed", "cause"),
    [
        ("errorFlexiJobPrecontractual", "flexiJobResult", "unknown", "errorFlexiJobPrecontractual"),
        ("errorStudentjobPrecontractual", "studentJobResult", "unknown", "errorStudentjobPrecontractual"),
        ("errorStudentRequirements", "studentJobResult", "unknown", "errorStudentRequirements"),
        ("errorYoungRequirements", "studentJobResult", "unknown", "errorYoungRequirements"),
        ("noGrant", "studentJobResult", "noGrant", None),
        ("noGrantFlexi", "flexiJobResult", "noGrant", None),
        ("errorGrant", "studentJobResult", "errorGrant", None),
    ],
)
def test_errors_within_200(scenario: str, block: str, allowed: str, cause: str | None) -> None:
    """§3.3.1-6: each has a citizen."""
    result = document(call(made(), ASK | {"citizen": SCENARIOS[scenario]}))[block]
    assert (result["allowed"], result["description"].get("cause")) == (allowed, cause)
    assert result["description"]["type"] == "error"


@pytest.mark.parametrize(
    ("citizen", "cause"),
    [("80020290253", "errorStudentRequirements"), ("10010190162", "errorYoungRequirements")],
)
def test_the_manuals_other_citizens(citizen: str, cause: str) -> None:
    """§3.3.3-4: too old and too young."""
    assert (
        document(call(made(), ASK | {"citizen": citizen}))["studentJobResult"]["description"]["cause"]
        == cause
    )


OTHER = "0400000086"


@pytest.mark.parametrize(
    ("kind", "changes", "name", "detail"),
    [
        (Kind.EMPLOYER, {"representedEnterpriseNumber": OTHER}, "representedEnterpriseNumber", "should not be provided for a request from an employer"),
        (Kind.PROVIDER, {"mandataryEnterpriseNumber": PROVIDER}, "representedEnterpriseNumber", "should be provided for a request from a provider"),
        (Kind.EMPLOYER, {"mandataryEnterpriseNumber": OTHER}, "mandataryEnterpriseNumber", "does not correspond to the CBE provided in the token"),
        (Kind.PORTAL, {}, "mandatarySsin", "does not correspond to the CBE provided in the token"),
        (Kind.EMPLOYER, {"startDate": "2026-11-23"}, "startDate", "StartDate cannot be in the past"),
        (Kind.EMPLOYER, {"startDate": "2027-01-01"}, "startDate", "StartDate should fall within the permitted time frame"),
        (Kind.EMPLOYER, {"citizen": "07010189902"}, "citizen", "The citizen SSIN is not valid or does not exist"),
        (Kind.EMPLOYER, {"citizen": SCENARIOS["notExisting"]}, "citizen", "The citizen SSIN is not valid or does not exist"),
        (Kind.EMPLOYER, {"mandataryEnterpriseNumber": "0123456789"}, "mandataryEnterpriseNumber", "is not valid or does not exist"),
        (Kind.EMPLOYER, {"citizen": "7010189901"}, "citizen", "is not valid"),
        (Kind.EMPLOYER, {"startDate": "1/12/2026"}, "startDate", "not a date"),
        (Kind.EMPLOYER, {"mandatarySsin": "10010190162"}, "mandatarySsin", "not applicable"),
        (Kind.EMPLOYER, {"typeOfWorker": "flexijob"}, "typeOfWorker", "accepted values"),
        (Kind.EMPLOYER, {"Citizen": "07010189901"}, "Citizen", "Unknown parameter"),
        (Kind.PROVIDER, {"mandataryEnterpriseNumber": PROVIDER, "representedEnterpriseNumber": "1"}, "representedEnterpriseNumber", "is not valid"),
    ],
)  # fmt: skip
def test_400(kind: Kind, changes: dict[str, str], name: str, detail: str) -> None:
    """§3.3.7-14, and what the real gateway would not take either."""
    about, text = issue(call(made(), ASK | changes, kind=kind))
    assert about == name
    assert detail in text


def test_several_issues_at_once() -> None:
    """Everything that is wrong with the content is said together."""
    reply = call(made(), ASK | {"citizen": "1", "startDate": "2026-01-01"})
    assert [one["name"] for one in document(reply)["issues"]] == ["citizen", "startDate"]


@pytest.mark.parametrize("missing", ["mandataryEnterpriseNumber", "citizen", "startDate"])
def test_missing_parameters(missing: str) -> None:
    """A required parameter that is not there is named."""
    assert issue(call(made(), {k: v for k, v in ASK.items() if k != missing})) == (
        missing,
        "Parameter is required",
    )


def test_repeated_parameters() -> None:
    """Only typeOfWorker may be repeated."""
    assert issue(call(made(), [*ASK.items(), ("citizen", "07010189901")]))[1] == "Parameter is repeated"
    both = call(made(), [*ASK.items(), ("typeOfWorker", "flexiJob"), ("typeOfWorker", "studentJob")])
    assert {"flexiJobResult", "studentJobResult"} <= set(document(both))


@pytest.mark.parametrize(
    ("kind", "blocks"),
    [
        ("flexiJob", {"flexiJobResult"}),
        ("studentJob", {"studentJobResult"}),
        ("all", {"flexiJobResult", "studentJobResult"}),
    ],
)
def test_type_of_worker(kind: str, blocks: set[str]) -> None:
    """Only the blocks that were asked for."""
    assert (
        set(document(call(made(), ASK | {"typeOfWorker": kind}))) - {"precontractualMainReference"} == blocks
    )


def test_providers_and_the_portal_are_answered() -> None:
    """A mandatary with a represented enterprise; the portal with its person."""
    as_provider = ASK | {"mandataryEnterpriseNumber": PROVIDER, "representedEnterpriseNumber": EMPLOYER}
    assert call(made(), as_provider, kind=Kind.PROVIDER).status == 200
    assert call(made(), ASK | {"mandatarySsin": "10010190162"}, kind=Kind.PORTAL).status == 200


@pytest.mark.parametrize(
    ("path", "method", "headers", "status", "kind"),
    [
        (API_PATH, "GET", {}, 401, "noAccessToken"),
        (API_PATH, "GET", {"authorization": "Basic abc"}, 401, "noAccessToken"),
        (API_PATH, "GET", {"authorization": "Bearer abc"}, 401, "invalidAccessToken"),
        (API_PATH, "POST", {}, 405, "methodNotAllowed"),
        (API_PATH.replace("verifyPre", "verifypre"), "GET", {}, 404, "resourceNotFound"),
        (f"{API_BASE}/verifyPreContractualData", "GET", {}, 404, "resourceNotFound"),
        (API_PATH + "/", "GET", {}, 404, "resourceNotFound"),
    ],
)
def test_what_never_reaches_the_service(
    path: str, method: str, headers: dict[str, str], status: int, kind: str
) -> None:
    """§3.3.15, wrong paths and methods: belgif problems, and the challenge of RFC 6750."""
    reply = call(made(), path=path, method=method, headers=headers)
    assert (reply.status, document(reply)["type"]) == (status, f"urn:problem-type:belgif:{kind}")
    assert status != 401 or reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_accept_must_admit_json() -> None:
    """406 for who wants no JSON; no Accept at all admits everything."""
    gateway = made()
    bearer = {"authorization": f"Bearer {token_of(gateway)}"}
    assert call(gateway, headers=bearer | {"accept": "text/html"}).status == 406
    assert call(gateway, headers=bearer).status == 200
    assert (
        call(gateway, headers=bearer | {"accept": "application/json, application/problem+json"}).status == 200
    )


def test_tokens_expire_and_are_revoked() -> None:
    """An old token is expired, a revoked one unknown."""
    gateway = made(token_life=2)
    bearer = {"authorization": f"Bearer {token_of(gateway)}"}
    assert call(gateway, headers=bearer, at=1.9).status == 200
    assert document(call(gateway, headers=bearer, at=2.0))["type"].endswith("expiredAccessToken")
    gateway.oauth.revoke_all()
    assert document(call(gateway, headers=bearer, at=1.0))["type"].endswith("invalidAccessToken")


def test_the_limit_holds_in_any_second() -> None:
    """No more than the limit is admitted in any one second; the rest gets 429 with Retry-After."""
    gateway = made(limit=5)
    bearer = {"authorization": f"Bearer {token_of(gateway)}"}
    replies = [call(gateway, headers=bearer, at=n * 0.1) for n in range(30)]
    admitted = [n for n, reply in enumerate(replies) if reply.status == 200]
    assert len(admitted) == 15
    refused = next(reply for reply in replies if reply.status == 429)
    assert refused.headers["Retry-After"] == "1"
    assert document(refused)["retryAfterSec"] == 1
    assert gateway.ledger.most_in_one_second() == 10


def test_faults_on_demand() -> None:
    """500s in Spring's form, outages as HTML, drops, latency: as often as was asked."""
    gateway = made()
    bearer = {"authorization": f"Bearer {token_of(gateway)}"}
    gateway.faults.error_share = 0.2
    gateway.faults.latency = 3.0
    replies = [call(gateway, headers=bearer) for _ in range(1000)]
    failed = [reply for reply in replies if reply.status == 500]
    assert 150 < len(failed) < 250
    assert document(failed[0])["error"] == "Internal Server Error"
    assert replies[0].delay == 3.0
    gateway.faults.outages.append((10.0, 20.0))
    assert [call(gateway, headers=bearer, at=at).status in (200, 500) for at in (9.9, 10.0, 19.9, 20.0)] == [
        True,
        False,
        False,
        True,
    ]
    gateway.faults.error_share, gateway.faults.revoked_share = 0.0, 1.0
    assert call(gateway, headers=bearer, at=30.0).status == 401
    gateway.faults.revoked_share = 0.0
    assert call(gateway, headers=bearer, at=30.0).status == 401  # it stays revoked
    assert gateway.oauth.revoked == 1
    gateway.faults.drop_share = 1.0
    assert call(gateway, headers=bearer, at=30.0).is_dropped
    gateway.faults.token_error_share = 1.0
    assert token_reply(gateway, assertion()).status == 503


AT = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("signed", "error"),
    [
        (lambda: assertion(STRANGER), "invalid_client"),
        (lambda: assertion(aud="http://elsewhere"), "invalid_client"),
        (lambda: assertion(aud=["http://elsewhere", AUDIENCE + "x"]), "invalid_client"),
        (lambda: assertion(exp=AT - 60), "invalid_client"),
        (lambda: assertion(exp=AT + 3600), "invalid_client"),
        (lambda: assertion(iat=AT + 3600, exp=AT + 3700), "invalid_client"),
        (lambda: assertion(drop="exp"), "invalid_client"),
        (lambda: assertion(drop="jti"), "invalid_client"),
        (lambda: assertion(drop="iss"), "invalid_client"),
        (lambda: assertion(sub="mandatary"), "invalid_client"),
        (lambda: assertion(iss="nobody", sub="nobody"), "invalid_client"),
        (lambda: jwt.encode({"iss": "employer"}, "", algorithm="none"), "invalid_client"),
        (lambda: "no.jwt", "invalid_client"),
    ],
)
def test_assertions_that_are_refused(signed: Callable[[], str], error: str) -> None:
    """Signature, audience, times, identity: each is looked at."""
    reply = token_reply(made(), signed())
    assert reply.status == 401
    assert document(reply)["error"] == error


def test_a_jti_is_good_once() -> None:
    """The same assertion again is a replay."""
    gateway, signed = made(), assertion()
    assert token_reply(gateway, signed).status == 200
    assert document(token_reply(gateway, signed))["error"] == "invalid_client"


def test_token_requests_that_are_malformed() -> None:
    """The form, its type and the method are looked at as well."""
    gateway = made()
    assert (
        document(token_reply(gateway, assertion(), grant_type="password"))["error"]
        == "unsupported_grant_type"
    )
    assert (
        document(token_reply(gateway, assertion(), client_assertion_type="x"))["error"] == "invalid_request"
    )
    assert token_reply(gateway, assertion(), method="GET").status == 405
    bare = SandboxRequest("POST", TOKEN_PATH, "", {}, b"grant_type=client_credentials")
    assert document(gateway.handle(bare, now=NOW, at=0))["error"] == "invalid_request"


def test_the_population_is_the_same_every_time_and_can_be_edited() -> None:
    """A number is the same person in every run; a test may make it another."""
    one, other = Population(NOW.date()), Population(NOW.date())
    numbers = list(generate_ssins(1000))
    assert [one[number] for number in numbers] == [other[number] for number in numbers]
    seen = {(one[number].flexi, one[number].student) for number in numbers}
    assert {flexi for flexi, _ in seen} == {"ok", "nok", "unknown", "noGrant", "errorGrant"}
    one["07010189901"] = Citizen(hours=7)
    assert one["07010189901"].hours == 7


def test_citizens_are_found_in_any_writing() -> None:
    """The same one, whoever writes the number how; a number that cannot be anybody's is no citizen."""
    population = Population(NOW.date())
    population["07.01.01-899.01"] = Citizen(hours=7)
    assert population["07010189901"] is population[Ssin.parse(7010189901)]
    assert population["07010189901"].hours == 7
    with pytest.raises(InvalidIdentifier):
        population["07010189902"] = Citizen()
    with pytest.raises(InvalidIdentifier):
        _ = population["07010189902"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "urn:problem-type:belgif:expiredAccessToken"),
        (429, "urn:problem-type:belgif:tooManyRequests"),
        (500, "Internal Server Error"),
        (503, "<html>"),
        (400, "The citizen SSIN is not valid or does not exist"),
        (418, ""),
    ],
)
def test_upcoming_faults_come_one_call_each(status: int, kind: str) -> None:
    """In their order, each in its own form, and then nothing goes wrong any more."""
    gateway = made()
    gateway.faults.upcoming = [status, 200, 0]
    replies = [call(gateway) for _ in range(4)]
    assert [reply.status for reply in replies] == [status, 200, 0, 200]
    assert [reply.is_dropped for reply in replies] == [False, False, True, False]
    assert kind in replies[0].body.decode()
    assert gateway.ledger.statuses == {status: 1, 200: 2, 0: 1}


def test_a_429_asks_to_wait_as_long_as_it_is_told() -> None:
    """In its header and in its body."""
    gateway = made(limit=0)
    gateway.faults.retry_after = 600
    reply = call(gateway)
    assert (reply.status, reply.headers["Retry-After"], document(reply)["retryAfterSec"]) == (429, "600", 600)


def test_generated_numbers_are_good_and_distinct() -> None:
    """Always the same for a seed, and every one reads as an SSIN."""
    numbers = list(generate_ssins(500, seed=7))
    assert numbers == list(generate_ssins(500, seed=7)) != list(generate_ssins(500, seed=8))
    assert len({Ssin.parse(number) for number in numbers}) == 500
    assert {Ssin.parse(number).digits for number in SCENARIOS.values()} == set(SCENARIOS.values())


def test_the_ledger_knows_no_numbers() -> None:
    """It counts what is the same without keeping what it was."""
    gateway = made()
    bearer = {"authorization": f"Bearer {token_of(gateway)}"}
    for _ in range(3):
        call(gateway, headers=bearer)
    call(gateway, ASK | {"startDate": "2026-12-02"}, headers=bearer)
    ledger = gateway.ledger
    assert (ledger.calls, ledger.distinct, ledger.most_of_one, ledger.statuses[200]) == (4, 2, 3, 4)
    assert "07010189901" not in repr(ledger) + json.dumps(ledger.statistics())

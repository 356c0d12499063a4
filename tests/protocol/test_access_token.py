"""Keys, assertions and tokens: real signatures, and every form of answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given
from hypothesis import strategies as st
from support.ways import reply

from precontractual_async import AddressWrong, CredentialsRefused, Fault, InvalidSettings, TokenUnavailable
from precontractual_async.protocol.access_token import (
    BearerToken,
    assertion_input,
    decipher_token,
    refresh_window,
    signed,
    token_life,
    token_request,
)
from precontractual_async.protocol.keys import SigningKey, load_key
from precontractual_async.protocol.wire import HttpResponse
from precontractual_async.settings.version import USER_AGENT

SECRET = b"pass-word"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def p12_of(key: rsa.RSAPrivateKey, password: bytes) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"tests", key, certificate, None, serialization.BestAvailableEncryption(password)
    )


def loaded(material: bytes, password: bytes | None = None, algorithm: str = "RS256") -> SigningKey:
    return load_key(material, password=password, algorithm=algorithm)


@pytest.mark.parametrize(
    ("material", "password", "algorithm"),
    [
        (pem_of(RSA), None, "RS256"),
        (pem_of(RSA), None, "PS256"),
        (pem_of(EC), None, "ES256"),
        (pem_of(RSA, SECRET), SECRET, "RS256"),
        (pem_of(RSA).replace(b"\n", b"\\n"), None, "RS256"),
        (p12_of(RSA, SECRET), SECRET, "RS256"),
    ],
    ids=["pem", "ps256", "es256", "encrypted", "literal line ends", "pkcs12"],
)
def test_the_assertion_verifies(material: bytes, password: bytes | None, algorithm: str) -> None:
    """Whatever form the key came in, the server can verify what it signs."""
    key = loaded(material, password, algorithm)
    at = 1_800_000_000
    signing_input = assertion_input(
        client_id="me", audience="https://token", algorithm=algorithm, jti="once", issued_at=at
    )
    assertion = signed(signing_input, asyncio.run(key.sign(signing_input)))
    public = (EC if algorithm == "ES256" else RSA).public_key()
    claims = jwt.decode(assertion, public, [algorithm], audience="https://token", options={"verify_exp": False, "verify_iat": False})  # fmt: skip
    assert claims == {
        "iss": "me",
        "sub": "me",
        "aud": "https://token",
        "jti": "once",
        "iat": at,
        "exp": at + 300,
    }
    assert jwt.get_unverified_header(assertion)["alg"] == algorithm


def test_pkcs12_tells_when_its_certificate_ends() -> None:
    """The doctor warns before that day."""
    assert loaded(p12_of(RSA, SECRET), SECRET).certificate_expires == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("material", "password", "algorithm", "reason"),
    [
        (pem_of(RSA, SECRET), None, "RS256", "needs KEY_PASSWORD"),
        (pem_of(RSA), SECRET, "RS256", "is not encrypted"),
        (pem_of(RSA, SECRET), b"wrong", "RS256", "password is wrong"),
        (p12_of(RSA, SECRET), b"wrong", "RS256", "password is wrong"),
        (p12_of(RSA, SECRET), None, "RS256", "password is wrong"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", None, "RS256", "no private key"),
        (b"hello", None, "RS256", "neither PEM nor PKCS#12"),
        (b"", None, "RS256", "neither PEM nor PKCS#12"),
        (pem_of(EC), None, "RS256", "needs an RSA key"),
        (pem_of(RSA), None, "ES256", "needs an EC key"),
        (pem_of(ec.generate_private_key(ec.SECP384R1())), None, "ES256", "P-256"),
        (
            pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
            None,
            "RS256",
            "shorter than",
        ),
    ],
    ids=count(),  # a key is another in each process, and the processes of xdist must agree on names
)
def test_unusable_keys_say_why(material: bytes, password: bytes | None, algorithm: str, reason: str) -> None:
    """Form, password and fit, each with its own words and without a context that holds the material."""
    with pytest.raises(InvalidSettings, match=reason) as refused:
        loaded(material, password, algorithm)
    assert refused.value.__context__ is None


def test_keys_do_not_show_themselves() -> None:
    """A repr says which algorithm, and nothing of the key."""
    assert repr(loaded(pem_of(RSA))) == "SigningKey(algorithm='RS256', certificate_expires=None)"


def test_the_token_request() -> None:
    """RFC 7521 §4.2: a form with three members, and a scope only when there is one."""
    request = token_request(token_url="https://token", assertion="a.b.c", scope=None)
    assert (request.method, request.url) == ("POST", "https://token")
    assert request.headers == {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
    }
    assert request.body is not None
    assert request.body.decode() == (
        "grant_type=client_credentials"
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        "&client_assertion=a.b.c"
    )
    with_scope = token_request(token_url="https://token", assertion="a", scope="one two").body
    assert with_scope is not None
    assert with_scope.endswith(b"&scope=one+two")


def decoded(document: object, status: int = 200) -> object:
    return decipher_token(reply(status, document), requested_at=100.0, pause=None)


def test_what_the_oauth_server_asks_for() -> None:
    """Its pause goes along with each refusal that may pass."""
    for status in (408, 429, 500, 503):
        with pytest.raises(TokenUnavailable) as raised:
            decipher_token(reply(status, {}), requested_at=0.0, pause=7.0)
        assert (raised.value.retry_after, raised.value.status) == (7.0, status)


def test_a_token_and_its_instants() -> None:
    """Counted from before the request: refreshed in the last fifth, but at most the last minute."""
    token = decipher_token(
        reply(200, {"access_token": "abc", "token_type": "bearer", "expires_in": 300}),
        requested_at=100.0,
        pause=None,
    )
    assert (token.value, token.refresh_at, token.expires_at) == ("abc", 340.0, 400.0)
    short = decoded({"access_token": "abc", "expires_in": 100})
    assert isinstance(short, BearerToken)
    assert (short.refresh_at, short.expires_at) == (180.0, 200.0)
    assert "abc" not in repr(token)


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [(1, 1), (5, 5), (3600, 3600), ("300", 300), (None, 300), (0, 300), (-5, 300), ("x", 300), ("", 300), ([], 300),
     (299.5, 299.5), (True, 300), (10**9, 86400), (float("inf"), 86400), (10**30, 300)],
)  # fmt: skip
def test_lifetimes(expires_in: object, life: float) -> None:
    """A number or its text; nonsense is taken for five minutes, and more than a day for a day."""
    assert token_life(expires_in) == life


@given(st.floats(0.1, 86400))
def test_the_refresh_window_leaves_most_of_the_life(life: float) -> None:
    """Never more than a fifth, never more than a minute."""
    assert 0 < refresh_window(life) <= min(60.0, 0.2 * life)


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (400, {"error": "invalid_client"}, CredentialsRefused),
        (401, {"error": "invalid_client"}, CredentialsRefused),
        (400, {"error": "invalid_scope"}, CredentialsRefused),
        (400, {"error": "unauthorized_client"}, CredentialsRefused),
        (400, {"type": "urn:problem-type:belgif:badRequest"}, CredentialsRefused),
        (403, None, CredentialsRefused),
        (404, None, AddressWrong),
        (302, None, AddressWrong),
        (405, None, AddressWrong),
        (429, None, TokenUnavailable),
        (408, None, TokenUnavailable),
        (500, {"error": "invalid_client"}, TokenUnavailable),
        (503, None, TokenUnavailable),
        (200, None, TokenUnavailable),
        (200, {}, TokenUnavailable),
        (200, {"access_token": 5}, TokenUnavailable),
        (200, {"access_token": ""}, TokenUnavailable),
        (200, {"access_token": "with blank"}, TokenUnavailable),
        (200, {"access_token": "new\nline"}, TokenUnavailable),
        (200, {"access_token": "abc", "token_type": "mac"}, CredentialsRefused),
        (200, {"access_token": "abc", "token_type": 5}, CredentialsRefused),
    ],
)
def test_no_token(status: int, document: object, kind: type[Fault]) -> None:
    """RFC 6749 §5.2 is about us and final; what may pass is asked again; a token must fit RFC 6750."""
    with pytest.raises(kind):
        decoded(document, status)


@pytest.mark.parametrize(
    ("status", "document", "diagnosis"),
    [
        (400, {"error": "invalid_scope"}, "the OAuth server does not know the scope (invalid_scope)"),
        (400, {"error": ["invalid_scope"]}, "the OAuth server refuses (400)"),
        (401, None, "the OAuth server refuses (401)"),
        (403, {}, "the OAuth server refuses (403)"),
        (402, {}, "the OAuth server answered 402: not a token endpoint?"),
        (404, None, "the OAuth server answered 404: not a token endpoint?"),
        (503, None, "the OAuth server answered 503"),
        (200, None, "the OAuth server's answer holds no usable token"),
        (200, {"access_token": "a b"}, "the OAuth server's answer holds no usable token"),
        (
            200,
            {"access_token": "a", "token_type": "MAC"},
            "the OAuth server gives tokens of a kind that is not Bearer",
        ),
    ],
)
def test_what_a_refusal_tells(status: int, document: object, diagnosis: str) -> None:
    """The status, and the code when it is one of the RFC's; nothing else of the body."""
    with pytest.raises(Fault) as raised:
        decoded(document, status)
    assert (raised.value.diagnosis, raised.value.status) == (diagnosis, status)


@given(st.integers(100, 599), st.binary(max_size=100))
def test_any_answer_of_the_oauth_server_is_a_fault(status: int, body: bytes) -> None:
    """Whatever comes back: a fault of ours."""
    with pytest.raises(Fault):
        decipher_token(HttpResponse(status, {}, body), requested_at=0, pause=None)

"""A rate limiter, a signer and tokens from elsewhere: what they are asked for, and what becomes of their failures."""

from __future__ import annotations

import asyncio
from typing import cast
from urllib.parse import parse_qs

import jwt
import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from support import virtual
from support.frames import refused, shown
from support.numbers import CITIZEN, generated
from support.ways import Way, reply

from precontractual_async import (
    BearerToken,
    Credentials,
    CredentialsRefused,
    InvalidSettings,
    PrecontractualClient,
    Settings,
    Signer,
    Throughput,
    TokenProvider,
    TokenUnavailable,
    Wait,
    load_settings,
)
from precontractual_async.calls.session import read_key

DAY = "2026-12-01"
SECRET = "s3cret-of-the-vault"


class Kms:
    """Signs with a key that nobody else sees; `failing` so many times first."""

    def __init__(self, pem: str, failing: int = 0) -> None:
        key = serialization.load_pem_private_key(pem.encode(), None)
        assert isinstance(key, RSAPrivateKey)
        self.key = key
        self.failing = failing

    async def sign(self, signing_input: bytes) -> bytes:
        await asyncio.sleep(0.1)
        self.failing -= 1
        if self.failing >= 0:
            raise ConnectionError(SECRET)
        return self.key.sign(signing_input, PSS(MGF1(SHA256()), 32), SHA256())


class Vault:
    """Hands out what it is given, one after the other, and notes what it was told is rejected."""

    def __init__(self, *given: str | Exception, life: float = 300) -> None:
        self.given = list(given)
        self.life = life
        self.rejected: list[str | None] = []

    async def fetch(self, rejected: BearerToken | None) -> BearerToken:
        self.rejected.append(None if rejected is None else rejected.value)
        since = asyncio.get_running_loop().time()
        await asyncio.sleep(0.1)
        value = self.given.pop(0)
        if isinstance(value, Exception):
            raise value
        return BearerToken.lasting(value, self.life, since=since)


def keyless(settings: Settings, algorithm: str = "RS256") -> Settings:
    credentials = Credentials(client_id=settings.credentials.client_id, algorithm=algorithm)
    return evolve(settings, credentials=credentials)


def client(
    way: Way, settings: Settings, *, signer: Signer | None = None, tokens: TokenProvider | None = None
) -> PrecontractualClient:
    return PrecontractualClient(
        settings, transport=way, now=virtual.now, jitter=lambda: 0.5, signer=signer, tokens=tokens
    )


def test_a_signer_signs_the_assertion(settings: Settings, pem: str) -> None:
    """With the algorithm of the settings, which the assertion names; one that fails is asked again."""
    assertions: list[str] = []
    kms = Kms(pem, failing=2)
    way = Way()

    def oauth(request: object) -> object:
        assertions.append(parse_qs((request.body or b"").decode())["client_assertion"][0])  # type: ignore[attr-defined]
        return way.fresh_token()

    way.oauth = oauth  # type: ignore[assignment]

    async def main() -> None:
        async with client(way, keyless(settings, "PS256"), signer=kms) as opened:
            await asyncio.gather(*(opened.verify(number, DAY) for number in generated(20)))

    virtual.run(main())
    (assertion,) = assertions
    claims = jwt.decode(
        assertion,
        kms.key.public_key(),
        ["PS256"],
        audience=settings.audience,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iss"] == settings.credentials.client_id
    assert way.token_calls == 1


def test_a_provider_gives_the_tokens(settings: Settings) -> None:
    """The OAuth server is not asked; a token that the gateway rejects is told to whoever gave it, once."""
    vault = Vault("first", "second", life=60)
    way = Way()
    way.api = lambda request: reply(401) if request.headers["Authorization"] == "Bearer first" else reply()

    async def main() -> None:
        async with client(way, keyless(settings), tokens=vault) as opened:
            await asyncio.gather(*(opened.verify(number, DAY) for number in generated(20)))
            assert opened.statistics().token_requests == 0
            vault.given.append("third")
            await asyncio.sleep(50)
            await opened.verify(CITIZEN, DAY)

    virtual.run(main())
    assert (way.token_calls, vault.rejected) == (0, [None, "first", None])


@pytest.mark.parametrize("failure", [ConnectionError(SECRET), TimeoutError(SECRET), KeyError(SECRET)])
def test_what_a_provider_raises_becomes_ours(settings: Settings, failure: Exception) -> None:
    """By its name alone: its text may hold anything. It is tried again like any other."""
    vault = Vault(failure, "good")

    async def main() -> None:
        async with client(Way(), keyless(settings), tokens=vault) as opened:
            with pytest.raises(TokenUnavailable) as told:
                await opened._session.bearer()
            assert told.value.diagnosis == f"the token provider failed ({type(failure).__name__})"
            assert told.value.__context__ is None
            assert SECRET not in shown(told.value)
            await opened.verify(CITIZEN, DAY)

    virtual.run(main())


def test_a_signer_that_fails_for_good(settings: Settings, pem: str) -> None:
    """Nothing was asked for, and its words are not ours."""
    way = Way()

    async def main() -> None:
        async with client(way, keyless(settings), signer=Kms(pem, failing=1000)) as opened:
            with pytest.raises(TokenUnavailable, match=r"^the signer failed \(ConnectionError\)$") as told:
                await opened.verify(CITIZEN, DAY)
            assert SECRET not in shown(told.value)

    virtual.run(main())
    assert way.token_calls == 0


def test_a_fault_of_a_provider_stays_what_it_is(settings: Settings) -> None:
    """It knows best whether asking again is useless."""

    async def main() -> None:
        async with client(Way(), keyless(settings), tokens=Vault(CredentialsRefused("no"))) as opened:
            with pytest.raises(CredentialsRefused):
                await opened.verify(CITIZEN, DAY)

    virtual.run(main())


def test_what_a_provider_gives_that_is_no_token(settings: Settings) -> None:
    """The bare text of one, say: it is told by its kind, and stands in no frame."""

    class Careless:
        async def fetch(self, rejected: BearerToken | None = None) -> BearerToken:
            return cast(BearerToken, SECRET)

    async def main() -> None:
        async with client(Way(), keyless(settings), tokens=Careless()) as opened:
            with pytest.raises(TokenUnavailable, match=r"^the token provider failed \(str\)$") as told:
                await opened.verify(CITIZEN, DAY)
            assert SECRET not in shown(told.value)

    virtual.run(main())


@pytest.mark.parametrize("value", ["", "a b", "a\r\nX: y", "é", "=a"])
def test_a_token_that_no_header_may_hold(value: str) -> None:
    """Whoever made it: it would break out of the header."""
    told = refused(lambda: BearerToken.lasting(value, 300, since=0.0))
    assert isinstance(told, TokenUnavailable)
    assert value == "" or value not in shown(told)


def test_somebody_must_be_able_to_get_a_token(settings: Settings, pem: str) -> None:
    """Without a key, a signer and a provider: told before anything is opened, by the client and the loader."""
    for make in (
        lambda: PrecontractualClient(keyless(settings)),
        lambda: read_key(keyless(settings).credentials),
        lambda: load_settings(ENVIRON),
    ):
        with pytest.raises(InvalidSettings, match=r"KEY_FILE \(or PRIVATE_KEY\) is not set"):
            make()
    loaded = load_settings(ENVIRON, needs_key=False)
    assert not loaded.credentials.has_key
    PrecontractualClient(loaded, signer=Kms(pem))
    with pytest.raises(InvalidSettings, match="give the key once"):
        load_settings(
            ENVIRON | {"PRECONTRACTUAL_KEY_FILE": "k", "PRECONTRACTUAL_PRIVATE_KEY": "k"}, needs_key=False
        )


ENVIRON = {
    "PRECONTRACTUAL_ENVIRONMENT": "acceptance",
    "PRECONTRACTUAL_CLIENT_ID": "me",
    "PRECONTRACTUAL_ENTERPRISE_NUMBER": "0880820673",
}


class Counting:
    """A pace that lets everybody through, and counts."""

    def __init__(self) -> None:
        self.pauses = 0
        self.allowed = 7.0
        self.slots = 0
        self.told: list[tuple[str, float]] = []

    async def acquire(self) -> None:
        self.slots += 1

    def wait(self) -> Wait:
        return Wait("others come first", 3.0)

    def pause(self, seconds: float) -> None:
        self.told.append(("hold", seconds))

    def slow_down(self, pause: float) -> None:
        self.pauses += 1
        self.told.append(("too fast", pause))


def test_a_pace_of_ones_own(settings: Settings) -> None:
    """Each call and each token request takes a slot; it is told what the gateway asks for."""
    rate_limiter = Counting()
    replies = [reply(429, retry_after="2"), reply(503, retry_after="7")]
    way = Way(lambda _: replies.pop(0) if replies else reply())

    async def main() -> int:
        made = PrecontractualClient(settings, transport=way, now=virtual.now, rate_limiter=rate_limiter)
        async with made as opened:
            await opened.verify(CITIZEN, DAY)
            assert opened.throughput() == Throughput(7.0, (rate_limiter.wait(),))
            return opened.statistics().pauses

    assert virtual.run(main()) == 1
    assert (rate_limiter.slots, rate_limiter.told) == (4, [("too fast", 2.0), ("hold", 7.0)])

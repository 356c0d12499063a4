"""Settings: four environments, three sources, and everything that is wrong at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from support.numbers import ENTERPRISE, MANDATARY

from precontractual_async import (
    Caller,
    Credentials,
    EnterpriseNumber,
    Environment,
    InvalidSettings,
    RetryPolicy,
    Settings,
    load_settings,
)
from precontractual_async.configuration import VARIABLES, settings_from
from precontractual_async.session import read_key

GOOD = {
    "ENVIRONMENT": "production",
    "CLIENT_ID": "me",
    "KEY_FILE": "/key.pem",
    "ENTERPRISE_NUMBER": ENTERPRISE,
}


@pytest.mark.parametrize(
    ("environment", "api", "token"),
    [
        ("production", "services", "services"),
        ("acceptance", "services-acpt", "services-acpt"),
        ("simulation", "services-sim", "services"),
        ("integration", "services-int", "services-int"),
    ],
)
def test_the_four_environments(environment: str, api: str, token: str) -> None:
    """API base, token URL and audience; simulation takes its tokens from production."""
    settings = settings_from(GOOD | {"ENVIRONMENT": environment})
    assert settings.api_url == f"https://{api}.socialsecurity.be/REST/employmentPrecontractualData/v1"
    assert settings.token_url == f"https://{token}.socialsecurity.be/REST/oauth/v5/token"
    assert settings.audience == settings.token_url
    made = Settings.for_environment(
        Environment(environment), caller=settings.caller, credentials=settings.credentials
    )
    assert made == settings


def test_each_address_can_be_given_by_itself() -> None:
    """API URL, token URL and audience are three settings."""
    settings = settings_from(GOOD | {"API_URL": "https://a/x", "TOKEN_URL": "https://b/t", "AUDIENCE": "c"})
    assert (settings.api_url, settings.token_url, settings.audience) == ("https://a/x", "https://b/t", "c")


def test_the_caller() -> None:
    """An employer; with a represented enterprise a mandatary. No person is ever taken from settings."""
    assert settings_from(GOOD).caller == Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
    both = GOOD | {"ENTERPRISE_NUMBER": MANDATARY, "REPRESENTED_ENTERPRISE_NUMBER": "BE 0880.820.673"}
    assert settings_from(both).caller == Caller.mandatary(
        EnterpriseNumber.parse(MANDATARY), EnterpriseNumber.parse(ENTERPRISE)
    )
    assert "MANDATARY_SSIN" not in VARIABLES


def test_considerate_defaults() -> None:
    """Five calls a second, ten at once, eight attempts."""
    settings = settings_from(GOOD)
    assert (settings.rate, settings.concurrency, settings.retry.attempts, settings.scope) == (
        5.0,
        10,
        8,
        None,
    )


def test_every_problem_at_once() -> None:
    """One error tells all of it, and repeats no value."""
    wrong = {
        "ENVIRONMENT": "moon",
        "ENTERPRISE_NUMBER": "0123456789",
        "RATE": "fast",
        "COLOUR": "s3cr3t",
        "CONCURRENCY": "1.5",
    }
    with pytest.raises(InvalidSettings) as told:
        settings_from(wrong)
    for part in (
        "ENVIRONMENT must be one of",
        "check digits",
        "CLIENT_ID is not set",
        "RATE is not a number",
        "COLOUR is not a setting",
        "CONCURRENCY is not a whole number",
    ):
        assert part in str(told.value)
    assert "s3cr3t" not in str(told.value)
    assert "0123456789" not in str(told.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"RATE": "0"}, "RATE must lie between"),
        ({"RATE": "nan"}, "RATE must lie between"),
        ({"CONCURRENCY": "0"}, "CONCURRENCY must lie between"),
        ({"API_URL": "http://services.socialsecurity.be/x"}, "plain http"),
        ({"TOKEN_URL": "ftp://x/"}, "not an http"),
        ({"API_URL": "https://user:pw@host/"}, "more than scheme"),
        ({"API_URL": "https://host:99999/"}, "not a URL"),
        ({"API_URL": "https://host/a b"}, "more than scheme"),
        ({"API_URL": "https://host/a\tb"}, "more than scheme"),
        ({"PRIVATE_KEY": "x"}, "the key once"),
        ({"KEY_FILE": ""}, "the key once"),
        ({"KEY_PASSWORD": "a", "KEY_PASSWORD_FILE": "b"}, "the password once"),
        ({"ALGORITHM": "HS256"}, "ALGORITHM must be one of"),
    ],
)
def test_settings_that_cannot_work(changes: dict[str, str], reason: str) -> None:
    """Each is refused with its reason when it is made, not when it is used."""
    with pytest.raises(InvalidSettings, match=reason):
        settings_from(GOOD | changes)


def test_loopback_may_be_plain() -> None:
    """The sandbox speaks http on this machine only."""
    for host in ("127.0.0.1:8080", "localhost", "[::1]:1"):
        assert settings_from(GOOD | {"API_URL": f"http://{host}/x"}).api_url == f"http://{host}/x"


def test_arguments_then_environment_then_profile(tmp_path: Path) -> None:
    """The nearest source wins, name by name."""
    config = tmp_path / "config.toml"
    config.write_text(
        '[default]\nrate = 1\n[acme]\nrate = 2\nconcurrency = 3\nclient_id = "acme"\nscope = "s"\n'
    )
    environ = {f"PRECONTRACTUAL_{name}": value for name, value in GOOD.items()}
    environ |= {
        "PRECONTRACTUAL_CONFIG": str(config),
        "PRECONTRACTUAL_PROFILE": "acme",
        "PRECONTRACTUAL_LOG": "debug",
        "HOME": "/",
    }
    settings = load_settings(environ, {"CONCURRENCY": "9"})
    assert (settings.rate, settings.concurrency, settings.credentials.client_id, settings.scope) == (
        2.0,
        9,
        "me",
        "s",
    )
    del environ["PRECONTRACTUAL_PROFILE"]
    assert load_settings(environ).rate == 1.0


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), ("x = [", "not TOML"), ("[other]\n", "no table")]
)
def test_profiles_that_are_not_there(tmp_path: Path, content: str | None, reason: str) -> None:
    """A file, a table: each is named when it is missing."""
    config = tmp_path / "config.toml"
    if content is not None:
        config.write_text(content)
    with pytest.raises(InvalidSettings, match=reason):
        load_settings({"PRECONTRACTUAL_CONFIG": str(config)})


def test_secrets_do_not_show() -> None:
    """The repr of settings holds no key, no password, no proxy."""
    credentials = Credentials(client_id="me", private_key="k3y", key_password="pw0rd")
    settings = evolve(settings_from(GOOD), credentials=credentials, proxy="http://user:pr0xy@host")
    assert not [secret for secret in ("k3y", "pw0rd", "pr0xy", ENTERPRISE) if secret in repr(settings)]


def test_a_key_for_everybodys_eyes_is_refused(tmp_path: Path, pem: str) -> None:
    """With the chmod that mends it; what the group may read is how orchestrators hand over secrets."""
    key = tmp_path / "key.pem"
    key.write_text(pem)
    key.chmod(0o640)
    credentials = Credentials(client_id="me", key_file=key)
    assert read_key(credentials).algorithm == "RS256"
    key.chmod(0o644)
    with pytest.raises(InvalidSettings) as refused:
        read_key(credentials)
    assert refused.value.next_step.startswith("chmod")
    key.unlink()
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_key(credentials)


def test_a_password_from_a_file(tmp_path: Path, pem: str) -> None:
    """Its line end does not belong to it."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pem.encode(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"pw0rd"),
    )
    password = tmp_path / "password"
    password.touch(0o600)
    password.write_text("pw0rd\n")
    key_of = Credentials(client_id="me", private_key=encrypted.decode(), key_password_file=password)
    assert read_key(key_of).algorithm == "RS256"


def test_retry_policies_are_checked() -> None:
    """A policy that would hammer or hang cannot be made."""
    for wrong in ({"attempts": 0}, {"attempts": 1000}, {"base": 0.0}, {"deadline": 1e9}):
        with pytest.raises(InvalidSettings):
            RetryPolicy(**wrong)

"""Settings: four environments, three sources, and everything that is wrong at once."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from attrs import evolve
from support.frames import refused, shown
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY
from support.warm import REAL

from precontractual_async import (
    Caller,
    Credentials,
    EnterpriseNumber,
    Environment,
    InvalidSettings,
    RetryPolicy,
    Settings,
    Sharing,
    Ssin,
    load_settings,
)
from precontractual_async.calls.session import read_key
from precontractual_async.settings.loading import known_settings, settings_from
from precontractual_async.settings.version import USER_AGENT

GOOD = {
    "ENVIRONMENT": "production",
    "CLIENT_ID": "me",
    "KEY_FILE": "/key.pem",
    "ENTERPRISE_NUMBER": ENTERPRISE,
}

REDIS = {"REDIS_URL": "rediss://user:r3dispw@redis.example:6380/3"}
SHARED_KEY = b64encode(bytes(32)).decode()


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
    """An employer; with a represented enterprise a mandatary. With a person the web portal."""
    assert settings_from(GOOD).caller == Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
    both = GOOD | {"ENTERPRISE_NUMBER": MANDATARY, "REPRESENTED_ENTERPRISE_NUMBER": "BE 0880.820.673"}
    assert settings_from(both).caller == Caller.mandatary(
        EnterpriseNumber.parse(MANDATARY), EnterpriseNumber.parse(ENTERPRISE)
    )
    person = settings_from(both | {"MANDATARY_SSIN": "07.01.01-899.01"})
    assert person.caller == Caller.portal(
        EnterpriseNumber.parse(MANDATARY), Ssin.parse(CITIZEN), EnterpriseNumber.parse(ENTERPRISE)
    )
    assert CITIZEN not in repr(person)
    for known in (person.caller.described, known_settings({"PRECONTRACTUAL_MANDATARY_SSIN": CITIZEN})):
        assert CITIZEN not in f"{known!r}{known}"


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
        "KEY_FILE (or PRIVATE_KEY) is not set",
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
        ({"API_URL": "https://host:99999/"}, "not an http"),
        ({"API_URL": "https:///x"}, "not an http"),
        ({"API_URL": "http://[::1].evil.example/"}, "not an http"),
        ({"API_URL": "http://[::1]evil.example/"}, "not an http"),
        ({"API_URL": "http://evil[::1]/"}, "not an http"),
        ({"API_URL": "http://[::1]]/"}, "not an http"),
        ({"API_URL": "https://host:1_0/"}, "not an http"),
        ({"API_URL": "http://127.0.0.1\\@evil.example/"}, "not an http"),
        ({"API_URL": "http://[::1%25evil.example]/"}, "plain http"),
        ({"API_URL": "http://127.0.0.1.evil.example/"}, "plain http"),
        ({"API_URL": "https://@host/"}, "more than scheme"),
        ({"API_URL": "https://host/?"}, "more than scheme"),
        ({"API_URL": "https://host/#"}, "more than scheme"),
        ({"KEY_FILE": "~nosuchuser/k"}, "KEY_FILE begins with the ~"),
        ({"KEY_PASSWORD_FILE": "~nosuchuser/k"}, "KEY_PASSWORD_FILE begins with the ~"),
        ({"CA_FILE": "~nosuchuser/k"}, "CA_FILE begins with the ~"),
        ({"API_URL": "https://host/a b"}, "more than scheme"),
        ({"API_URL": "https://host/a\tb"}, "more than scheme"),
        ({"API_URL": "HTTP://localhost/", "PROXY": "http://proxy:3128"}, "PROXY and plain http"),
        ({"TOKEN_URL": "http://localhost/", "PROXY": "http://proxy:3128"}, "PROXY and plain http"),
        ({"PRIVATE_KEY": "x"}, "the key once"),
        ({"KEY_FILE": ""}, r"\(or PRIVATE_KEY\) is not set"),
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
    for host in ("127.0.0.1:8080", "localhost", "LOCALHOST", "[::1]:1"):
        assert settings_from(GOOD | {"API_URL": f"http://{host}/x"}).api_url == f"http://{host}/x"


@pytest.mark.parametrize("path", ["@evil.example/x", ".evil.example/x", "", ":1/x", "/a b"])
def test_a_path_does_not_change_the_host(path: str) -> None:
    """It is put behind the address that was checked."""
    with pytest.raises(InvalidSettings, match="api_path"):
        evolve(settings_from(GOOD | {"API_URL": "https://host"}), api_path=path)


def test_a_name_costs_no_reader_of_urls() -> None:
    """What only shows its help, or a number, does not pay for yarl, nor for aiohttp."""
    code = (
        "import sys, precontractual_async.cli as cli, precontractual_async as p; p.Ssin; p.Settings\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        "assert not {'yarl', 'aiohttp', 'cryptography'} & sys.modules.keys()"
    )
    subprocess.run([REAL, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "proxy",
    [
        "http://",
        "http://:3128",
        "http://pr0xypw@",
        "proxy:3128",
        "//proxy:3128",
        "ftp://u:pr0xypw@proxy:1",
        "socks5://u:pr0xypw@proxy:1",
        "http://[::1",
        "http://[::1].example",
        "http://u:pr0xypw@proxy:99999",
        "http://u:pr0xypw@a b:1",
        "http://u:pr0xypw\u20ac@proxy:1",
        "http://u:pr0xypw\udce4@proxy:1",
        "http://u:pr0xypw%E2%82%AC@proxy:1",
        "http://u%E2%82%AC:pr0xypw@proxy:1",
        "http://us%3Aer:pr0xypw@proxy:1",
    ],
)
def test_a_proxy_that_cannot_work_is_refused_and_not_repeated(proxy: str) -> None:
    """When it is set and not as an outage later; there may be a password in it."""
    told = refused(lambda: settings_from(GOOD | {"PROXY": proxy}))
    assert isinstance(told, InvalidSettings)
    assert "PROXY is not an http(s) URL" in told.diagnosis
    made = refused(lambda: evolve(settings_from(GOOD), proxy=proxy))
    for shows in (shown(told), shown(made)):
        assert "pr0xypw" not in shows
        assert proxy not in shows.replace("http://host:3128", "")


@pytest.mark.parametrize(
    "proxy",
    [
        "http://proxy",
        "http://proxy:3128/",
        "https://proxy:3128",
        "http://[::1]:3128",
        "http://u:p%E9%20@proxy:1",
    ],
)
def test_proxies(proxy: str) -> None:
    """With a user and a password or without, by name or by address."""
    assert settings_from(GOOD | {"PROXY": proxy}).proxy == proxy


@pytest.mark.parametrize(
    "suffix", ["payroll", "payroll/2.1", "payroll/2.1 acme-hr/7", "!#$%&'*+.^_`|~/~", "p" * 100]
)
def test_who_asks_behind_our_own_name(suffix: str) -> None:
    """As RFC 9110 has it: names with their versions."""
    assert settings_from(GOOD | {"USER_AGENT_SUFFIX": suffix}).user_agent == f"{USER_AGENT} {suffix}"
    assert settings_from(GOOD).user_agent == USER_AGENT


@pytest.mark.parametrize(
    "suffix",
    [
        "",
        " payroll",
        "payroll  2.1",
        "payroll/2/1",
        "payroll (2.1)",
        "payroll\r\nX-Other: 1",
        "payroll\n",
        "payroll\t1",
        "p\u00e4yroll",
        "payroll\0",
        "p" * 101,
    ],
)
def test_what_no_header_can_hold_is_refused_and_not_repeated(suffix: str) -> None:
    """A line break would begin a header of its own."""
    told = refused(lambda: evolve(settings_from(GOOD), user_agent_suffix=suffix))
    assert isinstance(told, InvalidSettings)
    assert told.diagnosis.startswith("user_agent_suffix is neither a name nor several")
    assert "X-Other" not in shown(told)
    if suffix.strip() and suffix.strip() == suffix:
        told = refused(lambda: settings_from(GOOD | {"USER_AGENT_SUFFIX": suffix}))
        assert told.diagnosis.startswith("USER_AGENT_SUFFIX is neither a name nor several")


@pytest.mark.parametrize(
    "url",
    [
        "redis.example",
        "http://redis.example",
        "redis://",
        "redis:///0",
        "redis://:6379",
        "redis://:r3dispw@",
        "redis://:r3dispw@host:0",
        "redis://:r3dispw@host:99999",
        "redis://:r3dispw@host/x",
        "redis://:r3dispw@host/0/1",
        "rediss://:r3dispw@host/?ssl_cert_reqs=none",
        "rediss://:r3dispw@host?ssl_cert_reqs=none",
        "rediss://:r3dispw@host/0#x",
        "redis://:r3dispw@a b",
        "redis://:r3dispw@[::1",
        "redis://:r3\ndispw@host",
        "unix:///run/redis.sock",
    ],
)
def test_a_redis_that_cannot_work_is_refused_and_not_repeated(url: str) -> None:
    """When it is set; nor can it ask for TLS that verifies nothing."""
    told = refused(lambda: settings_from(GOOD | {"REDIS_URL": url}))
    assert isinstance(told, InvalidSettings)
    assert "REDIS_URL is not a URL" in told.diagnosis
    made = refused(lambda: Sharing(redis_url=url))
    assert not [shows for shows in (shown(told), shown(made)) if "r3dispw" in shows]


@pytest.mark.parametrize(
    "url", ["redis://host", "rediss://host:6380", "redis://:p%40w@host/", "redis://u:p@[::1]:6379/15"]
)
def test_what_is_shared(url: str) -> None:
    """With a login and a database or without; how many share may be left open."""
    sharing = settings_from(GOOD | {"REDIS_URL": url}).sharing
    assert sharing == Sharing(redis_url=url, processes=0, key=None)
    told = settings_from(GOOD | {"REDIS_URL": url, "PROCESSES": "4", "SHARED_KEY": SHARED_KEY}).sharing
    assert told == Sharing(redis_url=url, processes=4, key=SHARED_KEY)
    assert settings_from(GOOD).sharing is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"PROCESSES": "4"}, "PROCESSES is of no use without REDIS_URL"),
        ({"SHARED_KEY": SHARED_KEY}, "SHARED_KEY is of no use without REDIS_URL"),
        (REDIS | {"PROCESSES": "some"}, "PROCESSES is not a whole number"),
        (REDIS | {"PROCESSES": "-1"}, "PROCESSES must lie between"),
        (REDIS | {"SHARED_KEY": "c2hvcnQ="}, "SHARED_KEY is not 32 bytes in base64"),
        (REDIS | {"SHARED_KEY": "r3dispw"}, "SHARED_KEY is not 32 bytes in base64"),
    ],
)
def test_sharing_that_cannot_work(changes: dict[str, str], reason: str) -> None:
    """Each with its reason, and without what stood beside it."""
    told = refused(lambda: settings_from(GOOD | changes))
    assert reason in told.diagnosis
    assert not [secret for secret in ("r3dispw", "c2hvcnQ") if secret in shown(told)]


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
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"x = [", "not TOML"),
        (b"x = '\xe9'", "not TOML"),
        (b"x = " + b"9" * 5000, "not TOML"),
        (b"x = " + b"[" * 5000, "not TOML"),
        (b"[other]\n", "no table"),
    ],
)
def test_profiles_that_are_not_there(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """A file, a table: each is named when it is missing."""
    config = tmp_path / "config.toml"
    if content is not None:
        config.write_bytes(content)
    with pytest.raises(InvalidSettings, match=reason):
        load_settings({"PRECONTRACTUAL_CONFIG": str(config)})


def test_a_profile_in_nobodys_home() -> None:
    """As a shell says it: there is no such user."""
    with pytest.raises(InvalidSettings, match="CONFIG begins with the ~"):
        load_settings({"PRECONTRACTUAL_CONFIG": "~nosuchuser/config.toml"})


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("[default]\nprivate_key = 'k'\n", "PRIVATE_KEY"),
        ("[default]\n[other]\nKEY_PASSWORD = 'p'\n", "KEY_PASSWORD"),
        ("private_key = 'k'\nkey_password = 'p'\n[default]\n", "PRIVATE_KEY and KEY_PASSWORD"),
        ("[default]\n[other]\nredis_url = 'redis://:p@host'\n[last]\nredis_url = 'redis://h'\n", "REDIS_URL"),
        (f"[default]\nmandatary_ssin = '{CITIZEN}'\n", "MANDATARY_SSIN"),
        (f"[default]\nredis_url = 'redis://host'\nshared_key = '{SHARED_KEY}'\n", "SHARED_KEY"),
    ],
)
def test_a_profile_with_secrets_for_everybodys_eyes_is_refused(
    tmp_path: Path, content: str, what: str
) -> None:
    """Whichever table holds them; with the chmod that mends it."""
    config = tmp_path / "config.toml"
    config.write_text(content)
    config.chmod(0o644)
    environ = {f"PRECONTRACTUAL_{name}": value for name, value in GOOD.items() if name != "KEY_FILE"}
    environ |= {"PRECONTRACTUAL_CONFIG": str(config), "PRECONTRACTUAL_PRIVATE_KEY": "k"}
    with pytest.raises(InvalidSettings, match=f"CONFIG holds {what} and can be read by everybody") as refusal:
        load_settings(environ)
    assert refusal.value.next_step == f"chmod o-rwx {config}"
    config.chmod(0o640)
    assert load_settings(environ).credentials.private_key == "k"


def test_a_profile_without_secrets_is_for_everybody(tmp_path: Path) -> None:
    """Only what is secret has to be kept: a password that is empty is none."""
    config = tmp_path / "config.toml"
    config.write_text("[default]\nkey_password = ''\nrate = 7\nredis_url = 'redis://host'\n")
    config.chmod(0o644)
    environ = {f"PRECONTRACTUAL_{name}": value for name, value in GOOD.items()}
    assert load_settings(environ | {"PRECONTRACTUAL_CONFIG": str(config)}).rate == 7.0


def test_secrets_do_not_show() -> None:
    """The repr of settings holds no key, no password, no proxy."""
    credentials = Credentials(client_id="cl13nt", private_key="k3y", key_password="pw0rd")
    settings = evolve(settings_from(GOOD | REDIS), credentials=credentials, proxy="http://user:pr0xy@host")
    assert not [
        secret
        for secret in ("cl13nt", "k3y", "pw0rd", "pr0xy", "r3dispw", ENTERPRISE)
        if secret in repr(settings)
    ]


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


def test_what_is_known_before_a_run() -> None:
    """Caller and rate, each where it is set; whatever else is set is checked, and all of it told at once."""
    assert known_settings({}).caller is None
    assert known_settings({}).rate == settings_from(GOOD).rate
    environ = {f"PRECONTRACTUAL_{name}": text for name, text in GOOD.items()}
    known = known_settings(environ | {"PRECONTRACTUAL_RATE": "20"}, {"RATE": "0.5"})
    assert known.caller == settings_from(GOOD).caller
    assert known.rate == 0.5
    mandatary = {"PRECONTRACTUAL_REPRESENTED_ENTERPRISE_NUMBER": MANDATARY}
    assert (
        known_settings(environ | mandatary).caller
        == settings_from(GOOD | {"REPRESENTED_ENTERPRISE_NUMBER": MANDATARY}).caller
    )
    with pytest.raises(InvalidSettings) as raised:
        known_settings({"PRECONTRACTUAL_ENTERPRISE_NUMBER": "1", "PRECONTRACTUAL_RATES": "5"}, {"RATE": "0"})
    for part in ("RATES is not a setting", "ENTERPRISE_NUMBER: 1 digits", "RATE must lie between"):
        assert part in raised.value.diagnosis


def test_what_no_profile_can_set(tmp_path: Path) -> None:
    """The log is set up before a profile is read, and a journal's key stands in no file with other things."""
    config = tmp_path / "precontractual.toml"
    config.write_text('[default]\nLOG = "debug"\n')
    config.chmod(0o600)
    with pytest.raises(InvalidSettings, match=r"^LOG \(in the profile\) is read from the environment only"):
        load_settings(
            {"PRECONTRACTUAL_CONFIG": str(config)}
            | {f"PRECONTRACTUAL_{name}": text for name, text in GOOD.items()}
        )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"CONCURRENCY": "abc"}, "PRECONTRACTUAL_CONCURRENCY is not a whole number"),
        ({"ENVIRONMENT": "nope"}, "PRECONTRACTUAL_ENVIRONMENT must be one of"),
        ({"PATIENCE": "-1"}, "PRECONTRACTUAL_PATIENCE must lie between"),
        ({"API_URL": "http://example.org"}, "PRECONTRACTUAL_API_URL: plain http"),
        ({"KEY_FILE": "a", "PRIVATE_KEY": "b"}, "give the key once"),
        ({"REPRESENTED_ENTERPRISE_NUMBER": "1"}, "PRECONTRACTUAL_REPRESENTED_ENTERPRISE_NUMBER: 1 digits"),
        ({"PROXY": "ftp://example.org"}, "PRECONTRACTUAL_PROXY is not"),
    ],
)
def test_what_is_set_is_checked_before_a_run(wrong: dict[str, str], told: str) -> None:
    """That and nothing else: what is not set is not missed; beside a wrong caller too."""
    environ = {f"PRECONTRACTUAL_{name}": text for name, text in wrong.items()}
    with pytest.raises(InvalidSettings) as raised:
        known_settings(environ)
    assert raised.value.diagnosis.startswith(told)
    assert "not set" not in raised.value.diagnosis
    with pytest.raises(InvalidSettings) as raised:
        known_settings(environ | {"PRECONTRACTUAL_CLIENT_ID": "me", "PRECONTRACTUAL_ENTERPRISE_NUMBER": "x"})
    assert told in raised.value.diagnosis or "REPRESENTED_ENTERPRISE_NUMBER" in wrong


WRONG = {
    "ENVIRONMENT": "moon",
    "API_URL": "ftp://x",
    "TOKEN_URL": "https://x/?y",
    "ENTERPRISE_NUMBER": "0123456789",
    "REPRESENTED_ENTERPRISE_NUMBER": "1",
    "MANDATARY_SSIN": "1",
    "MANDATARY_SSIN_FILE": "~nosuchuser/k",
    "ALGORITHM": "HS256",
    "KEY_FILE": "~nosuchuser/k",
    "KEY_PASSWORD_FILE": "~nosuchuser/k",
    "RATE": "0",
    "CONCURRENCY": "1001",
    "TIMEOUT": "99999",
    "PATIENCE": "-1",
    "CA_FILE": "~nosuchuser/k",
    "PROXY": "ftp://x",
    "REDIS_URL": "http://x",
    "USER_AGENT_SUFFIX": "payroll (2.1)",
    "PROCESSES": "-1",
    "SHARED_KEY": "x",
    "MOON": "x",
}
"""What is wrong by itself; the other settings are any text."""


@pytest.mark.parametrize("name", WRONG)
def test_a_message_names_what_was_written(name: str, tmp_path: Path) -> None:
    """The variable, the key in the profile, the option or the argument: whoever reads it looks for that."""
    right = {
        "ENVIRONMENT": "simulation",
        "CLIENT_ID": "c",
        "ENTERPRISE_NUMBER": ENTERPRISE,
        "PRIVATE_KEY": "k",
    }
    if name in ("PROCESSES", "SHARED_KEY"):
        right["REDIS_URL"] = "redis://localhost"
    if name == "KEY_FILE":
        del right["PRIVATE_KEY"]
    environ = {f"PRECONTRACTUAL_{key}": text for key, text in right.items()}
    profile = tmp_path / "settings.toml"
    profile.touch(0o600)
    profile.write_text(f"[default]\n{name.lower()} = '{WRONG[name]}'\n")
    option = "--" + name.lower().replace("_", "-")
    ways: dict[str, Callable[[], object]] = {
        f"PRECONTRACTUAL_{name}": lambda: load_settings(environ | {f"PRECONTRACTUAL_{name}": WRONG[name]}),
        option: lambda: load_settings(environ, {option: WRONG[name]}),
        name: lambda: settings_from(right | {name: WRONG[name]}),
    }
    if name not in right:
        ways[f"{name.lower()} (in the profile)"] = lambda: load_settings(
            environ | {"PRECONTRACTUAL_CONFIG": str(profile)}
        )
    for written, load in ways.items():
        with pytest.raises(InvalidSettings) as told:
            load()
        problems = [each for each in told.value.diagnosis.split("; ") if written in each]
        assert len(problems) == 1, told.value.diagnosis
        assert "attempt_timeout" not in told.value.diagnosis


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("attempt_timeout", 99_999),
        ("rate", 0),
        ("concurrency", 0),
        ("api_url", "x"),
        ("token_url", "x"),
        ("api_path", "x"),
    ],
)
def test_an_argument_is_named_as_it_is(settings: Settings, argument: str, value: object) -> None:
    """As the constructor has it."""
    with pytest.raises(InvalidSettings, match=rf"^{argument}\b"):
        evolve(settings, **cast("dict[str, Any]", {argument: value}))

"""Fixtures that many tests share."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from support.canary import Canary
from support.command import LISTS, RESULTS, overheard
from support.numbers import ENTERPRISE, VALID_SSINS
from support.virtual import now
from support.warm import warm_python
from support.ways import TOKEN, Way

from precontractual_async import (
    Caller,
    Credentials,
    EnterpriseNumber,
    PrecontractualClient,
    RetryPolicy,
    Settings,
)
from precontractual_async.sandbox import SCENARIOS

pytest_plugins = ["pytester"]
collect_ignore = ["plugin_example"]  # another project: test_plugin.py runs it as one
if sys.platform == "win32":  # which has neither these terminals nor these limits
    collect_ignore += [f"cli/test_{name}.py" for name in ("cli", "guide", "survival", "terminal")]

ClientFactory = Callable[..., PrecontractualClient]

# The same examples every time, and no time limit for one: a busy machine fails nothing.
hypothesis.settings.register_profile(
    "the same", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("the same")


def pytest_configure() -> None:
    """The processes that tests start heed signals, also where ours ignores them: with nohup, or in the background."""
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # as deaf as before, but not handed on


@pytest.fixture(scope="session", autouse=True)
def _warm_python() -> Iterator[None]:
    """Processes start from what a server has imported once."""
    with warm_python():
        yield


@pytest.fixture(scope="session")
def pem() -> str:
    """A private key, made once: making one is the slowest thing a test can do."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def settings(pem: str) -> Settings:
    """Settings for a gateway that only a test's own transport reaches."""
    return Settings(
        caller=Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE)),
        credentials=Credentials(client_id="client-of-the-tests", private_key=pem),
        api_url="http://127.0.0.1:9/api",
        token_url="http://127.0.0.1:9/token",
        audience="http://127.0.0.1:9/token",
        rate=1000,
        concurrency=50,
        retry=RetryPolicy(),
    )


@pytest.fixture
def client_of(settings: Settings) -> ClientFactory:
    """A client over a `Way`, in virtual time, with jitter at its middle."""

    def make(way: Way, using: Settings = settings) -> PrecontractualClient:
        return PrecontractualClient(using, transport=way, now=now, jitter=lambda: 0.5)

    return make


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Canary]:
    """Watches the processes that a test starts, and the files beside those that must hold the numbers."""
    numbers = {f"citizen {number}": number for number in (*VALID_SSINS, *SCENARIOS.values())}
    watching = Canary(
        numbers | {"token": TOKEN, "assertion": "eyJhbGciOiJSUzI1NiIs"},
        folders=[tmp_path],
        allowed_files=(*LISTS, *RESULTS, "precontractual-demo.csv", "key.pem"),
    )
    overheard(watching, monkeypatch)
    yield watching
    for path in tmp_path.rglob("list.*"):
        watching.learn_numbers(path.read_bytes())
    assert watching.hits() == []


@pytest.fixture(autouse=True)
def _processes_are_watched(request: pytest.FixtureRequest) -> None:
    """In each test of the command."""
    if request.path.parent.name == "cli":
        request.getfixturevalue("processes")

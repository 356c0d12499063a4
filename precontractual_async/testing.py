"""The pytest plugin: fixtures with a simulated gateway, to test code that uses this package.

Knows the lifetimes: the server lives for the session, its state for one test. Leaves to others: event loops;
no fixture is a coroutine, so every asyncio plugin of pytest works.

pytest loads this module in every project where the package is installed. So at first it imports only
pytest, and the rest when a fixture is first used. ``-p no:precontractual`` disables it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .sandbox import Sandbox


@pytest.fixture(scope="session")
def precontractual_server() -> Iterator[Sandbox]:
    """The sandbox of the session, over real HTTP on the loopback; each xdist worker has its own.

    For fixtures that live longer than a test: its address, ``settings()`` and ``variables()`` stay valid.
    Its clients retry quickly and give up after seconds, so that tests are fast. It runs in a thread: start
    processes with `subprocess` or spawn, since a fork of a process with threads may hang.
    """
    from .sandbox import Sandbox, in_thread
    from .settings.settings import RetryPolicy

    retry = RetryPolicy(base=0.01, cap=0.05, deadline=3.0, batch_deadline=3.0, patience=2.0)
    with in_thread(Sandbox(limit=None, retry=retry)) as sandbox:
        yield sandbox


@pytest.fixture
def precontractual_sandbox(precontractual_server: Sandbox) -> Sandbox:
    """The sandbox, reset for each test: its own citizens, no faults, an empty ledger.

    It runs in a thread. So async tests (with any plugin), blocking tests and other processes can use it. A
    test can read and change everything in it at any time. A client that still runs after the end of its test
    sends its calls into the next test::

        async def test_a_citizen_who_has_not_agreed_yet(precontractual_sandbox: Sandbox) -> None:
            precontractual_sandbox.population["07.01.01-899.01"] = Citizen(flexi="noGrant")
            async with precontractual_sandbox.client() as client:
                answer = await client.verify("07.01.01-899.01", date.today() + timedelta(days=1))
            assert answer.flexi_job.status is Status.NO_GRANT
            assert precontractual_sandbox.ledger.requests_of("07.01.01-899.01") == 1

    ``population``: its citizens (`Citizen`, `SCENARIOS`). ``faults``: what goes wrong (`Faults`). ``ledger``:
    what was asked, and how often (`Ledger`). ``oauth``: ``requests`` for tokens, ``revoke_all()``,
    ``token_life``. ``clock``: the wall clock, also of its ``client()``. ``limit``: calls in a second.
    ``retry``: the retry policy in each later ``settings()`` or ``client()``.
    """
    precontractual_server.reset()
    return precontractual_server


@pytest.fixture
def precontractual_environ(
    precontractual_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """The variables of a client of the sandbox; they are set in the environment until the test ends.

    For code that makes its client ``from_env()``, also in processes that the test starts. All other
    variables of this package are removed for the test, so that no test asks the real gateway by mistake.
    """
    from .settings.loading import PREFIX

    for name in [each for each in os.environ if each.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    variables = precontractual_sandbox.variables()
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    return variables

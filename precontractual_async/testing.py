"""The pytest plugin: fixtures with a simulated gateway, for the tests of code that asks it.

Knows how long what lives: the server as long as the session, all that is in it as long as one test.
Refuses to know what pytest's own plugins for asyncio do: no fixture is a coroutine, so all of them go.

pytest loads this module in every project where the package is installed. So it imports nothing but
pytest, and the rest when a fixture is first used. ``-p no:precontractual`` leaves it out altogether.
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

    For fixtures that live longer than a test: its address, ``settings()`` and ``variables()`` stay good.
    What clients of it send again, they send soon, and they give up after seconds: nobody waits for a test.
    It is a thread, so start processes by `subprocess` or spawn them: a fork of threads may hang.
    """
    from .sandbox import Sandbox, in_thread
    from .settings.settings import RetryPolicy

    retry = RetryPolicy(base=0.01, cap=0.05, deadline=3.0, batch_deadline=3.0, patience=2.0)
    with in_thread(Sandbox(limit=None, retry=retry)) as sandbox:
        yield sandbox


@pytest.fixture
def precontractual_sandbox(precontractual_server: Sandbox) -> Sandbox:
    """The sandbox, as new: its own citizens, no faults, nothing asked yet.

    It runs in a thread, so that async tests, of whichever plugin, and tests that block may use it, and
    services in processes of their own may ask it. All of it may be changed and read while it is asked. Who
    still asks when a test has ended, asks in the next one::

        async def test_a_citizen_who_has_not_agreed_yet(precontractual_sandbox: Sandbox) -> None:
            precontractual_sandbox.population["07.01.01-899.01"] = Citizen(flexi="noGrant")
            async with precontractual_sandbox.client() as client:
                answer = await client.verify("07.01.01-899.01", date.today() + timedelta(days=1))
            assert answer.flexi_job.status is Status.NO_GRANT
            assert precontractual_sandbox.ledger.requests_of("07.01.01-899.01") == 1

    ``population``: who lives in it (`Citizen`, `SCENARIOS`). ``faults``: what goes wrong (`Faults`).
    ``ledger``: what was asked, how often (`Ledger`). ``oauth``: ``requests`` for tokens, ``revoke_all()``,
    ``token_life``. ``clock``: the wall clock, of its ``client()`` as well. ``limit``: calls in a second.
    ``retry``: how the clients insist whose ``settings()`` or ``client()`` is made from then on.
    """
    precontractual_server.reset()
    return precontractual_server


@pytest.fixture
def precontractual_environ(
    precontractual_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """The variables of a client of the sandbox, which stand in the environment until the test ends.

    For code that makes its client ``from_env()``, also in processes that the test starts. Whatever else
    of ours stands there is taken away meanwhile: no test asks the real gateway by mistake.
    """
    from .settings.loading import PREFIX

    for name in [each for each in os.environ if each.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    variables = precontractual_sandbox.variables()
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    return variables

"""The pytest plugin, as other projects have it: runs of pytest in folders of their own."""

from __future__ import annotations

import ast
import asyncio
import math
import shutil
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from support.source import tree_of
from support.warm import REAL

from precontractual_async import Candidate, GatewayDown, TokenUnavailable, testing, verify_many
from precontractual_async.sandbox import SCENARIOS, Sandbox

EXAMPLE = Path(__file__).parent / "plugin_example"
NO_ASYNCIO = ("-W", "error", "-p", "no:asyncio")
ASYNCIO = ("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function", "-o")
ANYIO = "@pytest.mark.parametrize('anyio_backend', ['asyncio'])\n    @pytest.mark.anyio"

ASYNC_TEST = """
    import pytest
    from datetime import date, timedelta
    from precontractual_async.sandbox import Citizen

    {mark}
    async def test_async(precontractual_sandbox):
        precontractual_sandbox.population["07.01.01-899.01"] = Citizen(hours=7)
        async with precontractual_sandbox.client() as client:
            answer = await client.verify("07.01.01-899.01", date.today() + timedelta(days=1))
        assert answer.student_job.hours_remaining == 7
        assert precontractual_sandbox.ledger.calls == 1
        assert precontractual_sandbox.oauth.requests == 1
"""


@pytest.fixture(autouse=True)
def _quick(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Hypothesis, whose import takes longer than all else that these runs do."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")


def test_the_example_project_passes(pytester: pytest.Pytester) -> None:
    """As it stands; .ci/run has it run against the built wheel as well."""
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    pytester.runpytest_subprocess().assert_outcomes(passed=len(SCENARIOS) + 8)


def test_loading_it_imports_nothing_but_pytest() -> None:
    """Nothing of ours but itself, nothing of anybody's: projects that do not use it pay nothing."""
    look = "import sys, pytest; before = set(sys.modules); import precontractual_async.testing; "
    tell = "print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([REAL, "-c", look + tell], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["precontractual_async", "precontractual_async.testing"]


def test_a_project_that_does_not_use_it_is_left_alone(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, and neither aiohttp nor a thread is."""
    monkeypatch.setattr(sys, "executable", REAL)
    pytester.makepyfile(
        """
        import sys, threading

        def test_alone(request):
            assert request.config.pluginmanager.has_plugin("precontractual")
            assert "aiohttp" not in sys.modules
            assert threading.active_count() == 1
        """
    )
    pytester.runpytest_subprocess(*NO_ASYNCIO).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("mark", "options"),
    [
        ("@pytest.mark.asyncio", (*ASYNCIO, "asyncio_mode=strict")),
        (ANYIO, NO_ASYNCIO),
    ],
    ids=["asyncio", "anyio"],
)
def test_async_tests_of_each_plugin_use_it(
    pytester: pytest.Pytester, mark: str, options: tuple[str, ...]
) -> None:
    """The fixture is no coroutine, so that it does not matter who runs those of the tests. (The automatic mode of
    asyncio is that of the next tests.)"""
    pytester.makepyfile(ASYNC_TEST.format(mark=mark))
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_the_example_in_its_docstring_runs(pytester: pytest.Pytester) -> None:
    """As it stands, below the imports that it needs."""
    tree = tree_of(Path(testing.__file__).read_text())
    (documented,) = (
        ast.get_docstring(node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "precontractual_sandbox"
    )
    _, _, rest = documented.partition("::\n\n")
    example, _, _ = rest.partition("\n\n``")
    imports = """
    from datetime import date, timedelta
    from precontractual_async import Status
    from precontractual_async.sandbox import Citizen, Sandbox
    """
    pytester.makepyfile(textwrap.dedent(imports) + textwrap.dedent(example))
    pytester.runpytest_subprocess(*ASYNCIO, "asyncio_mode=auto").assert_outcomes(passed=1)


def test_each_worker_of_xdist_has_its_own_server(pytester: pytest.Pytester) -> None:
    """Nobody counts what another one asks."""
    pytester.makepyfile(
        ASYNC_TEST.format(mark="@pytest.mark.parametrize('again', range(3))").replace(
            "(precontractual_sandbox)", "(precontractual_sandbox, again)"
        ),
        test_port="""
        from pathlib import Path

        def test_port(precontractual_sandbox):
            Path(f"{precontractual_sandbox.port}.port").touch()
        """,
    )
    result = pytester.runpytest_subprocess("--dist", "each", "--tx", "2*popen", *ASYNCIO, "asyncio_mode=auto")
    result.assert_outcomes(passed=2 * 4)
    assert len(list(pytester.path.glob("*.port"))) == 2


def test_the_environment_is_the_sandboxs_and_then_as_it_was(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the machine is set up for is not asked meanwhile."""
    monkeypatch.setenv("PRECONTRACTUAL_ENVIRONMENT", "production")
    monkeypatch.setenv("PRECONTRACTUAL_KEY_FILE", "/nowhere/key.pem")
    pytester.makepyfile(
        """
        import os
        from precontractual_async import load_settings

        def ours():
            return {name: text for name, text in os.environ.items() if name.startswith("PRECONTRACTUAL_")}

        def test_during(precontractual_environ, precontractual_sandbox):
            assert ours() == precontractual_environ
            assert load_settings(os.environ).api_url == precontractual_sandbox.api_url

        def test_after():
            assert ours().keys() == {"PRECONTRACTUAL_ENVIRONMENT", "PRECONTRACTUAL_KEY_FILE"}
        """
    )
    pytester.runpytest_subprocess(*NO_ASYNCIO).assert_outcomes(passed=2)


def test_what_lives_longer_than_a_test_goes_on(pytester: pytest.Pytester) -> None:
    """A service that is started once asks on with its token, and each test sees its own calls alone."""
    pytester.makepyfile(
        """
        import asyncio, threading
        from datetime import date, timedelta

        import pytest
        from precontractual_async import PrecontractualClient

        @pytest.fixture(scope="session")
        def ask(precontractual_server):
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=loop.run_forever)
            thread.start()
            run = lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result()
            client = PrecontractualClient(precontractual_server.settings())
            run(client.__aenter__())
            yield lambda: run(client.verify("07010189901", date.today() + timedelta(days=1)))
            run(client.__aexit__(None, None, None))
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

        before = []

        @pytest.mark.parametrize("times", [1, 2, 3])
        def test_it(ask, precontractual_sandbox, times):
            for _ in range(times):
                ask()
            assert precontractual_sandbox.ledger.statuses == {200: times}
            assert precontractual_sandbox.oauth.requests == (not before)
            before.append(times)
        """
    )
    pytester.runpytest_subprocess(*NO_ASYNCIO).assert_outcomes(passed=3)


def test_answers_that_nobody_waits_for_hold_up_nothing(pytester: pytest.Pytester) -> None:
    """The session ends while one is still to come in an hour, and says nothing about it."""
    pytester.makepyfile(
        """
        import asyncio
        from datetime import date, timedelta

        import pytest

        def test_impatient(precontractual_sandbox):
            async def main():
                precontractual_sandbox.faults.latency = 3600
                async with precontractual_sandbox.client() as client, asyncio.timeout(0.2):
                    await client.verify("07010189901", date.today() + timedelta(days=1))

            with pytest.raises(TimeoutError):
                asyncio.run(main())
        """
    )
    result = pytester.runpytest_subprocess(*NO_ASYNCIO, timeout=60)
    result.assert_outcomes(passed=1)
    assert result.stderr.str() == ""


async def test_nobody_waits_for_what_does_not_come_back(precontractual_sandbox: Sandbox) -> None:
    """A list that nobody answers ends after seconds, not hours; so does a question that gets no token."""
    day = precontractual_sandbox.now().date() + timedelta(days=1)
    candidates = [Candidate(number, day) for number in SCENARIOS.values()]
    precontractual_sandbox.faults.outages = [(0, math.inf)]
    async with precontractual_sandbox.client() as client, asyncio.timeout(20):
        with pytest.raises(GatewayDown):
            [outcome async for outcome in verify_many(client, candidates)]
    precontractual_sandbox.faults.token_error_share = 1.0
    async with precontractual_sandbox.client() as client, asyncio.timeout(20):
        with pytest.raises(TokenUnavailable):
            await client.verify("07010189901", day)

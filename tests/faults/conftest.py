"""Every fault is watched by the canary: nothing that must stay secret slips anywhere."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.canary import Canary, Collector
from support.command import overheard
from support.numbers import VALID_SSINS, generated
from support.ways import BODY, REFERENCE, TOKEN

from precontractual_async import Outcome, PrecontractualClient, PrecontractualError, Settings, verify_many
from precontractual_async.calls.session import SessionManager
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

POPULATION = {f"citizen {number}": number for number in (*VALID_SSINS, *generated(2000))}


@pytest.fixture
def secrets(settings: Settings) -> dict[str, str]:
    """What must not be seen: the numbers of all citizens of the tests, who we are, what comes over the wire."""
    return {
        **POPULATION,
        "client id": settings.credentials.client_id,
        "token": TOKEN,
        "reference": REFERENCE,
        "assertion": "eyJhbGciOiJSUzI1NiIs",
        "body": BODY,
    }


_LINES = [traceback.FrameSummary("code.py", 1, "led_to_it", line="pass")] * 3


@pytest.fixture(autouse=True)
def canary(
    secrets: dict[str, str],
    pem: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Canary]:
    """Watches the test; fails it when something slipped, or when its traffic had nothing that could."""
    temporary = tmp_path_factory.mktemp("temporary")
    watching = Canary(secrets, folders=[tmp_path, temporary])
    watching.learn_key(pem)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")  # for the loops that a test makes itself
    # In this mode each future and handle notes the lines of code that led to it: most of what a test costs. That
    # it says so is kept, for it shortens what else is told of a future.
    monkeypatch.setattr(traceback.StackSummary, "extract", lambda *_, **__: traceback.StackSummary(_LINES))
    overheard(watching, monkeypatch)
    _watch_errors(watching, monkeypatch)
    _watch_results(watching, monkeypatch)
    _watch_wire(watching, monkeypatch)
    with _logs(watching), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield watching
    out, err = capfd.readouterr()
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    for place, said in {"stdout": out, "stderr": err, "environment": repr(variables)}.items():
        watching.hear(place, said)
    for warning in told:
        watching.hear("warnings", str(warning.message))
    assert watching.hits() == []
    assert watching.not_carried() == []
    assert [str(each.message) for each in told] == []


@pytest.fixture(autouse=True)
async def _debugging() -> None:
    """The loop of an async test tells all it can, at any duration."""
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0.0


@contextmanager
def _logs(canary: Canary) -> Iterator[None]:
    root, collector = logging.getLogger(), Collector(canary)
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(collector)
    root.setLevel(level)


def _watch_errors(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every error of ours, as soon as it is made."""
    make = PrecontractualError.__init__

    def made(error: PrecontractualError, *given: object) -> None:
        make(error, *given)  # type: ignore[arg-type]
        canary.errors.append(error)

    monkeypatch.setattr(PrecontractualError, "__init__", made)


def _watch_results(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever leaves a client or a batch: outcomes, and errors of any kind."""
    plain_many = verify_many  # this module's own name is replaced below

    @contextmanager
    def noted() -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            canary.escaped.append(error)
            raise

    def watch(name: str) -> None:
        plain = getattr(PrecontractualClient, name)

        async def watched(*given: object, **options: object) -> object:
            with noted():
                return await plain(*given, **options)

        monkeypatch.setattr(PrecontractualClient, name, watched)

    async def watched_many(*given: Any, **options: Any) -> AsyncIterator[Outcome]:
        async with aclosing(plain_many(*given, **options)) as outcomes:
            with noted():
                async for outcome in outcomes:
                    canary.outcomes.append(outcome)
                    yield outcome

    for name in ("__aenter__", "verify"):
        watch(name)
    for module in list(sys.modules.values()):  # under its name wherever it was imported
        if vars(module).get("verify_many") is plain_many:
            monkeypatch.setattr(module, "verify_many", watched_many)


def _watch_wire(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes out and comes back, by whichever transport."""
    send = SessionManager.send

    async def tapped(session: SessionManager, request: HttpRequest) -> HttpResponse:
        canary.see_request(request)
        response = await send(session, request)
        canary.see_response(request, response)
        return response

    monkeypatch.setattr(SessionManager, "send", tapped)
